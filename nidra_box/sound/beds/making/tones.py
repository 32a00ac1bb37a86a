"""Sums of partials, steady or dying away. numpy only.

A partial is a rotating, shrinking complex number: its value at frame b·B + j is its value at
b·B times its value at j. So a block of B frames is computed once for each partial, and every
other block is that one turned: two multiplications instead of a sine. (Not a product of
matrices, though it is one: with BLAS two runs differed in the last bit, measured.)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nidra_box.sound.beds.making.recipe import Sound
from nidra_box.units import RATE_HZ

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
