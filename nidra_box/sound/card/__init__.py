"""The sound card: which one, the mixer that plays on it, its own volume."""
