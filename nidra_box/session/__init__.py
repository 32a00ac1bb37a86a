"""The session: one use of the box, from press to silence. Pure.

`gestures` and `knob` turn raw edges and times into what a hand meant; `session` holds
the phases and, in one table, what every gesture does in each of them; `volume` the dB
scale and its ceilings. Nothing here reads a clock: time is an argument, and what shall
happen comes out as effects that the appliance carries out.
"""
