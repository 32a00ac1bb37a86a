"""The two panels: the sound in dB, and the light in its colour."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.curves import FloatArray
from nidra_box.studio.chart.axis import Axis, Piece
from nidra_box.studio.chart.colours import (
    AMBER,
    AMBER_NAME,
    BED,
    FAINT,
    FAR_PANEL,
    HAND,
    INK,
    PANEL,
    QUIET,
    RED,
    RED_NAME,
    SOUND,
    rgb,
)
from nidra_box.studio.chart.night import SAMPLES_HZ, LateJolt, Night, Span, runs_of
from nidra_box.studio.chart.sheet import Box, Sheet, width_of
from nidra_box.units import NOTHING_DB, SILENT_LUFS

LOWEST_DB, HIGHEST_DB = SILENT_LUFS, -10.0  # from where a night fades to, to above a voice
BAND = 0.36  # how strongly the space between floor and peak shows the colour of the lamp
EDGE = 0.85  # and its upper edge
SMALLEST_MARK = 3.0  # pixels: a single word in eight hours
SMALLEST_QUIET = 80.0  # pixels: a stretch of nothing that is worth a word
PLACES = (0.5, 0.4, 0.6, 0.3, 0.7)  # where in a stretch its word may stand
AXIS_SIZE = 21.0


def ground(sheet: Sheet, axis: Axis, top: float, bottom: float) -> None:
    """A panel's ground in the pieces of the axis, the far ones a shade darker."""
    for piece in axis.pieces:
        colour = PANEL if piece.is_close else FAR_PANEL
        sheet.rectangle(Box(piece.left, top, piece.right, bottom), colour)


def scale(
    sheet: Sheet, axis: Axis, levels: list[tuple[float, str]], label: str, middle: float
) -> None:
    """Lines across at the pixels of `levels`, their names, and what they measure."""
    for y, name in levels:
        sheet.lines([(p.left, y, p.right, y) for p in axis.pieces], FAINT, layer=2)
        sheet.write(axis.left - 10, y, name, size=AXIS_SIZE, colour=QUIET, across="right")
    sheet.write(20, middle, label, size=AXIS_SIZE, colour=QUIET, across="center", upright=True)


def nothing(sheet: Sheet, axis: Axis, spans: list[Span], word: str, y: float) -> None:
    """A word where for long there is nothing."""
    for begin, end in spans:
        for piece, left, right in axis.parts_of(begin, end):
            if right - left >= SMALLEST_QUIET:
                colour = PANEL if piece.is_close else FAR_PANEL
                reach = width_of(word, AXIS_SIZE) / 2 + 8
                places = [left + share * (right - left) for share in PLACES]
                free = (x for x in places if not any(abs(x - at) < reach for at in sheet.leaders))
                sheet.write(
                    next(free, places[0]),
                    y,
                    word,
                    size=AXIS_SIZE,
                    colour=QUIET,
                    across="center",
                    if_room=True,
                    ground=colour,
                )


# -- sound ----------------------------------------------------------------------------------


def range_of(levels: FloatArray) -> tuple[float, float]:
    """The lowest and the highest dB of the panel: always a night's fade, and room above."""
    heard = levels[levels > NOTHING_DB]
    highest = HIGHEST_DB if len(heard) == 0 else max(HIGHEST_DB, float(heard.max()) + 4)
    return LOWEST_DB, float(np.ceil(highest / 10) * 10)


