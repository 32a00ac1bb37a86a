"""A singing bowl, struck once."""

from __future__ import annotations

from nidra_box.sound.beds.making.recipe import Recipe
from nidra_box.sound.beds.making.struck import Metal, struck

BOWL = Metal(
    196.0,
    ((1.0, 0.0, 18.0), (2.76, -6.0, 11.0), (5.15, -14.0, 6.0), (8.1, -22.0, 3.0)),
    split_hz=(0.6, 2.0),
    near=0.6,
    strike_s=0.03,
    leave_s=2.0,
)
"""[D] G3; ratios, splits and decays from CONTENT."""

RECIPE = Recipe(version=2, seed=196, seconds=20.0, make=struck(BOWL))
