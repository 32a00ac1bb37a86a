"""The night's curve: a programme's sound and light over time in a few rows of characters.

The first part (words and light) gets most of the width and the rest of the night what is
left, so that both a sentence and eight hours can be read. Pure; a score is sampled once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from rich.text import Text

from nidra_box.score.curves import FloatArray
from nidra_box.score.score import Score
from nidra_box.studio.terminal.picture import (
    FAINT,
    INK,
    NIGHT,
    QUIET,
    Depth,
    Rgb,
    blend,
    lamp_colour,
    style_of,
)
from nidra_box.units import RATE_HZ, decibels

SAMPLES = 600
FIRST_SHARE = 0.6  # of the width, and of the samples
MARGIN_S = 120.0  # the first part ends this long after the last word or light
MUCH_LONGER = 1.6  # a night that is not longer than this times its first part is one part
LOWEST_DB, HIGHEST_DB = -62.0, -17.0  # nominal LUFS: silence to a voice at its loudest
BED: Rgb = (60, 90, 106)
VOICE: Rgb = (127, 179, 200)
TO_COME = 0.5  # how far towards the night what is still to come is drawn
EIGHTHS = " ▁▂▃▄▅▆▇█"
LABEL_COLUMNS = 7


@dataclass(frozen=True, slots=True)
class Axis:
    """Seconds on `columns` characters; the first `first` of them end at `split_s`."""

    split_s: float
    length_s: float
    first: int
    columns: int

    def time_of(self, column: float) -> float:
        """The second at the left edge of a column."""
        if column <= self.first:
            return column * self.split_s / max(self.first, 1)
        rest = self.columns - self.first
        return self.split_s + (column - self.first) * (self.length_s - self.split_s) / rest

    def column_of(self, t_s: float) -> int:
        """The column that second `t_s` falls into."""
        if t_s < self.split_s or self.first == self.columns:
            column = t_s / max(self.split_s, 1e-9) * self.first
        else:
            rest = self.columns - self.first
            column = self.first + (t_s - self.split_s) / (self.length_s - self.split_s) * rest
        return min(max(int(column), 0), self.columns - 1)


@dataclass(frozen=True, slots=True)
class Night:
    """A score sampled: at `times_s` the nominal level (LUFS), the top of the light's breath
    (L*), its redness, and whether somebody speaks."""

    score: Score
    split_s: float
    times_s: FloatArray
    level_db: FloatArray
    lightness: FloatArray
    redness: FloatArray
    speaks: FloatArray


def split_of(score: Score) -> float:
    """Where the first part ends: shortly after the last word, without words the last light;
    everything, if what follows is not much longer."""
    words = [clip.end / RATE_HZ for clip in score.clips if clip.words]
    peak = score.light.peak
    lit = [x1 for x1, y0 in zip(peak.xs[1:], peak.ys, strict=False) if y0 > 0.0]
    first = max(words or lit or [score.duration_s]) + MARGIN_S
    return first if score.duration_s > MUCH_LONGER * first else score.duration_s


def night_of(score: Score) -> Night:
    """Sample a score, a few milliseconds. The voice is nominal: one level while it speaks."""
    split = split_of(score)
    first = round(SAMPLES * FIRST_SHARE) if split < score.duration_s else SAMPLES
    step, rest = split / first, (score.duration_s - split) / max(SAMPLES - first, 1)
    times = np.concatenate(
        [(np.arange(first) + 0.5) * step, split + (np.arange(SAMPLES - first) + 0.5) * rest]
    )
    light = score.light
    return Night(
        score=score,
        split_s=split,
        times_s=times,
        level_db=np.array([score.level_at(t) for t in times]),
        lightness=np.array([max(light.peak.at(t), light.floor.at(t)) for t in times]),
        redness=np.array([score.redness(t) for t in times]),
        speaks=np.array([float(bool(score.words_at(t))) for t in times]),
    )


@dataclass(frozen=True, slots=True)
class Column:
    """What one character of the width stands for."""

    level_db: float
    lightness: float
    redness: float
    speaks: float


@dataclass(frozen=True, slots=True)
class NightCurve:
    """A night on a given width, ready to be drawn."""

    axis: Axis
    columns: tuple[Column, ...]


def curve_of(night: Night, width: int) -> NightCurve:
    """Put the samples of a night into `width` columns (a power mean for the sound)."""
    length = night.score.duration_s
    first = round(width * FIRST_SHARE) if night.split_s < length else width
    axis = Axis(night.split_s, length, first, width)
    edges = np.searchsorted(night.times_s, [axis.time_of(c) for c in range(width + 1)])
    found = []
    for column in range(width):
        begin = min(int(edges[column]), SAMPLES - 1)
        part = slice(begin, max(int(edges[column + 1]), begin + 1))
        power = float(np.mean(10.0 ** (night.level_db[part] / 10.0)))
        brightest = begin + int(np.argmax(night.lightness[part]))
        found.append(
            Column(
                decibels(power),
                float(night.lightness[brightest]),
                float(night.redness[brightest]),
                float(np.mean(night.speaks[part])),
            )
        )
    return NightCurve(axis, tuple(found))


def draw_curve(curve: NightCurve, cursor: int | None, height: int, depth: Depth) -> Text:
    """Sound above, light below it, and an axis with a mark at column `cursor` (None: nowhere,
    the whole night is still to come). Two thirds of the rows are for the sound."""
    light_rows = max((height - 1) // 3, 1)
    sound_rows = max(height - 1 - light_rows, 1)
    span = HIGHEST_DB - LOWEST_DB
    rows = [
        _bars(
            [(max(c.level_db - LOWEST_DB, 0.0) / span, _sound_colour(c)) for c in curve.columns],
            row,
            sound_rows,
            cursor,
            depth,
        )
        for row in range(sound_rows)
    ]
    rows += [
        _bars(
            [(c.lightness / 60.0, lamp_colour(c.redness)) for c in curve.columns],
            row,
            light_rows,
            cursor,
            depth,
        )
        for row in range(light_rows)
    ]
    if height >= 3:
        rows.append(_axis_row(curve.axis, cursor, depth))
    return Text("\n").join(rows[:height])


def _sound_colour(column: Column) -> Rgb:
    return blend(BED, VOICE, min(column.speaks * 2.0, 1.0))


def _bars(
    columns: list[tuple[float, Rgb]], row: int, rows: int, cursor: int | None, depth: Depth
) -> Text:
    """Row `row` (0 on top) of bars `rows` high; each a share of the height and a colour."""
    text = Text(no_wrap=True)
    for number, (share, colour) in enumerate(columns):
        eighths = math.ceil(min(max(share, 0.0), 1.0) * rows * 8 - 1e-9)
        here = min(max(eighths - (rows - 1 - row) * 8, 0), 8)
        text.append(EIGHTHS[here], style_of(_shown(colour, number, cursor, depth), depth))
    return text


def _shown(colour: Rgb, number: int, cursor: int | None, depth: Depth) -> Rgb:
    """The colour of a column: quieter where the night is still to come."""
    to_come = cursor is None or number > cursor
    if depth is Depth.NONE:
        return QUIET if to_come else INK
    if number == cursor:
        return blend(colour, INK, 0.6)
    return blend(colour, NIGHT, TO_COME) if to_come else colour


def _axis_row(axis: Axis, cursor: int | None, depth: Depth) -> Text:
    """Minutes in the first part, hours in the rest, and where we are."""
    chars = [" "] * axis.columns
    if axis.first < axis.columns:
        chars[axis.first] = "┊"
    parts = [
        (0, axis.first, 0.0, axis.split_s),
        (axis.first, axis.columns, axis.split_s, axis.length_s),
    ]
    for begin, end, from_s, to_s in parts:
        if end <= begin:
            continue
        unit, name = (3600.0, "h") if to_s > 7200.0 else (60.0, "min")
        for tick in _ticks(from_s, to_s, unit, (end - begin) // LABEL_COLUMNS):
            label = f"{tick / unit:g} {name}"
            column = axis.column_of(tick)
            room = chars[max(column - 1, 0) : column + len(label) + 1]
            if column + len(label) <= end and set(room) <= {" "}:
                chars[column : column + len(label)] = label
    text = Text(
        "".join(chars), style_of(FAINT if depth is Depth.FULL else QUIET, depth), no_wrap=True
    )
    if cursor is not None:
        before, after = text[:cursor], text[cursor + 1 :]
        text = before.append("▲", style_of(INK, depth)).append_text(after)
    return text


def _ticks(from_s: float, to_s: float, unit: float, at_most: int) -> list[float]:
    """Round times between `from_s` and `to_s`, no more than fit; the start needs no name."""
    steps = [unit * n for n in (1, 2, 5, 10, 15, 20, 30, 60)]
    step = next((s for s in steps if (to_s - from_s) / s <= max(at_most, 1)), steps[-1])
    first = max(math.ceil(from_s / step), 1)
    return [n * step for n in range(first, math.ceil(to_s / step))]
