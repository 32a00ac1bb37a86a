"""Meters that are fed block by block, so that an hour of sound needs no hour of memory.

`LoudnessMeter` and `PeakMeter` give what `loudness` gives for a whole sound. They run in
tools and tests, never while a night plays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nidra_box.sound.loudness import BLOCK_STEP_S, block_powers, gated_lufs, true_peak_db
from nidra_box.units import RATE_HZ, amplitude

Sound = NDArray[np.floating]

_PIECE = 10 * RATE_HZ
_STEP = round(BLOCK_STEP_S * RATE_HZ)
_BLOCK = 4 * _STEP
_LEAD = _STEP  # after so long the K filter has forgotten where its input began


class LoudnessMeter:
    """Integrated loudness after BS.1770-4 of everything that was fed."""

    def __init__(self) -> None:
        self._powers: list[NDArray[np.float64]] = []
        self._waiting: list[Sound] = []
        self._frames = 0
        self._began = False

    def feed(self, sound: Sound) -> None:
        """Append frames (n, channels) at full scale 1.0."""
        self._waiting.append(np.asarray(sound, np.float32))
        self._frames += len(sound)
        if self._frames >= _PIECE:
            self._measure()

    def cut(self) -> None:
        """What is fed from now on does not continue what was fed before."""
        if self._frames > (_BLOCK if self._began else 0):
            self._measure()
        self._waiting, self._frames, self._began = [], 0, False

    def _measure(self) -> None:
        joined = np.concatenate(self._waiting)
        powers = block_powers(joined)
        self._powers.append(powers[_LEAD // _STEP :] if self._began else powers)
        # Where the next block begins, and a lead before it for the filter.
        rest = joined[len(powers) * _STEP - _LEAD :]
        self._waiting, self._frames, self._began = [rest], len(rest), True

    def lufs(self) -> float:
        """The loudness so far; ends what was fed, as `cut` does."""
        self.cut()
        return gated_lufs(np.concatenate(self._powers) if self._powers else np.array([]))


class PeakMeter:
    """The highest true peak of everything that was fed in blocks of at least MARGIN frames.

    Only blocks whose samples come within WORTH_DB of the highest peak so far are looked
    between: a true peak lies at most so far above its samples in anything but a whistle at
    the upper end of hearing.
    """

    MARGIN = 256
    WORTH_DB = 6.0

    def __init__(self) -> None:
        self._before: Sound = np.zeros((0, 1), np.float32)
        self._here: Sound = np.zeros((0, 1), np.float32)
        self._highest = 1e-6

    def feed(self, sound: Sound) -> None:
        """Append frames (n, channels) at full scale 1.0."""
        after = np.asarray(sound, np.float32)
        here, margin = self._here, self.MARGIN
        if len(here):
            samples = float(np.abs(here).max())
            if samples > self._highest * amplitude(-self.WORTH_DB):
                lead, tail = self._before[-margin:], after[:margin]
                parts = [part for part in (lead, here, tail) if len(part)]
                window = np.concatenate(parts).astype(np.float64)
                # A cut is no peak: what lies around the block comes and goes softly.
                window[: len(lead)] *= np.linspace(0.0, 1.0, len(lead))[:, None]
                window[len(window) - len(tail) :] *= np.linspace(1.0, 0.0, len(tail))[:, None]
                self._highest = max(self._highest, amplitude(true_peak_db(window)))
        self._before, self._here = here, after

    def db(self) -> float:
        """The highest peak so far in dBTP; ends what was fed."""
        self.feed(np.zeros((0, 1), np.float32))
        return 20.0 * float(np.log10(self._highest))
