"""Ocean: three bands of noise that swell one after the other. numpy only.

[D] Swells of 7 to 11 s, a whole number of them in the loop, each rising over 35 % of its
length and falling over 65 %, raised cosines in dB with no corner at the turns. A band is at
most DEPTH_DB over its trough (CONTENT: 6 dB at night); the higher a band, the later it
swells, as foam follows a wave, and the right channel follows the left.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nidra_box.sound.beds.making.noise import LOW_HZ, add_around, falling, filtered_blocks
from nidra_box.sound.beds.making.recipe import Recipe, Sound
from nidra_box.units import RATE_HZ

SWELLS_PER_S = 1 / 8.9  # of the loop; a loop of 89 s has ten
UNEVEN_S = 1.6  # how much a swell may be longer or shorter than the mean one
RISE = 0.35
SHALLOWEST_DB, DEPTH_DB = 3.6, 5.2
RIGHT_LATER_S = 0.3

BANDS = (
    (falling(-0.75, (LOW_HZ, 70.0), (280.0, 420.0)), 0.0),
    (falling(-0.75, (280.0, 420.0), (1_300.0, 1_900.0)), 0.8),
    (falling(-0.75, (1_300.0, 1_900.0), (7_000.0, 12_000.0)), 1.8),
)
"""The spectrum of each band (together −4.5 dB per octave) and by how many seconds it is
behind the lowest."""

_GRID = RATE_HZ // 100


def swells(frames: int, seed: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Where each swell of a loop of `frames` begins, with the end of the last one; and by how
    many dB each rises over the trough."""
    random = np.random.default_rng((seed, 2))
    count = round(frames / RATE_HZ * SWELLS_PER_S)
    uneven = random.permutation(np.linspace(-UNEVEN_S, UNEVEN_S, count)) * RATE_HZ
    edges = np.concatenate(([0.0], np.cumsum(frames / count + uneven)))
    depths = random.permutation(np.linspace(SHALLOWEST_DB, DEPTH_DB, count))
    return np.rint(edges).astype(np.int64), depths


def swell_db(at: NDArray[np.int64], frames: int, seed: int) -> NDArray[np.float64]:
    """How many dB over the trough the sea stands at the frames `at`, any integers."""
    edges, depths = swells(frames, seed)
    at = at % frames
    number = np.searchsorted(edges, at, side="right") - 1
    phase = (at - edges[number]) / (edges[number + 1] - edges[number])
    turn = np.where(phase < RISE, phase / RISE, 1.0 + (phase - RISE) / (1.0 - RISE))
    return np.asarray(depths[number] * (0.5 - 0.5 * np.cos(np.pi * turn)))


def ocean(frames: int, seed: int) -> Sound:
    """(frames, 2) of sea that repeats without a seam."""
    sound = np.zeros((frames, 2), np.float32)
    for channel in range(2):
        blocks = filtered_blocks(frames, (seed, channel), [band for band, _ in BANDS])
        for start, pieces in blocks:
            offsets = np.arange(len(pieces[0]))
            coarse = np.arange(0, len(offsets) + _GRID, _GRID)
            for (_, late_s), piece in zip(BANDS, pieces, strict=True):
                late = round((late_s + channel * RIGHT_LATER_S) * RATE_HZ)
                gain = 10.0 ** (swell_db(start + coarse - late, frames, seed) / 20.0)
                swelling = piece * np.interp(offsets, coarse, gain).astype(np.float32)
                add_around(sound[:, channel], start, swelling)
    return sound


RECIPE = Recipe(version=1, seed=89, seconds=89.0, make=ocean, modulation_db=4.6)
