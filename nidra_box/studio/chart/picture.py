"""The whole picture: title, stages, sound, words, hands, light, time."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from nidra_box.studio.chart.axis import (
    Axis,
    Piece,
    axis_of,
    length_name,
    tick_name,
    ticks_of,
)
from nidra_box.studio.chart.colours import FAINT, HAND, INK, QUIET, STAGE
from nidra_box.studio.chart.labels import Hung, Label, event_words, hang, told
from nidra_box.studio.chart.night import JOIN_S, Night
from nidra_box.studio.chart.panels import AXIS_SIZE, draw_light, draw_sound, draw_words
from nidra_box.studio.chart.sheet import WIDTH, Sheet, own_settings, shortened, width_of

LEFT, RIGHT = 96.0, WIDTH - 28.0
TITLE_SIZE, FACTS_SIZE, NAME_SIZE, HAND_SIZE = 34.0, 22.0, 22.0, 21.0
ROW = 28.0  # pixels from one row of names to the next
STAGE_ROWS, HAND_ROWS = 14, 10
SOUND_HEIGHT, LIGHT_HEIGHT, ALONE_HEIGHT = 330.0, 330.0, 420.0
SHORTEST_STAGE_S = 2.0  # shorter ones are not named: a press that became a hold
STAYS = 3.0  # the weight of what the world did against what a hand did

Stroke = tuple[float, float, float, float]


@dataclass(slots=True)
class Layout:
    """Where everything stands, in pixels from the top; None for what is not there."""

    axis: Axis
    stages: list[Hung]
    hands: list[Hung]
    stages_x: list[float]  # of all, with those that had to stay without a name
    hands_x: list[float]
    facts: list[str]  # a line each
    sound: tuple[float, float] | None = None
    light: tuple[float, float] | None = None
    words_at: float | None = None
    stages_at: float = 0.0  # the foot of the lowest row of names
    hands_at: float = 0.0  # likewise
    bottom: float = 0.0  # of the lowest panel

    @property
    def panels(self) -> list[tuple[float, float]]:
        return [panel for panel in (self.sound, self.light) if panel is not None]

    @property
    def height(self) -> int:
        return round(self.bottom + (116 if self.axis.has_two_scales else 62))


def layout_of(night: Night) -> Layout:
    """Everything in its place. Raises ChartsMissing."""
    axis = axis_of(night.length_s, night.stretches(), LEFT, RIGHT)
    stages, hands = _stage_labels(night, axis), _hand_labels(night, axis)
    layout = Layout(
        axis,
        _hung(stages, STAGE_ROWS, NAME_SIZE),
        _hung(hands, HAND_ROWS, HAND_SIZE),
        [label.x for label in stages],
        [label.x for label in hands],
        _in_lines(night.facts),
    )
    y = 74.0 + (len(layout.facts) + _rows(layout.stages)) * ROW
    layout.stages_at = y
    y += 6
    has_sound, has_light = night.sounds or not night.is_lit, night.is_lit
    both = has_sound and has_light
    if has_sound:
        layout.sound = (y, y + (SOUND_HEIGHT if both else ALONE_HEIGHT))
        y = layout.bottom = layout.sound[1]
    if night.words or night.bells:
        layout.words_at = y + 20
        y = layout.bottom = y + 34
    if layout.hands:
        y = layout.hands_at = layout.bottom = y + 8 + _rows(layout.hands) * ROW
    if has_light:
        y += 6 if layout.hands else 14 if both else 0
        layout.light = (y, y + (LIGHT_HEIGHT if both else ALONE_HEIGHT))
        layout.bottom = layout.light[1]
    return layout


def _in_lines(facts: tuple[str, ...]) -> list[str]:
    """As many facts in a line as there is room for."""
    lines: list[str] = []
    for fact in facts:
        longer = f"{lines[-1]}  ·  {fact}" if lines else fact
        if lines and width_of(longer, FACTS_SIZE) <= RIGHT - LEFT:
            lines[-1] = longer
        else:
            lines.append(shortened(fact, FACTS_SIZE, RIGHT - LEFT))
    return lines


def _rows(hung: list[Hung]) -> int:
    return max((one.row + 1 for one in hung), default=0)


def _stage_labels(night: Night, axis: Axis) -> list[Label]:
    """Every stage is named where it begins; one that goes on after a pause is named once."""
    labels: list[Label] = []
    last, ended = "", -1e9
    for begin, end, name in night.stages:
        again = name == last and begin - ended < JOIN_S
        if not again and end - begin >= min(SHORTEST_STAGE_S, night.length_s / 100):
            labels.append(Label(axis.x(begin), name.replace("-", " "), end - begin))
        last, ended = name, end
    return labels


def _hand_labels(night: Night, axis: Axis) -> list[Label]:
    return [
        Label(axis.x(event.at_s), event_words(event), STAYS if event.by_world else 1.0)
        for event in told(night.events, axis)
    ]


def _hung(labels: list[Label], rows: int, size: float) -> list[Hung]:
    return hang(labels, LEFT, RIGHT, rows, lambda words: width_of(words, size))


def draw(night: Night, path: Path) -> None:
    """Write the picture as PNG. Raises ChartsMissing, OSError."""
    with own_settings():
        sheet_of(night).save(path)


def sheet_of(night: Night) -> Sheet:
    """The picture on its sheet. Raises ChartsMissing."""
    layout = layout_of(night)
    sheet = Sheet(layout.height)
    title = shortened(night.title, TITLE_SIZE, RIGHT - LEFT, "bold")
    sheet.write(LEFT, 36, title, size=TITLE_SIZE, weight="bold")
    for row, facts in enumerate(layout.facts):
        sheet.write(LEFT, 76 + row * ROW, facts, size=FACTS_SIZE, colour=QUIET)
    _draw_stages(sheet, layout)
    _draw_hands(sheet, layout)
    if layout.sound:
        draw_sound(sheet, layout.axis, night, *layout.sound)
    if layout.words_at:
        draw_words(sheet, layout.axis, night, layout.words_at)
    _draw_time(sheet, layout)
    if layout.light:
        draw_light(sheet, layout.axis, night, *layout.light)
    return sheet


def _draw_stages(sheet: Sheet, layout: Layout) -> None:
    """Names over the panels, and from each a leader down through all of them."""
    for hung in layout.stages:
        y = layout.stages_at - (hung.row + 0.5) * ROW
        sheet.write(hung.left, y, hung.label.text, size=NAME_SIZE, colour=INK)
        sheet.lines([_leader(hung, y, layout.stages_at + 6)], STAGE)
    sheet.lines(_down(layout.stages_x, layout), STAGE)
    sheet.leaders += layout.stages_x


def _draw_hands(sheet: Sheet, layout: Layout) -> None:
    """What hands did: a name between the panels, and a dotted line through both."""
    for hung in layout.hands:
        y = layout.hands_at - (hung.row + 0.5) * ROW
        sheet.write(hung.left, y, hung.label.text, size=HAND_SIZE, colour=HAND)
        sheet.lines([_leader(hung, y, layout.hands_at + 6)], HAND, dots=True, layer=6)
    sheet.lines(_down(layout.hands_x, layout), HAND, dots=True, layer=6)
    sheet.leaders += layout.hands_x


def _leader(hung: Hung, y: float, foot: float) -> Stroke:
    """From beside its name (from below it, if that stands across) down to `foot`."""
    x = hung.label.x
    return x, y + 14 if hung.left <= x <= hung.right else y - 12, x, foot


def _down(xs: list[float], layout: Layout) -> list[Stroke]:
    """Through all panels."""
    return [(x, top, x, bottom) for x in xs for top, bottom in layout.panels]


def _draw_time(sheet: Sheet, layout: Layout) -> None:
    """The times below, and where there are two scales a mark at every change."""
    axis, bottom = layout.axis, layout.bottom
    for piece in axis.pieces:
        for t_s in ticks_of(piece):
            x = float(piece.left + (t_s - piece.begin_s) / piece.seconds * piece.width)
            if axis.is_cut(x, width_of(tick_name(t_s), AXIS_SIZE) / 2):
                continue
            written = sheet.write(
                x,
                bottom + 24,
                tick_name(t_s),
                size=AXIS_SIZE,
                colour=QUIET,
                across="center",
                if_room=True,
            )
            if written:
                sheet.lines([(x, bottom, x, bottom + 7)], QUIET)
                sheet.lines([(x, a, x, b) for a, b in layout.panels], FAINT, layer=2)
    for before, after in pairwise(axis.pieces):
        _draw_break(sheet, layout, (before.right + after.left) / 2)
    if axis.has_two_scales:
        for piece in axis.pieces:
            _draw_bracket(sheet, piece, axis.times_closer(), bottom + 56)


def _draw_break(sheet: Sheet, layout: Layout, x: float) -> None:
    """Two slanted strokes across the gap, at the foot of every panel."""
    for _, foot in layout.panels:
        strokes = [(x + d - 4, foot + 9, x + d + 4, foot - 9) for d in (-5, 5)]
        sheet.lines(strokes, INK, width=2.0, layer=7)


def _draw_bracket(sheet: Sheet, piece: Piece, times_closer: float, y: float) -> None:
    """How long a piece is, and how its scale is to the other's."""
    left, right = piece.left + 1, piece.right - 1
    sheet.lines([(left, y, right, y), (left, y, left, y - 6), (right, y, right, y - 6)], QUIET)
    length = length_name(piece.seconds)
    wordings = [length, ""]
    if not piece.is_close:
        closer = f"{length}, {times_closer:.0f}"
        wordings[:0] = [f"{closer} times closer together", f"{closer} × closer"]
    words = next(w for w in wordings if width_of(w, AXIS_SIZE) <= piece.width - 8)
    if words:
        sheet.write(
            (left + right) / 2,
            y + 24,
            words,
            size=AXIS_SIZE,
            colour=QUIET,
            across="center",
            if_room=True,
        )
