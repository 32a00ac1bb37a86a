"""Levels over frames: ramps that are linear in dB, and the limit on every rise. Pure.

`rise_limited` is the first promise of night safety, kept in one place: whatever the
score, a hand, a timer or a returned card ask for, a level climbs by at most 6 dB/s. It
follows the wanted level T with g(f) = min(T(f), g(f-1) + slope), which a running minimum
computes for a whole block at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.curves import FloatArray
from nidra_box.units import MAX_RISE_DB_PER_S, RATE_HZ, SILENT_LUFS

RISE_DB_PER_FRAME = MAX_RISE_DB_PER_S / RATE_HZ
FALL_DB_PER_S = 60.0
"""How fast a knob turned down is followed: 1.5 dB in 25 ms, slow enough for no click."""

Level = float | FloatArray
"""dB: one value for a whole grid, or one per point."""


@dataclass(frozen=True, slots=True)
class Grid:
    """The frames start, start + stride, … (`count` of them). Sound is rendered with a
    stride of 1; a chart of a night needs no more than a point every tenth of a second."""

    start: int
    count: int
    stride: int = 1

    @property
    def end(self) -> int:
        return self.start + self.count * self.stride

    def frames(self) -> NDArray[np.int64]:
        return np.arange(self.start, self.end, self.stride)

    def shifted(self, frames: int) -> Grid:
        return Grid(self.start + frames, self.count, self.stride)


@dataclass(frozen=True, slots=True)
class Ramp:
    """dB over frames: `from_db` until `start`, then a straight line to `to_db` at `end`.

    `mutes`: from `end` on there is nothing at all, not even `to_db`.
    """

    start: int
    end: int
    from_db: float
    to_db: float
    mutes: bool = False

    @classmethod
    def constant(cls, db: float) -> Ramp:
        return cls(0, 0, db, db)

    def at(self, frame: int) -> float:
        if frame >= self.end:
            return -np.inf if self.mutes else self.to_db
        if frame <= self.start:
            return self.from_db
        return self.from_db + (self.to_db - self.from_db) * (frame - self.start) / (
            self.end - self.start
        )

    def over(self, grid: Grid) -> Level:
        if grid.start >= self.end or grid.end <= self.start:
            return self.at(grid.start)
        if self.from_db == self.to_db and not self.mutes:
            return self.to_db
        frames = grid.frames()
        line: FloatArray = np.interp(frames, (self.start, self.end), (self.from_db, self.to_db))
        if self.mutes and grid.end > self.end:
            line[frames >= self.end] = -np.inf
        return line


def ramp_to(ramp: Ramp, frame: int, db: float, over_frames: int) -> Ramp:
    """A ramp that goes on from where `ramp` is at `frame` to `db`."""
    return Ramp(frame, frame + max(over_frames, 0), max(ramp.at(frame), -200.0), db)


def rise_limited(wanted: Level, before: float, grid: Grid) -> tuple[Level, float]:
    """`wanted` over the grid, rising by at most 6 dB/s from `before`, the level one stride
    before it. Returns the levels and the last of them, never below SILENT_LUFS."""
    slope = RISE_DB_PER_FRAME * grid.stride
    steps = slope * np.arange(1, grid.count + 1)
    if isinstance(wanted, float):
        if wanted <= before + slope:
            return wanted, max(wanted, SILENT_LUFS)
        climb = np.minimum(before + steps, wanted)
        return climb, max(float(climb[-1]), SILENT_LUFS)
    relative = np.maximum(wanted, -200.0) - steps
    relative[0] = min(relative[0], before)
    limited = np.minimum(np.minimum.accumulate(relative) + steps, wanted)
    return limited, max(float(limited[-1]), SILENT_LUFS)


def while_it_lasts(wanted: Level, before: float, grid: Grid, left: int) -> Level:
    """`wanted`, but silent within the `left` frames that there still are: a straight line from
    `before` that each block goes on with. Nothing where there is less than a block."""
    blocks = left // grid.count
    if blocks <= 0:
        return -np.inf
    steps = np.arange(1, grid.count + 1) / (blocks * grid.count)
    line: FloatArray = np.minimum(before + (SILENT_LUFS - before) * steps, wanted)
    return line


def raised_cosine(start: int, frames: int, grid: Grid) -> Level:
    """A fade-out in amplitude over [start, start + frames): 1 before, 0 after, zero slope at
    both ends."""
    if grid.start >= start + frames:
        return 0.0
    if grid.end <= start:
        return 1.0
    x = np.clip((grid.frames() - start) / max(frames, 1), 0.0, 1.0)
    shape: FloatArray = 0.5 + 0.5 * np.cos(np.pi * x)
    return shape
