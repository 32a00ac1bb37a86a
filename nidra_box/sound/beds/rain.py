"""Rain: a steady hiss and drops that fall where they like, none louder than it may be. numpy only.

[D] The hiss falls by 2.2 dB per octave from 200 to 9,000 Hz. The drops are a Poisson process
of 90 a second; each is one of DROPS rendered once: a damped sine of 10 to 60 ms that slides
a little within 1.5 to 6.5 kHz (the higher the shorter, as bubbles ring), at a level and a
place of its own. A drop that falls at the end of the loop rings on at its beginning.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nidra_box.sound.beds.making.noise import Wave, add_around, falling, noise
from nidra_box.sound.beds.making.recipe import Recipe, Sound
from nidra_box.units import RATE_HZ, amplitude

SLOPE_DB_PER_OCTAVE = -2.2
HISS = falling(SLOPE_DB_PER_OCTAVE / 6.0206, (110.0, 200.0), (9_000.0, 14_000.0))

DROPS = 400
DROPS_PER_S = 90.0
SHORTEST_S, LONGEST_S = 0.010, 0.060
LOWEST_HZ, HIGHEST_HZ = 1_500.0, 6_500.0
SLIDE = 0.12  # by how much of its frequency a drop rises or falls
_SPAN = HIGHEST_HZ / (1 + SLIDE) / (LOWEST_HZ / (1 - SLIDE))
DROPS_UNDER_HISS_DB = 7.0  # mean power of all drops against that of the hiss
SOFTEST_DB = -10.0  # the softest drop against the loudest: rain has no single drop in it


@dataclass(frozen=True, slots=True)
class Drops:
    """Which drop falls where: arrays of one entry per drop. `start` in frames, `shape` an
    index into the table, `gain` an amplitude, `place` from 0 (left) to 1 (right)."""

    start: NDArray[np.int64]
    shape: NDArray[np.int64]
    gain: NDArray[np.float64]
    place: NDArray[np.float64]


def fallen(frames: int, seed: int) -> Drops:
    """The drops of a loop of `frames`, in the order of time."""
    random = np.random.default_rng((seed, 2))
    count = int(random.poisson(DROPS_PER_S * frames / RATE_HZ))
    return Drops(
        start=np.sort(random.integers(0, frames, count)),
        shape=random.integers(0, DROPS, count),
        gain=10.0 ** (random.uniform(SOFTEST_DB, 0.0, count) / 20.0),
        place=random.uniform(0.1, 0.9, count),
    )


def shapes(seed: int) -> list[Wave]:
    """The table: DROPS waves of 10 to 60 ms, each with a highest envelope near 1."""
    random = np.random.default_rng((seed, 3))
    table = []
    for _ in range(DROPS):
        slide = random.uniform(-SLIDE, SLIDE)
        hz = LOWEST_HZ / (1 - SLIDE) * _SPAN ** random.random()
        ring_s = LONGEST_S * LOWEST_HZ / hz * random.uniform(0.6, 1.4)
        n = round(min(max(ring_s, SHORTEST_S), LONGEST_S) * RATE_HZ)
        t = np.arange(n) / n
        cycles = hz * n / RATE_HZ * (t + slide * t**2 / 2)
        rise = np.minimum(t * n / (0.0015 * RATE_HZ), 1.0)  # 1.5 ms: no click
        envelope = (0.5 - 0.5 * np.cos(np.pi * rise)) * np.exp(-5.0 * t) * (1.0 - t**4)
        drop = envelope * np.sin(2 * np.pi * (cycles + random.random()))
        table.append(drop.astype(np.float32))
    return table


def rain(frames: int, seed: int) -> Sound:
    """(frames, 2) of rain that repeats without a seam."""
    sound = noise(HISS)(frames, seed)
    drops, table = fallen(frames, seed), shapes(seed)
    power = float(np.mean(np.square(sound[:: 1 << 4], dtype=np.float64)))
    energies = np.array([float((drop**2).sum()) for drop in table])
    of_drops = float((drops.gain**2 * energies[drops.shape]).sum()) / frames / 2
    scale = np.sqrt(power / of_drops) * amplitude(-DROPS_UNDER_HISS_DB)
    sides = np.stack([np.cos(drops.place * np.pi / 2), np.sin(drops.place * np.pi / 2)], axis=1)
    gains = (scale * drops.gain[:, None] * sides).astype(np.float32)
    for start, shape, gain in zip(drops.start.tolist(), drops.shape.tolist(), gains, strict=True):
        for channel in range(2):
            add_around(sound[:, channel], start, gain[channel] * table[shape])
    return sound


RECIPE = Recipe(version=1, seed=90, seconds=89.0, make=rain, modulation_db=0.7)
