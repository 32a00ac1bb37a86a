"""How names find room: each at its moment, in as few rows as may be, none over another. Pure.

A name hangs at the top of a leader, a line that stands at its moment. Row 0 is next to the
panel; a name may neither touch another name nor stand in the way of a leader.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from nidra_box.studio.chart.axis import Axis
from nidra_box.studio.chart.night import Event

PAD = 5.0  # pixels from a leader to its name
APART = 12.0  # between two names in a row
GUARD = 3.0  # between a name and somebody else's leader
SAME_PLACE = 48.0  # equal events closer together than this are told as one
BECOMES = {"hold": "hold", "second press": "double press"}
BECOMES_WITHIN_S = 1.0  # a press acts on the way down, before it is known to be more than one

Measure = Callable[[str], float]
"""The width in pixels of some words."""


@dataclass(frozen=True, slots=True)
class Label:
    """`words` at pixel `x`; where not all can stay, those do that have more `weight` and room.
    `more` others had to go and are counted with this one."""

    x: float
    words: str
    weight: float
    more: int = 0

    @property
    def text(self) -> str:
        return f"{self.words} (+{self.more})" if self.more else self.words


@dataclass(frozen=True, slots=True)
class Hung:
    """A label in its row, its text from `left` to `right`."""

    label: Label
    left: float
    right: float
    row: int


def hang(
    labels: Sequence[Label], left: float, right: float, rows: int, measure: Measure
) -> list[Hung]:
    """Every label in one of at most so many rows, from left to right; those for which there
    is no room are counted with their nearest neighbour."""
    best: list[Hung] = []
    for count in range(rows, min(rows, 2) - 1, -1):  # fewer rows make shorter stairs
        hung = _hang(labels, left, right, count, measure)
        if len(hung) > len(best):
            best = hung
        if len(best) == len(labels):
            break
    return best


def _hang(
    labels: Sequence[Label], left: float, right: float, rows: int, measure: Measure
) -> list[Hung]:
    kept = sorted(labels, key=lambda label: label.x)
    while True:
        hung, gone = _try(kept, left, right, rows, measure)
        if gone is None:
            return hung[::-1]
        label = kept.pop(gone)
        near = min(range(len(kept)), key=lambda n: abs(kept[n].x - label.x))
        kept[near] = replace(kept[near], more=kept[near].more + 1 + label.more)


def _try(
    labels: list[Label], left: float, right: float, rows: int, measure: Measure
) -> tuple[list[Hung], int | None]:
    """The labels hung from right to left, and the number of one that has to go (or None)."""
    hung: list[Hung] = []
    for number in range(len(labels) - 1, -1, -1):
        label = labels[number]
        width = measure(label.text)
        begin = max(left, min(label.x + PAD, right - width))
        tried = [Hung(label, begin, begin + width, row) for row in range(rows)]
        fitting = [mine for mine in tried if not any(_collide(mine, other) for other in hung)]
        if fitting:
            hung.append(fitting[0])
            continue
        last = begin + width + APART
        near = [n for n in range(number, len(labels)) if n == number or labels[n].x <= last]
        return hung, min(near, key=lambda n: labels[n].weight * _room(labels, n))
    return hung, None


def _room(labels: list[Label], number: int) -> float:
    """How far the nearest neighbour is."""
    x = labels[number].x
    return min(abs(other.x - x) for n, other in enumerate(labels) if n != number)


def _collide(mine: Hung, other: Hung) -> bool:
    if mine.row == other.row:
        return mine.left < other.right + APART and other.left < mine.right + APART
    low, high = (mine, other) if mine.row < other.row else (other, mine)
    return low.left - GUARD < high.label.x < low.right + GUARD


def told(events: Sequence[Event], axis: Axis) -> list[Event]:
    """The events as a person would tell them: a press that became a hold or a second press is
    one act, and equal neighbours are one with a count (or with the sum of their detents)."""
    acts: list[Event] = []
    for event in events:
        if acts and _became(acts[-1], event):
            acts[-1] = replace(acts[-1], name=BECOMES[event.name])
        else:
            acts.append(event)
    result: list[Event] = []
    for event in acts:
        last = result[-1] if result else None
        if last is not None and _same(last, event, axis):
            result[-1] = replace(
                last, steps=last.steps + event.steps, count=last.count + event.count
            )
        else:
            result.append(event)
    return result


def _became(first: Event, second: Event) -> bool:
    """Whether the press `first` was the beginning of `second`."""
    near = second.at_s - first.at_s < BECOMES_WITHIN_S
    return near and first.name == "press" and second.name in BECOMES


def _same(first: Event, second: Event, axis: Axis) -> bool:
    equal = first.name == second.name and (first.steps < 0) == (second.steps < 0)
    return equal and axis.x(second.at_s) - axis.x(first.at_s) < SAME_PLACE


def event_words(event: Event) -> str:
    """`turn −3`, `press`, `press ×2`."""
    if event.steps:
        return f"{event.name} {event.steps:+}".replace("-", "−")
    return event.name if event.count == 1 else f"{event.name} ×{event.count}"
