"""Nidra Box: a bedside box that plays a guided deep rest on one press of a button.

The night is one written score (`score`). A pure session decides where in it we are
(`session`). One thread acts (`appliance`). Sound and light are two readers of the same
clock (`sound`, `light`). `hardware` and `library` are what the world gives; `simulator` is
the box without the box; `cli` is the only room that knows all the others.
"""

__version__ = "0.1.0"
