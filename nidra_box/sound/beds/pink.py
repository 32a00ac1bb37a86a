"""Pink noise: −3 dB per octave."""

from __future__ import annotations

from nidra_box.sound.beds.making.noise import HIGH_HZ, LOW_HZ, falling, noise
from nidra_box.sound.beds.making.recipe import Recipe

RECIPE = Recipe(
    version=2,
    seed=73,
    seconds=61.0,
    make=noise(falling(-0.5, (LOW_HZ, 50.0), (14_000.0, HIGH_HZ))),
    modulation_db=0.3,
)
