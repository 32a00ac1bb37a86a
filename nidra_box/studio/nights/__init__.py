"""The simulator: the box without the box.

`night_script` reads a night of gestures and faults, `world` runs the real loop through it
in virtual time, `recording` keeps what was heard and seen, `promises` checks the seven
promises of night safety on it, `chart` draws it; `sound` stands in for the card where time
jumps. (The box as a picture with keys lives in `terminal`: it runs in real time.)
"""
