"""What is struck and rings, as bowls and bells do. numpy only.

Each mode is a pair of partials a beat apart, as in metal that is not perfectly round; the
two channels hear the pair the other way round. Both begin together, as they do under a
mallet, so the stroke is the loudest moment and the beats come after it. Felt opens the sound
without a click, and the end leaves in a raised cosine, long after it can be heard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nidra_box.sound.beds.making.recipe import Sound
from nidra_box.sound.beds.making.tones import Partial, sum_of
from nidra_box.units import RATE_HZ, amplitude


@dataclass(frozen=True, slots=True)
class Metal:
    """`modes`: ratio to the lowest one, level in dB, seconds to fall by 60 dB. `split_hz`: how
    far the two partials of a mode may be apart. `near`: how much of a partial the nearer channel
    hears, the other one the rest; near a half the beats are deep. `strike_s`: the mallet's
    soft onset; `leave_s`: the fade at the end."""

    hz: float
    modes: tuple[tuple[float, float, float], ...]
    split_hz: tuple[float, float]
    near: float
    strike_s: float
    leave_s: float


def partials_of(metal: Metal, seed: int) -> list[Partial]:
    """Two partials for every mode."""
    random = np.random.default_rng(seed)
    found = []
    for ratio, level_db, decay_s in metal.modes:
        split_hz = random.uniform(*metal.split_hz)
        phase = random.uniform(0, 2 * np.pi)
        turned = amplitude(level_db) * complex(np.exp(1j * phase))
        for side, left in ((-0.5, metal.near), (0.5, 1.0 - metal.near)):
            hz = metal.hz * ratio + side * split_hz
            found.append(Partial(hz, left * turned, (1.0 - left) * turned, decay_s))
    return found


def struck(metal: Metal) -> Callable[[int, int], Sound]:
    """A maker of (frames, 2) of one stroke."""

    def make(frames: int, seed: int) -> Sound:
        sound = sum_of(partials_of(metal, seed), frames)
        strike, leave = round(metal.strike_s * RATE_HZ), round(metal.leave_s * RATE_HZ)
        sound[:strike] *= _half_cosine(strike)[:, None]
        sound[-leave:] *= _half_cosine(leave)[::-1, None]
        return sound

    return make


def _half_cosine(frames: int) -> Sound:
    """From 0 to 1 without a corner."""
    return (0.5 - 0.5 * np.cos(np.pi * np.arange(frames) / frames)).astype(np.float32)
