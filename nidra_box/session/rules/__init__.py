"""The handlers of session/transitions.py, one module per subject. Each takes the session and an
event and returns the next session and its effects in order."""
