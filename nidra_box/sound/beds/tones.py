"""Sums of partials, steady or dying away, and the drone that is made of them. numpy only.

A partial is a rotating, shrinking complex number: its value at frame b·B + j is its value at
b·B times its value at j. So a block of B frames is computed once for each partial, and every
other block is that one turned: two multiplications instead of a sine. (Not a product of
matrices, though it is one: with BLAS two runs differed in the last bit, measured.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nidra_box.score.vocabulary import RATE_HZ
from nidra_box.sound.beds.noise import Sound

_BLOCK, _ROWS = 4096, 8


@dataclass(frozen=True, slots=True)
class Partial:
    """`amplitude` · sin(2π · `hz` · t + phase) in each channel, as complex numbers whose angle
    is the phase; `decay_s` seconds to fall by 60 dB, 0 for never."""

    hz: float
    left: complex
    right: complex
    decay_s: float = 0.0


def sum_of(partials: Sequence[Partial], frames: int) -> Sound:
    """(frames, 2): all partials from frame 0 on."""
    rates = np.array(
        [2j * np.pi * p.hz - (np.log(1000.0) / p.decay_s if p.decay_s else 0.0) for p in partials]
    )
    within = np.exp(np.outer(rates / RATE_HZ, np.arange(_BLOCK)))
    sines, cosines = within.imag.astype(np.float32), within.real.astype(np.float32)
    starts = np.exp(np.outer(np.arange(0, frames, _BLOCK) / RATE_HZ, rates))
    sound = np.empty((frames, 2), np.float32)
    for channel, amplitudes in enumerate(zip(*((p.left, p.right) for p in partials), strict=True)):
        turned = (starts * np.array(amplitudes)).astype(np.complex64)
        for row in range(0, len(turned), _ROWS):
            rows = turned[row : row + _ROWS]
            blocks = np.zeros((len(rows), _BLOCK), np.float32)
            for number in range(len(partials)):
                blocks += np.multiply.outer(rows[:, number].real, sines[number])
                blocks += np.multiply.outer(rows[:, number].imag, cosines[number])
            begin = row * _BLOCK
            sound[begin : begin + blocks.size, channel] = blocks.reshape(-1)[: frames - begin]
    return sound


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
        for side, amplitude in ((-1, OUTER), (0, 1.0), (1, OUTER)):
            # Rounded towards the note, so that the detuning is never more than it says.
            off = int(share * DETUNE_HZ * loop_s - 0.5)
            cycles = round(hz * loop_s) + side * off
            apart = APART_RAD * (-1) ** (number + side)
            turn = random.uniform(0, 2 * np.pi)
            strength = amplitude * 10.0 ** (level_db / 20.0)
            left = strength * np.exp(1j * (turn + apart / 2))
            right = strength * np.exp(1j * (turn - apart / 2))
            found.append(Partial(cycles / loop_s, complex(left), complex(right)))
    return found


def drone(frames: int, seed: int) -> Sound:
    """(frames, 2) of drone that repeats without a seam."""
    return sum_of(drone_partials(frames, seed), frames)
