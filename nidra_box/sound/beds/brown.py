"""Brown noise: −6 dB per octave. The high-pass of CONTENT lies between 40 and 80 Hz."""

from __future__ import annotations

from nidra_box.sound.beds.making.noise import HIGH_HZ, LOW_HZ, falling, noise
from nidra_box.sound.beds.making.recipe import Recipe

RECIPE = Recipe(
    version=2,
    seed=61,
    seconds=61.0,
    make=noise(falling(-1.0, (LOW_HZ, 60.0), (14_000.0, HIGH_HZ))),
    modulation_db=1.3,
)