def draw_sound(sheet: Sheet, axis: Axis, night: Night, top: float, bottom: float) -> None:
    low, high = range_of(night.sound_db)
    for jolt in night.jolts:
        reach = _level_in(night, jolt) + jolt.held_db + 4
        high = max(high, float(np.ceil(reach / 10) * 10))

    def y_of(level: FloatArray) -> FloatArray:
        share = (np.clip(level, low, high) - low) / (high - low)
        return bottom - share * (bottom - top)

    ground(sheet, axis, top, bottom)
    named = np.arange(np.ceil(low / 20) * 20, high + 1, 20.0)
    levels = [
        (float(y), f"{level:.0f}".replace("-", "−"))
        for level, y in zip(named, y_of(named), strict=True)
    ]
    scale(sheet, axis, levels, night.sound_label, (top + bottom) / 2)
    for piece in axis.pieces:
        inside = (night.sound_s >= piece.begin_s) & (night.sound_s <= piece.end_s)
        if inside.sum() < 2:
            continue
        xs, lows, highs = columns(piece.over(night.sound_s[inside]), night.sound_db[inside])
        sheet.area(xs, y_of(highs), bottom, BED)
        heard = highs > low
        both = np.column_stack((lows, highs)).ravel()
        line = np.where(np.repeat(heard, 2), y_of(both), np.nan)
        sheet.curve(np.repeat(xs, 2), line, SOUND)
    draw_jolts(sheet, axis, night, y_of)
    silent = night.sound_db <= low
    step = float(night.sound_s[1] - night.sound_s[0]) if len(night.sound_s) > 1 else 1.0
    nothing(sheet, axis, runs_of(silent, step), "silent", bottom - 0.18 * (bottom - top))


def _level_in(night: Night, jolt: LateJolt) -> float:
    inside = (night.sound_s >= jolt.begin_s - 1.0) & (night.sound_s <= jolt.end_s + 1.0)
    return float(night.sound_db[inside].max(initial=NOTHING_DB))


def draw_jolts(
    sheet: Sheet, axis: Axis, night: Night, y_of: Callable[[FloatArray], FloatArray]
) -> None:
    """Over each late jolt, how far it would reach if it were not held down."""
    for jolt in night.jolts:
        level = _level_in(night, jolt)
        foot, head = (float(y) for y in y_of(np.array([level, level + jolt.held_db])))
        for piece, left, right in axis.parts_of(jolt.begin_s, jolt.end_s):
            wide = max(right, left + SMALLEST_MARK)
            strokes = [(left, foot, left, head), (left, head, wide, head)]
            sheet.lines([*strokes, (wide, head, wide, foot)], HAND, layer=6)
            words = f"+{jolt.over_db:.0f} dB" + (" held" if jolt.held_db > 0.0 else "")
            sheet.write(
                min(left - 4, axis.pieces[-1].right - width_of(words, AXIS_SIZE) - 4),
                head - AXIS_SIZE * 0.7,
                words,
                size=AXIS_SIZE,
                colour=HAND,
                if_room=True,
                ground=PANEL if piece.is_close else FAR_PANEL,
            )


def columns(xs: FloatArray, ys: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]:
    """(xs, lowest, highest) of a curve in half pixels; single points where there is room."""
    places = np.floor(xs * 2)
    starts = np.flatnonzero(np.concatenate(([True], places[1:] != places[:-1])))
    return xs[starts], np.minimum.reduceat(ys, starts), np.maximum.reduceat(ys, starts)


def draw_words(sheet: Sheet, axis: Axis, night: Night, y: float) -> None:
    """A mark for everything that is said, and a ring for every bell."""
    name = "words" if night.words else "bells"
    sheet.write(axis.left - 14, y, name, size=AXIS_SIZE, colour=QUIET, across="right")
    for begin, end in night.words:
        for _, left, right in axis.parts_of(begin, end):
            wide = max(right, left + SMALLEST_MARK)
            sheet.rectangle(Box(left, y - 8, wide, y + 8), INK)
    for begin, _ in night.bells:
        sheet.ring(axis.x(begin), y, 7.0, INK)


# -- light ----------------------------------------------------------------------------------


def draw_light(sheet: Sheet, axis: Axis, night: Night, top: float, bottom: float) -> None:
    highest = max(20.0, float(np.ceil((night.lightness.max() + 4) / 10) * 10))
    height = bottom - top

    def y_of(level: float) -> float:
        return bottom - level / highest * height

    ground(sheet, axis, top, bottom)
    step = 10 if height / highest > 6 else 20
    levels = [(y_of(v), str(v)) for v in range(0, int(highest) + 1, step)]
    scale(sheet, axis, levels, "light in L*", (top + bottom) / 2)
    rows = round(height)
    for piece in axis.pieces:
        box = Box(piece.left, top, piece.right, bottom)
        sheet.picture(box, light_pixels(piece, night, highest, rows))
    _colour_names(sheet, axis, night, y_of)
    dark = runs_of(night.lightness <= 0, 1 / SAMPLES_HZ)
    nothing(sheet, axis, dark, "dark", bottom - 0.25 * height)


