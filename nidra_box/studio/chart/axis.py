"""Where a second of the night stands on the paper. Pure.

A long night has two scales: what is lit or spoken is drawn close up, the rest from far
away, with a gap wherever the scale changes. A short one has one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from nidra_box.score.curves import FloatArray
from nidra_box.words import format_duration

GAP = 30.0  # pixels between two scales
ONE_SCALE_S = 3600.0  # a night up to this length has one scale
CLOSE_TIME = 0.4  # and so has one with more than this share of it to be seen close up
CLOSE_WIDTH = 0.62  # of the paper
TICK_APART, LETTER = 26.0, 12.5  # pixels: between two names of ticks, and of a letter
STEPS_S = (5, 10, 30, 60, 120, 300, 600, 1800, 3600, 7200, 14_400)

Span = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the night in one scale, from `left` to `right` in pixels."""

    begin_s: float
    end_s: float
    left: float
    right: float
    is_close: bool

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def seconds(self) -> float:
        return self.end_s - self.begin_s

    def times(self, xs: FloatArray) -> FloatArray:
        """The seconds at some pixels of the piece."""
        return self.begin_s + (xs - self.left) * (self.seconds / self.width)

    def over(self, times: FloatArray) -> FloatArray:
        """The pixels of some seconds, which may lie outside the piece."""
        return self.left + (times - self.begin_s) * (self.width / self.seconds)


@dataclass(frozen=True, slots=True)
class Axis:
    """The pieces from left to right; together they are the whole night."""

    pieces: tuple[Piece, ...]

    @property
    def left(self) -> float:
        return self.pieces[0].left

    @property
    def right(self) -> float:
        return self.pieces[-1].right

    @property
    def has_two_scales(self) -> bool:
        return len(self.pieces) > 1

    def piece_at(self, t_s: float) -> Piece:
        """The piece of second `t_s`; where two meet, the later."""
        return next((p for p in self.pieces if t_s < p.end_s), self.pieces[-1])

    def x(self, t_s: float) -> float:
        """The pixel of second `t_s`, not beyond the paper."""
        piece = self.piece_at(t_s)
        share = (t_s - piece.begin_s) / piece.seconds
        return piece.left + piece.width * min(max(share, 0.0), 1.0)

    def is_cut(self, x: float, reach: float) -> bool:
        """Whether something from `x - reach` to `x + reach` would stand in a gap."""
        return any(
            x - reach < after.left and x + reach > before.right
            for before, after in pairwise(self.pieces)
        )

    def parts_of(self, begin_s: float, end_s: float) -> Iterator[tuple[Piece, float, float]]:
        """(piece, left, right) of every part of a span."""
        for piece in self.pieces:
            first, last = max(begin_s, piece.begin_s), min(end_s, piece.end_s)
            if first < last:
                left, right = piece.over(np.array([first, last]))
                yield piece, float(left), float(right)

    def times_closer(self) -> float:
        """How many times closer together seconds stand in the far pieces; 1 if there are none."""
        scales = [p.seconds / p.width for p in self.pieces]
        return max(scales) / min(scales)


def axis_of(length_s: float, stretches: list[Span], left: float, right: float) -> Axis:
    """The axis of a night of which `stretches` are to be seen close up; of one that was over
    at once, a second."""
    length_s = max(length_s, 1.0)
    close_s = sum(end - begin for begin, end in stretches)
    if length_s <= ONE_SCALE_S or not 0 < close_s < CLOSE_TIME * length_s:
        return Axis((Piece(0.0, length_s, left, right, is_close=True),))
    spans: list[tuple[float, float, bool]] = []
    done = 0.0
    for begin, end in stretches:
        if begin > done:
            spans.append((done, begin, False))
        spans.append((begin, end, True))
        done = end
    if done < length_s:
        spans.append((done, length_s, False))
    width = right - left - GAP * (len(spans) - 1)
    per_s = {True: CLOSE_WIDTH / close_s, False: (1.0 - CLOSE_WIDTH) / (length_s - close_s)}
    pieces: list[Piece] = []
    for begin, end, is_close in spans:
        reach = (end - begin) * per_s[is_close] * width
        pieces.append(Piece(begin, end, left, left + reach, is_close))
        left += reach + GAP
    return Axis(tuple(pieces))


def ticks_of(piece: Piece) -> list[float]:
    """The seconds that are named: as many as have room."""
    times: list[float] = []
    for step in STEPS_S:
        first, last = int(-(-piece.begin_s // step)), int(piece.end_s // step)
        times = [float(n * step) for n in range(first, last + 1)]
        longest = max((len(tick_name(t)) for t in times), default=0)
        if step * piece.width / piece.seconds >= longest * LETTER + TICK_APART:
            break
    return times


def tick_name(t_s: float) -> str:
    """`0`, `30 s`, `1:30 min`, `5 min`, `2 h`, `4:30 h`."""
    seconds = round(t_s)
    if seconds == 0:
        return "0"
    if seconds < 60:
        return f"{seconds} s"
    if seconds < 3600:
        minutes = str(seconds // 60) if seconds % 60 == 0 else format_duration(seconds)
        return f"{minutes} min"
    hours, minute = divmod(seconds // 60, 60)
    if seconds % 60:
        return format_duration(seconds)
    return f"{hours}:{minute:02} h" if minute else f"{hours} h"


def length_name(seconds: float) -> str:
    """A length in words: `27 minutes`, `7 h 41`."""
    minutes = round(seconds / 60)
    if minutes < 100:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{minutes // 60} h {minutes % 60:02}" if minutes % 60 else f"{minutes // 60} h"
