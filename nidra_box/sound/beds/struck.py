"""What is struck and rings: the bowl and the bell. numpy only.

Each mode is a pair of partials a beat apart, as in metal that is not perfectly round; the
two channels hear the pair the other way round. Both begin together, as they do under a
mallet, so the stroke is the loudest moment and the beats come after it. Felt opens the sound
without a click, and the end leaves in a raised cosine, long after it can be heard.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nidra_box.score.vocabulary import RATE_HZ
from nidra_box.sound.beds.noise import Sound
from nidra_box.sound.beds.tones import Partial, sum_of


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


BOWL = Metal(
    196.0,
    ((1.0, 0.0, 18.0), (2.76, -6.0, 11.0), (5.15, -14.0, 6.0), (8.1, -22.0, 3.0)),
    split_hz=(0.6, 2.0),
    near=0.6,
    strike_s=0.03,
    leave_s=2.0,
)
"""[D] G3; ratios, splits and decays from CONTENT."""

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


def partials_of(metal: Metal, seed: int) -> list[Partial]:
    """Two partials for every mode."""
    random = np.random.default_rng(seed)
    found = []
    for ratio, level_db, decay_s in metal.modes:
        split_hz = random.uniform(*metal.split_hz)
        phase = random.uniform(0, 2 * np.pi)
        turned = 10.0 ** (level_db / 20.0) * complex(np.exp(1j * phase))
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