def light_pixels(piece: Piece, night: Night, highest: float, rows: int) -> NDArray[np.float64]:
    """The light of a piece as RGBA, (rows, columns, 4).

    Every column shows its own stretch of time: full colour up to where the light always was,
    less the smaller the share of the time in which it reached that high; behind it, weaker,
    the band between the floor and the peak of the breath, with an edge on top.
    """
    count = max(1, round(piece.width))
    share = max(8, int(np.ceil(piece.seconds / count * SAMPLES_HZ)))  # samples in a column
    xs = piece.left + (np.arange(count * share) + 0.5) / share * (piece.width / count)
    times = piece.times(xs) * SAMPLES_HZ
    at = np.arange(len(night.lightness))
    light = np.interp(times, at, night.lightness).reshape(count, share)
    floor, peak = (
        np.interp(times, at, edge).reshape(count, share) * (rows / highest)
        for edge in night.envelope()
    )
    redness = np.interp(times, at, night.redness).reshape(count, share)
    lit = (light > 0).sum(axis=1)
    mean_red = np.where(light > 0, redness, 0.0).sum(axis=1) / np.maximum(lit, 1)
    if lit.any():  # between two breaths the band keeps their colour
        mean_red = np.interp(np.arange(count), np.flatnonzero(lit), mean_red[lit > 0])

    filled = coverage(light * (rows / highest), rows)
    levels = np.arange(rows)
    top, low = peak.max(axis=1)[:, None], floor.min(axis=1)[:, None]
    band = np.clip(top - levels, 0.0, 1.0)
    edge = band * np.clip(levels - (top - 2.5), 0.0, 1.0) * (top > low)
    strength = np.maximum(BAND + (1.0 - BAND) * filled, EDGE * edge)
    paper = np.array(rgb(PANEL if piece.is_close else FAR_PANEL))
    lamp = np.array(AMBER) + (np.array(RED) - np.array(AMBER)) * mean_red[:, None]
    colours = paper + (lamp[:, None, :] - paper) * strength[:, :, None]
    pixels = np.concatenate((colours, band[:, :, None]), axis=2)
    return np.ascontiguousarray(pixels.transpose(1, 0, 2)[::-1])


def coverage(heights: FloatArray, rows: int) -> FloatArray:
    """(columns, rows), row 0 lowest: the share of a column's samples, (columns, samples) of
    heights in pixels, that reach over each row; a row that is reached in part counts in part."""
    count, share = heights.shape
    clipped = np.clip(heights, 0.0, rows)
    whole = np.minimum(clipped.astype(np.int64), rows - 1)
    place = np.arange(count)[:, None] * rows + whole
    ends = np.bincount(place.ravel(), minlength=count * rows).reshape(count, rows)
    part = np.bincount(place.ravel(), (clipped - whole).ravel(), minlength=count * rows)
    above = ends[:, ::-1].cumsum(axis=1)[:, ::-1] - ends
    result: FloatArray = (above + part.reshape(count, rows)) / share
    return result


def _colour_names(sheet: Sheet, axis: Axis, night: Night, y_of: Callable[[float], float]) -> None:
    """The name of the colour over the first light of each: a chart may be printed in grey."""
    peak = night.envelope()[1]
    for name, colour, mask in (
        ("amber", AMBER_NAME, night.redness < 0.5),
        ("red", RED_NAME, night.redness >= 0.5),
    ):
        width = width_of(name, AXIS_SIZE)
        for begin, end in runs_of(mask & (night.lightness > 0), 1 / SAMPLES_HZ):
            piece, left, right = next(axis.parts_of(begin, end), (axis.pieces[0], 0.0, 0.0))
            if right - left < width / 2:
                continue
            under = piece.times(np.array([left, left + width + 16])) * SAMPLES_HZ
            over = peak[int(under[0]) : int(under[1]) + 1].max()
            sheet.write(
                left + 8,
                y_of(over) - 19,
                name,
                size=AXIS_SIZE,
                colour=colour,
                if_room=True,
                ground=PANEL if piece.is_close else FAR_PANEL,
            )
            break
