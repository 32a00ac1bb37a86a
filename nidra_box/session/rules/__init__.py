"""What the handlers of session/transitions.py do, by what it is about. Each takes the session and
an event, and returns the session after it and what shall be done, in order."""
