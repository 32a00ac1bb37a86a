"""A drone: five notes of three steady sines each. numpy only."""

from __future__ import annotations

import numpy as np

from nidra_box.sound.beds.making.recipe import Recipe, Sound
from nidra_box.sound.beds.making.tones import Partial, sum_of
from nidra_box.units import RATE_HZ, amplitude

C2_HZ = 65.406
NOTES = ((1.0, 0.0), (1.5, -2.0), (2.0, -3.0), (3.0, -6.0), (4.0, -9.0))
"""C–G–C–G–C as pure intervals over C2, and their levels in dB."""

DETUNE_HZ = 0.3
DETUNES = (0.84, 1.0, 0.72, 0.93, 0.64)
"""[D] How far the two outer sines of each note are off, as a share of DETUNE_HZ: no two notes
beat together."""

OUTER = 0.4
"""[D] Amplitude of an outer sine against the one in the middle: a beat, but never a gap."""

APART_RAD = np.radians(70.0)
"""[D] Phase between the two channels: they are not the same, and their sum loses 1.7 dB."""


def drone_partials(frames: int, seed: int) -> list[Partial]:
    """Three sines for every note, at whole cycles in `frames`, within DETUNE_HZ of it."""
    random = np.random.default_rng(seed)
    loop_s = frames / RATE_HZ
    found = []
    for number, ((ratio, level_db), share) in enumerate(zip(NOTES, DETUNES, strict=True)):
        hz = C2_HZ * ratio
        for side, weight in ((-1, OUTER), (0, 1.0), (1, OUTER)):
            # Rounded towards the note, so that the detuning is never more than it says.
            off = int(share * DETUNE_HZ * loop_s - 0.5)
            cycles = round(hz * loop_s) + side * off
            apart = APART_RAD * (-1) ** (number + side)
            turn = random.uniform(0, 2 * np.pi)
            strength = weight * amplitude(level_db)
            left = strength * np.exp(1j * (turn + apart / 2))
            right = strength * np.exp(1j * (turn - apart / 2))
            found.append(Partial(cycles / loop_s, complex(left), complex(right)))
    return found


def drone(frames: int, seed: int) -> Sound:
    """(frames, 2) of drone that repeats without a seam."""
    return sum_of(drone_partials(frames, seed), frames)


RECIPE = Recipe(version=1, seed=65, seconds=73.0, make=drone, modulation_db=1.9)
