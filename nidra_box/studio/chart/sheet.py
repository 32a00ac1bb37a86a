"""The paper and the pens: pixels from the top left, in a figure of matplotlib.

matplotlib is imported when the first sheet is made, with the canvas that draws into memory:
no window, no display, no settings of the person's own.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nidra_box.files import whole
from nidra_box.installed import install
from nidra_box.score.curves import FloatArray
from nidra_box.studio.chart.colours import INK, PAPER, Rgb
from nidra_box.words import printable

WIDTH = 780
"""Twice a telephone's 390: words of 21 pixels can still be read there."""
DPI = 100
FONT = "DejaVu Sans"  # comes with matplotlib


class ChartsMissing(Exception):
    """matplotlib is not installed, with the mend."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels from the top left."""

    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


@contextmanager
def own_settings() -> Iterator[None]:
    """matplotlib as it comes, whatever a person's settings file says, and quiet about letters
    that its font does not have. Raises ChartsMissing."""
    _renderer()
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        warnings.simplefilter("ignore")
        yield


@cache
def _renderer() -> Any:
    """What measures words. Raises ChartsMissing."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        fix = install("python3-matplotlib", "matplotlib")
        raise ChartsMissing(f"charts need matplotlib: {fix}") from error
    return FigureCanvasAgg(Figure(figsize=(1, 1), dpi=DPI)).get_renderer()  # type: ignore[no-untyped-call]


def _font(size: float, weight: str) -> Any:
    from matplotlib.font_manager import FontProperties

    return FontProperties(family=FONT, size=size * 72 / DPI, weight=weight)


def width_of(words: str, size: float, weight: str = "normal") -> float:
    """The width in pixels of words of `size` pixels. Raises ChartsMissing."""
    renderer = _renderer()
    width, _, _ = renderer.get_text_width_height_descent(
        printable(words), _font(size, weight), False
    )
    return float(width)


def shortened(words: str, size: float, width: float, weight: str = "normal") -> str:
    """`words`, or as many of them as fit into `width` pixels, and …"""
    if width_of(words, size, weight) <= width:
        return words
    count = len(words)
    while count and width_of(words[:count].rstrip() + "…", size, weight) > width:
        count -= 1
    return words[:count].rstrip() + "…"


class Sheet:
    """A page of WIDTH x `height` pixels. Raises ChartsMissing."""

    def __init__(self, height: int) -> None:
        _renderer()
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        self.height = height
        self.figure: Any = Figure(
            figsize=(WIDTH / DPI, height / DPI), dpi=DPI, facecolor=PAPER, edgecolor=PAPER
        )
        self._canvas: Any = FigureCanvasAgg(self.figure)
        self._axes: Any = self.figure.add_axes((0, 0, 1, 1))
        self._axes.set_axis_off()
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(height, 0)
        self._axes.set_autoscale_on(False)
        self.written: list[Box] = []
        self.leaders: list[float] = []  # where upright lines stand

    def save(self, path: Path) -> None:
        """As PNG. Raises OSError."""
        with whole(path) as stream:
            self.figure.savefig(
                stream, format="png", dpi=DPI, facecolor=PAPER, metadata={"Software": None}
            )

    def write(
        self,
        x: float,
        y: float,
        words: str,
        *,
        size: float,
        colour: str | Rgb = INK,
        across: str = "left",
        down: str = "center",
        weight: str = "normal",
        upright: bool = False,
        if_room: bool = False,
        ground: str | None = None,
    ) -> bool:
        """Words at (x, y). `if_room`: only where nothing is written yet, and not beyond the
        paper; whether they were written."""
        text = self._axes.text(
            x,
            y,
            printable(words),
            color=colour,
            fontproperties=_font(size, weight),
            ha=across,
            va=down,
            rotation=90 if upright else 0,
            rotation_mode="anchor" if upright else None,
            parse_math=False,
            zorder=10,
        )
        extent = text.get_window_extent(self._canvas.get_renderer())
        box = Box(extent.x0, self.height - extent.y1, extent.x1, self.height - extent.y0)
        wide = Box(box.left - 6, box.top, box.right + 6, box.bottom)
        inside = box.left >= 0 and box.right <= WIDTH
        if if_room and not (inside and not any(wide.meets(other) for other in self.written)):
            text.remove()
            return False
        if ground:
            text.set_bbox({"facecolor": ground, "edgecolor": "none", "pad": 3})
        self.written.append(box)
        return True

    def rectangle(self, box: Box, colour: str | Rgb, layer: float = 1) -> None:
        from matplotlib.patches import Rectangle

        self._axes.add_patch(
            Rectangle(
                (box.left, box.top),
                box.right - box.left,
                box.bottom - box.top,
                facecolor=colour,
                linewidth=0,
                zorder=layer,
            )
        )

    def lines(
        self,
        strokes: Iterable[tuple[float, float, float, float]],
        colour: str | Rgb,
        width: float = 1.0,
        dots: bool = False,
        layer: float = 3,
    ) -> None:
        """Straight lines, each (x, y) to (x, y)."""
        from matplotlib.collections import LineCollection

        self._axes.add_collection(
            LineCollection(
                [((a, b), (c, d)) for a, b, c, d in strokes],
                colors=[colour],
                linewidths=width * 72 / DPI,
                linestyles=(0, (1.5, 2.5)) if dots else "solid",
                zorder=layer,
            ),
            autolim=False,
        )

    def curve(self, xs: FloatArray, ys: FloatArray, colour: str, width: float = 1.4) -> None:
        self._axes.plot(
            xs,
            ys,
            color=colour,
            linewidth=width * 72 / DPI,
            solid_joinstyle="round",
            zorder=5,
        )

    def area(self, xs: FloatArray, ys: FloatArray, base: float, colour: str) -> None:
        """Everything between a curve and the line `base`."""
        self._axes.fill_between(xs, ys, base, color=colour, linewidth=0, zorder=4)

    def ring(self, x: float, y: float, radius: float, colour: str) -> None:
        from matplotlib.patches import Circle

        self._axes.add_patch(
            Circle((x, y), radius, fill=False, edgecolor=colour, linewidth=1.2, zorder=5)
        )

    def picture(self, box: Box, pixels: NDArray[np.float64]) -> None:
        """RGBA pixels, (rows, columns, 4) from the top left, as large as `box`."""
        self._axes.imshow(
            pixels,
            extent=(box.left, box.right, box.bottom, box.top),
            interpolation="nearest",
            aspect="auto",
            zorder=4,
        )
        self._axes.set_xlim(0, WIDTH)
        self._axes.set_ylim(self.height, 0)
