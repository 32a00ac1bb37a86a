"""Whole nights in virtual time: the real loop in a world that is made up.

`night_script` reads a night of gestures and faults, `world` runs the loop through it, `replay`
does that for a file; `recording` keeps what was heard and seen. `sound` stands in for the card
where time jumps, `simulated` for pins and lamp. The terminal runs the same loop in real time.
"""
