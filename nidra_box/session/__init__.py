"""The session: one use of the box, from the first press to silence. Pure: time is an argument.

`hands` turns raw edges into gestures (`gestures` the buttons, `knob` the knob); `session` is the
state, `transitions` the table of what each event does in it, `volume` the dB scale and its
ceilings. A handler returns effects, which the appliance carries out.
"""
