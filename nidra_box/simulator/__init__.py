"""The simulator: the box without the box.

`night_script` reads a night of gestures and faults, `world` runs the real loop through it
in virtual time, `recording` keeps what was heard and seen, `promises` checks the seven
promises of night safety on it, `chart` draws it. `terminal` is the box as a picture with
keys for its button and knob; `sound` stands in for the card where time jumps.
"""
