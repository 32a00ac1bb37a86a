"""The box as a picture: its lamp in colour and level, its button, its knob. Pure.

Two pixels to a character (upper half blocks) where the terminal has all colours; shades
from a space to a full block where it has few or none. What is dark is left out: a lamp at
0 is the night itself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache

from rich.color import Color
from rich.style import Style
from rich.text import Text

from nidra_box.light.lightness import luminance

Rgb = tuple[int, int, int]

NIGHT: Rgb = (18, 16, 26)
INK: Rgb = (216, 210, 200)
QUIET: Rgb = (138, 130, 142)
FAINT: Rgb = (74, 68, 86)
AMBER: Rgb = (255, 158, 30)
RED: Rgb = (220, 25, 15)

BRIGHTEST = 60.0
"""L* that the screen shows as the full colour: the highest cap of any stage's light."""
LEVELS = 64  # of the lamp, as the eye sees them: a breath takes some thirty of them
STEPS = 48  # of a pixel; more would be more to send, and nobody would see them
DISC = 0.27  # radius of the lamp, of the shorter side
HALO = 0.20  # how bright the air right beside the lamp is, of the lamp
REACH = 0.60  # the halo falls to a third within this share of the lamp's radius
SHADES = " ░▒▓█"
SMALLEST_FRAMED = (12, 6)
KNOB_POINTS = "╴╲│╱╶"


class Depth(Enum):
    """What the terminal can show."""

    FULL = "all colours"
    FEW = "256 colours or fewer"
    NONE = "no colours"


@dataclass(frozen=True, slots=True)
class Face:
    """What of a box is to be seen, in the steps that a picture has. `strength` is the lamp
    against its brightest as the eye sees it (the cube root of its light), `knob` the place
    of its pointer."""

    strength: float
    redness: float = 1.0
    pressed: bool = False
    pushed: bool = False
    knob: int = 2

    @classmethod
    def showing(
        cls, lightness: float, redness: float, pressed: bool, pushed: bool, volume: float
    ) -> Face:
        """The face of a lamp at `lightness` (L*) and a knob at `volume` (0 to 1). Two lights
        too close to tell apart are the same face, and nothing has to be sent."""
        light = min(luminance(lightness) / luminance(BRIGHTEST), 1.0)
        return cls(
            strength=math.ceil(math.cbrt(light) * LEVELS) / LEVELS,
            redness=round(redness, 2) if lightness > 0.0 else 1.0,
            pressed=pressed,
            pushed=pushed,
            knob=min(int(volume * len(KNOB_POINTS)), len(KNOB_POINTS) - 1),
        )


def draw_box(face: Face, width: int, height: int, depth: Depth) -> Text:
    """The whole box in `width` by `height` characters; only its lamp where that is small."""
    if width < SMALLEST_FRAMED[0] or height < SMALLEST_FRAMED[1]:
        return Text("\n").join(lamp_rows(face, max(width, 1), max(height, 1), depth))
    edge = style_of(_tinted(FAINT, face, 0.5), depth)
    inside = width - 2
    picture = Text(no_wrap=True)
    picture.append("╭" + "─" * inside + "╮\n", edge)
    for row in lamp_rows(face, inside, height - 3, depth):
        picture.append("│", edge).append_text(row).append("│\n", edge)
    picture.append("│", edge).append_text(_controls(face, inside, depth)).append("│\n", edge)
    picture.append("╰" + "─" * inside + "╯", edge)
    return picture


