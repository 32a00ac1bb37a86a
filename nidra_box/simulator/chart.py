"""A night as a picture: sound in dB and light in its colour over time. Needs matplotlib.

The first part (words and light) and the rest of the night stand side by side on axes of
their own, so that both a breath and eight hours can be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nidra_box.documents.fields import format_duration
from nidra_box.score.score import Score

AMBER, RED = (1.0, 0.62, 0.12), (0.86, 0.10, 0.06)
NIGHT, INK, FAINT, VOICE = "#12101a", "#d8d2c8", "#4a4456", "#7fb3c8"
LOWEST_DB = -95.0
MARGIN_S = 60.0


class ChartsMissing(Exception):
    """matplotlib is not installed, with the mend."""


@dataclass(slots=True)
class Night:
    """What a chart shows: arrays with a value per second, and marks at seconds."""

    title: str
    sound_dbfs: NDArray[np.float64]
    lightness: NDArray[np.float64]
    redness: NDArray[np.float64]
    stages: list[tuple[float, float, str]]
    words: list[tuple[float, float]] = field(default_factory=list)
    events: list[tuple[float, str]] = field(default_factory=list)

    @property
    def length_s(self) -> float:
        return float(len(self.sound_dbfs) - 1)

    def split_s(self) -> float:
        """The end of the first part: shortly after the last light or word, or everything when
        what follows is not much longer."""
        lit = np.flatnonzero(self.lightness[: len(self.lightness)] > 0)
        guided = [end for _, end in self.words] or [float(lit[-1]) if len(lit) else 0.0]
        first = max(guided) + 2 * MARGIN_S
        return first if self.length_s > 1.6 * first else self.length_s


def night_of_score(score: Score) -> Night:
    """A programme as it is written, at full volume."""
    seconds = np.arange(int(score.duration_s) + 1)
    return Night(
        title=f"{score.title} ({format_duration(score.duration_s)})",
        sound_dbfs=np.array([score.level_at(float(t)) for t in seconds]),
        lightness=np.array([_brightest(score, float(t)) for t in seconds]),
        redness=np.array([score.redness(float(t)) for t in seconds]),
        stages=[(s.start_s, s.end_s, s.id) for s in score.stages],
        words=[(c.start / 48_000, c.end / 48_000) for c in score.clips],
    )


def _brightest(score: Score, t_s: float) -> float:
    if score.light.is_dark(t_s, t_s + 1.0):
        return 0.0
    return max(score.lightness(t_s + x / 4) for x in range(4))


def draw(night: Night, path: Path) -> None:
    """Write the picture as PNG. Raises ChartsMissing, OSError."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise ChartsMissing("charts need matplotlib: pip install 'nidra-box[charts]'") from error
    split = night.split_s()
    parts = [(0.0, split)] if split >= night.length_s else [(0.0, split), (split, night.length_s)]
    figure = Figure(figsize=(14, 6.4), dpi=110, facecolor=NIGHT)
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        2,
        len(parts),
        width_ratios=[3, 2][: len(parts)],
        height_ratios=[3, 2],
        wspace=0.03,
        hspace=0.07,
        left=0.06,
        right=0.985,
        top=0.84,
        bottom=0.09,
    )
    for column, (begin, end) in enumerate(parts):
        sound = figure.add_subplot(grid[0, column])
        light = figure.add_subplot(grid[1, column])
        _draw_sound(sound, night, begin, end, first=column == 0)
        _draw_light(light, night, begin, end, first=column == 0)
        _draw_stages(sound, night, begin, end)
        _draw_events(sound, night, begin, end)
        for axes in (sound, light):
            _style(axes, begin, end)
        sound.tick_params(labelbottom=False)
    figure.text(0.06, 0.95, night.title, color=INK, fontsize=14, weight="bold")
    figure.savefig(path, facecolor=NIGHT)


def _draw_sound(axes: Any, night: Night, begin: float, end: float, first: bool) -> None:
    seconds = np.arange(len(night.sound_dbfs))
    inside = (seconds >= begin) & (seconds <= end)
    level = np.where(night.sound_dbfs <= LOWEST_DB, np.nan, night.sound_dbfs)
    axes.fill_between(
        seconds[inside],
        LOWEST_DB,
        np.nan_to_num(level, nan=LOWEST_DB)[inside],
        color="#3c5a6a",
        linewidth=0,
        alpha=0.55,
    )
    axes.plot(seconds[inside], level[inside], color=VOICE, linewidth=0.8)
    for word_begin, word_end in night.words:
        if word_begin < end and word_end > begin:
            axes.axvspan(word_begin, word_end, ymin=0.0, ymax=0.025, color=INK, linewidth=0)
    axes.set_ylim(LOWEST_DB, 0)
    _label(axes, "sound, dBFS (words below)", first)


def _draw_light(axes: Any, night: Night, begin: float, end: float, first: bool) -> None:
    """Bars of a second (or of as many as fit a pixel) in the colour of the lamp."""
    step = max(1, int((end - begin) / 1600))
    for second in range(int(begin), int(end), step):
        level = float(night.lightness[second : second + step].max())
        if level > 0:
            redness = float(night.redness[second])
            colour = tuple(a + (r - a) * redness for a, r in zip(AMBER, RED, strict=True))
            axes.bar(second, level, width=step * 1.05, align="edge", color=colour, linewidth=0)
    axes.set_ylim(0, 65)
    _label(axes, "light, L*", first)


def _draw_stages(axes: Any, night: Night, begin: float, end: float) -> None:
    for stage_begin, stage_end, name in night.stages:
        left, right = max(stage_begin, begin), min(stage_end, end)
        if right - left <= 0:
            continue
        if left > begin:
            axes.axvline(left, color=FAINT, linewidth=0.7)
        if (right - left) / (end - begin) > 0.012:
            axes.text(
                (left + right) / 2,
                2.0,
                name,
                color=INK,
                fontsize=7.5,
                rotation=30,
                ha="left",
                va="bottom",
                clip_on=False,
            )


def _draw_events(axes: Any, night: Night, begin: float, end: float) -> None:
    for at_s, what in night.events:
        if begin <= at_s < end:
            axes.axvline(at_s, color="#e8c468", linewidth=0.8, linestyle=":")
            axes.text(at_s, -4, f" {what}", color="#e8c468", fontsize=7, rotation=90, va="top")


def _label(axes: Any, text: str, first: bool) -> None:
    if first:
        axes.set_ylabel(text, color=INK, fontsize=9)
    else:
        axes.tick_params(labelleft=False)


def _style(axes: Any, begin: float, end: float) -> None:
    axes.set_facecolor(NIGHT)
    axes.set_xlim(begin, end)
    step = next(
        (s for s in (30, 60, 120, 300, 600, 1800, 3600, 7200) if (end - begin) / s <= 10), 7200
    )
    ticks = [t for t in range(0, int(end) + 1, step) if begin <= t <= end]
    axes.set_xticks(ticks, [format_duration(t) for t in ticks], fontsize=8)
    axes.tick_params(colors=INK, labelsize=8)
    axes.grid(color=FAINT, linewidth=0.3)
    for spine in axes.spines.values():
        spine.set_color(FAINT)
