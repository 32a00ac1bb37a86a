"""Nidra Box: a bedside box that plays a guided deep rest on one press of a button.

The night is one written score (`score`). A pure session decides where in it we are
(`session`). One thread acts (`appliance`). Sound and light are two readers of the same
clock (`sound`, `light`). `hardware` and `library` are what the world gives; `diary` is
what happened and what is wrong. `studio` is for those who write and prove nights; no box needs
it. `cli` is the only room that knows all the others.
"""

__version__ = "0.2.0"