def _controls(face: Face, width: int, depth: Depth) -> Text:
    """The button on the left, the knob with its pointer on the right."""
    quiet, bright = style_of(QUIET, depth), style_of(INK, depth)
    point = KNOB_POINTS[face.knob]
    button = Text("(●)" if face.pressed else "( )", bright if face.pressed else quiet)
    ends = "[]" if face.pushed else "()"
    knob = Text(ends[0] + point + ends[1], bright if face.pushed else quiet)
    between = max(width - 6 - 2 * (width // 6), 1)
    row = Text(" " * (width // 6)).append_text(button).append(" " * between).append_text(knob)
    row.append(" " * max(width - row.cell_len, 0))
    return row[:width]


# -- the lamp -----------------------------------------------------------------------------


def lamp_rows(face: Face, width: int, height: int, depth: Depth) -> list[Text]:
    """The lamp and its halo, a Text a row."""
    strength, redness = face.strength, face.redness
    rows = []
    profile = _profile(width, 2 * height)
    for row in range(height):
        upper, lower = profile[2 * row], profile[2 * row + 1]
        text = Text(no_wrap=True)
        run, run_style = "", Style.null()
        for top, bottom in zip(upper, lower, strict=True):
            char, style = _cell(strength * top, strength * bottom, redness, depth)
            if style is not run_style and run:
                text.append(run, run_style)
                run = ""
            run, run_style = run + char, style
        text.append(run, run_style)
        rows.append(text)
    return rows


def _cell(top: float, bottom: float, redness: float, depth: Depth) -> tuple[str, Style]:
    """One character for two brightnesses (0 to 1 as the eye sees them)."""
    if depth is Depth.FULL:
        first, second = round(top * STEPS), round(bottom * STEPS)
        if first == 0 and second == 0:
            return " ", _EMPTY
        return "▀", _halves(first, second, redness)
    level = (top + bottom) / 2
    shade = SHADES[min(math.ceil(level * 4 - 0.2), 4)] if level > 0.1 else " "
    if shade == " " or depth is Depth.NONE:
        return shade, _EMPTY
    return shade, _one(max(round(level * 8), 4) * STEPS // 8, redness)


_EMPTY = Style.null()


@lru_cache(16_384)
def _halves(top: int, bottom: int, redness: float) -> Style:
    upper, lower = glow(top / STEPS, redness), glow(bottom / STEPS, redness)
    return Style.from_color(Color.from_rgb(*upper), Color.from_rgb(*lower))


@lru_cache(256)
def _one(step: int, redness: float) -> Style:
    return Style.from_color(Color.from_rgb(*glow(step / STEPS, redness)))


@lru_cache(64)
def _profile(width: int, height: int) -> tuple[tuple[float, ...], ...]:
    """The brightness of every pixel as the eye sees it (the cube root of its light), of a
    lamp at full: a disc with a soft rim, and a halo that ends at the edge of the picture."""
    radius = max(DISC * min(width, height), 0.75)

    def at(x: int, y: int) -> float:
        across, down = x + 0.5 - width / 2, y + 0.5 - height / 2
        r = math.hypot(across, down)
        edge = (2 * across / width) ** 2 + (2 * down / height) ** 2
        disc = (1.0 - 0.3 * min(r / radius, 1.0) ** 2) * min(max(radius + 0.5 - r, 0.0), 1.0)
        away = max(r - radius, 0.0) / (REACH * radius)
        halo = HALO * math.exp(-away) * max(1.0 - edge**2, 0.0)
        return math.cbrt(max(disc, halo))

    return tuple(tuple(at(x, y) for x in range(width)) for y in range(height))


def glow(strength: float, redness: float) -> Rgb:
    """The screen's colour of the lamp at `strength` (0 to 1 as the eye sees it) before the
    night. Light adds up, so the sum is made of light and not of screen values."""
    light = strength**3
    red, green, blue = (
        _encoded(_decoded(n) + light * (_decoded(a) * (1.0 - redness) + _decoded(r) * redness))
        for n, a, r in zip(NIGHT, AMBER, RED, strict=True)
    )
    return red, green, blue


def _decoded(value: int) -> float:
    """sRGB (IEC 61966-2-1) to light, 0 to 1."""
    share = value / 255.0
    return share / 12.92 if share <= 0.04045 else float(((share + 0.055) / 1.055) ** 2.4)


def _encoded(light: float) -> int:
    light = min(max(light, 0.0), 1.0)
    share = light * 12.92 if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(share * 255.0)


# -- colours for everybody ------------------------------------------------------------------


def blend(one: Rgb, other: Rgb, share: float) -> Rgb:
    """`one` at 0, `other` at 1."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def lamp_colour(redness: float) -> Rgb:
    """The pure colour of the lamp: amber at 0, red at 1."""
    return blend(AMBER, RED, min(max(redness, 0.0), 1.0))


def _tinted(colour: Rgb, face: Face, most: float) -> Rgb:
    return blend(colour, lamp_colour(face.redness), most * face.strength**2)


@lru_cache(4096)
def style_of(colour: Rgb, depth: Depth = Depth.FULL, bold: bool = False) -> Style:
    """A foreground; without colours only what bold and dim can say."""
    if depth is Depth.NONE:
        return Style(bold=bold, dim=True) if colour in (QUIET, FAINT) else Style(bold=bold)
    return Style(color=Color.from_rgb(*colour), bold=bold)
