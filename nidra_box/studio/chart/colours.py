"""The colours of a chart: white paper, dark ink, and the two of the lamp. Pure.

All of them differ in lightness too, so that a chart printed in grey can be read.
"""

from __future__ import annotations

Rgb = tuple[float, float, float]

PAPER, PANEL, FAR_PANEL = "#ffffff", "#f4f2f7", "#eae7ef"
INK, QUIET, FAINT = "#17141f", "#57515f", "#d3ceda"
STAGE, HAND = "#98929f", "#6a4a86"
SOUND, BED = "#124a60", "#b9d8e3"
AMBER: Rgb = (0.95, 0.58, 0.0)  # 590 nm, dark enough for white paper
RED: Rgb = (0.70, 0.12, 0.08)  # 630 nm, likewise
AMBER_NAME, RED_NAME = "#8a5200", "#a3200f"  # the same, dark enough to be read


def rgb(colour: str) -> Rgb:
    """`#12101a` as numbers from 0 to 1."""
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue
