"""The colours of a chart: a night, ink that can be read on it, and the two of the lamp. Pure.

All of them differ in lightness too, so that a chart printed in grey can be read.
"""

from __future__ import annotations

Rgb = tuple[float, float, float]

PAPER, PANEL, FAR_PANEL = "#12101a", "#1c1927", "#171420"
INK, QUIET, FAINT = "#ece6da", "#a59fb0", "#37323f"
STAGE, HAND = "#5d566b", "#d9cfa6"
SOUND, BED = "#a9cfdd", "#324f5f"
AMBER: Rgb = (1.0, 0.69, 0.0)  # 590 nm, as a screen can show it
RED: Rgb = (0.80, 0.20, 0.13)  # 630 nm
AMBER_NAME, RED_NAME = "#ffc44d", "#ee7a63"  # the same, light enough to be read


def rgb(colour: str) -> Rgb:
    """`#12101a` as numbers from 0 to 1."""
    red, green, blue = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
    return red, green, blue
