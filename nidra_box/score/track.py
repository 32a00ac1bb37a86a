"""A recording in a score: where it plays, how loud it really is, and what is done to it. Pure.

Three things lower a recording, each a line in dB over frames: its softening (what would jolt
somebody in the dark), and the fade at its end. They are part of the level that the mixdown
wants, so that the limit on every rise, the trace of a night and its proofs know them.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.curves import Curve, FloatArray
from nidra_box.score.vocabulary import RECORDING_LUFS
from nidra_box.units import NOTHING_DB, RATE_HZ, SILENT_LUFS

Places = NDArray[Any]
"""Frame numbers."""

ROW = RATE_HZ // 10
"""Frames in a row of `levels.npy`."""
LEVEL_ROWS = 4
"""A level is the power over 0.4 s (momentary loudness, EBU Tech 3341)."""


@dataclass(frozen=True, slots=True, eq=False)
class Levels:
    """How loud a file is: the dB of every `every` frames of it, all channels together. `held` is
    how far each of them is softened at its most, where that is too coarse to ask the curve."""

    every: int
    db: NDArray[np.float32]
    held: NDArray[np.float32] | None = None

    def at(self, places: Places) -> FloatArray:
        """The dB of the file there; NOTHING_DB outside it."""
        return _pick(self.db, places // self.every, NOTHING_DB)

    def held_at(self, places: Places) -> FloatArray | None:
        return None if self.held is None else _pick(self.held, places // self.every, 0.0)


def _pick(rows: NDArray[np.float32], index: Places, outside: float) -> FloatArray:
    inside = (index >= 0) & (index < len(rows))
    found = rows[np.clip(index, 0, max(len(rows) - 1, 0))] if len(rows) else np.zeros(index.shape)
    return np.where(inside, found, outside).astype(np.float64)


@dataclass(frozen=True, slots=True)
class Jolt:
    """A stretch of a file, in frames, that stands `over_db` above what comes before it."""

    first: int
    last: int
    over_db: float


@dataclass(frozen=True, slots=True)
class Loop:
    """The frames [first, last) of a file, round and round: its last `overlap` frames cross with
    its first ones, at equal power."""

    first: int
    last: int
    overlap: int

    @property
    def period(self) -> int:
        return self.last - self.first - self.overlap


@dataclass(frozen=True, slots=True)
class TrackSpan:
    """A recording from frame `start` to `end` of a score, as loud as `lufs` by itself.

    `softening` is in dB over the frames of its file, never above 0; None is none. The last
    `fade_frames` fall by `fade_db` in all, in a straight line; 0 is as far as silence. `levels`
    are None where nobody has measured them.
    """

    file: str
    start: int
    end: int
    gain_db: float
    fade_frames: int
    fade_db: float = 0.0
    lufs: float = RECORDING_LUFS
    softening: Curve | None = None
    anywhere: Curve | None = field(default=None, compare=False, repr=False)
    """Its softening where a script lets the dark begin elsewhere than its record has it."""
    loop: Loop | None = None
    softens: bool = True
    """Whether its person lets the box hold down what would jolt a sleeper."""
    levels: Levels | None = field(default=None, compare=False, repr=False)
    jolts: tuple[Jolt, ...] = field(default=(), compare=False, repr=False)

    @property
    def level_lufs(self) -> float:
        return self.lufs + self.gain_db

    @property
    def source(self) -> str:
        return f"track:{self.file}"

    # -- what is done to it -------------------------------------------------------------

    def is_plain(self, first: int, last: int) -> bool:
        """Whether nothing but its gain is done to it in the score's frames [first, last)."""
        if self.fade_frames > 0 and last > self.end - self.fade_frames:
            return False
        if self.softening is None:
            return True
        if self.loop is not None:
            return False
        first, last = first - self.start, last - self.start
        return self.softening.at(first) == 0.0 and self.softening.is_constant(first, last)

    def shape(self, frames: Places) -> FloatArray:
        """What is done to it besides its gain, in dB, at the score's `frames`."""
        return self._softening(frames) + self._fade(frames)

    def _softening(self, frames: Places) -> FloatArray:
        if self.softening is None or not len(frames):
            return np.zeros(frames.shape)
        places = self.places(frames)
        if self.loop is not None:
            return self.softening.over(places)
        # Only the points around the frames: there may be thousands of them in a night.
        xs, ys = self.softening.xs, self.softening.ys
        first = max(bisect_right(xs, places[0]) - 1, 0)
        last = bisect_left(xs, places[-1]) + 1
        line: FloatArray = np.interp(places, xs[first:last], ys[first:last])
        return line

    def _fade(self, frames: Places) -> FloatArray:
        if self.fade_frames <= 0:
            return np.zeros(frames.shape)
        share = (frames - (self.end - self.fade_frames)) / self.fade_frames
        depth = self.fade_db or self.level_lufs - SILENT_LUFS
        faded: FloatArray = -depth * np.clip(share, 0.0, 1.0)
        return faded

    def places(self, frames: Places) -> Places:
        """The frames of its file that are heard at the score's `frames`."""
        since: Places = frames - self.start
        if self.loop is None:
            return since
        return self.loop.first + since % self.loop.period

    # -- how loud it really is ----------------------------------------------------------

    def sounds(self, frames: Places) -> FloatArray:
        """Its level at the score's ascending `frames`, in dB at full volume; NOTHING_DB where
        it does not play. Its nominal level where nobody has measured it."""
        inside = (frames >= self.start) & (frames < self.end)
        if self.levels is None:
            level = self.level_lufs + self.shape(frames)
        else:
            places = self.places(frames)
            held = self.levels.held_at(places)
            softened = self._softening(frames) if held is None else held
            level = self._crossed(frames, places) + self.gain_db + softened + self._fade(frames)
        return np.where(inside, np.maximum(level, NOTHING_DB), NOTHING_DB)

    def _crossed(self, frames: Places, places: Places) -> FloatArray:
        """The level of its file there; where a loop begins anew, of both that are heard."""
        assert self.levels is not None
        level = self.levels.at(places)
        if self.loop is None or self.loop.overlap <= 0:
            return level
        since = frames - self.start
        at = since % self.loop.period
        both = (since >= self.loop.period) & (at < self.loop.overlap)
        turn = np.pi / 2 * at[both] / self.loop.overlap
        before = self.levels.at(places[both] + self.loop.period)
        power = 10.0 ** (level[both] / 10.0) * np.sin(turn) ** 2
        power += 10.0 ** (before / 10.0) * np.cos(turn) ** 2
        level[both] = 10.0 * np.log10(np.maximum(power, 10.0 ** (NOTHING_DB / 10.0)))
        return level

    def level(self, frames: Places) -> FloatArray:
        """As `sounds`, over the 0.4 s around each of the frames."""
        if self.levels is None or self.levels.every > ROW:
            return self.sounds(frames)
        power = np.zeros(frames.shape)
        for row in range(LEVEL_ROWS):
            power += 10.0 ** (self.sounds(frames + (row - LEVEL_ROWS // 2) * ROW) / 10.0)
        averaged: FloatArray = 10.0 * np.log10(power / LEVEL_ROWS)
        inside = (frames >= self.start) & (frames < self.end)
        return np.where(inside, averaged, NOTHING_DB)

    def over_nominal(self, frames: Places) -> FloatArray:
        """How far it stands above the level that the mixdown gives it there, in dB."""
        return self.sounds(frames) - self.level_lufs - self.shape(frames)

    def loudest(self, first: int, last: int) -> float:
        """Its highest level in the score's frames [first, last), no less than its nominal one."""
        first, last = max(first, self.start), min(last, self.end)
        if self.levels is None or last <= first:
            return self.level_lufs
        frames = np.append(np.arange(first, last, self.levels.every), last - 1)
        return max(self.level_lufs, float(self.sounds(frames).max()))
