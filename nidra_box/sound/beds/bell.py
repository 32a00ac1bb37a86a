"""A small bell, struck once."""

from __future__ import annotations

from nidra_box.sound.beds.making.recipe import Recipe
from nidra_box.sound.beds.making.struck import Metal, struck

BELL = Metal(
    523.25,
    (
        (1.0, 0.0, 10.0),
        (2.02, -9.0, 7.0),
        (3.01, -14.0, 4.5),
        (4.17, -22.0, 2.6),
        (5.43, -28.0, 1.5),
    ),
    split_hz=(0.4, 1.0),
    near=0.8,
    strike_s=0.04,
    leave_s=1.5,
)
"""[D] C5, consonant with the drone and with the bowl; a little out of harmony, as bells are, but
without the minor third of a church bell. Felt keeps its upper modes low."""

RECIPE = Recipe(version=1, seed=523, seconds=11.0, make=struck(BELL))
