"""Knob and button watched while a person moves them: turns and presses as lists of edges.

Runs on the caller's thread and waits for a person. A turn ends with a press of the button or
Enter; everything ends by itself after SILENCE_S without an edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from nidra_box.doctor.button import PRESSES
from nidra_box.doctor.knob import Turned
from nidra_box.hardware.ports import Edge
from nidra_box.session.gestures import Button, Down
from nidra_box.session.hands import BUTTON, KNOB_A, KNOB_B

SILENCE_S = 60.0
LINGER_S = 0.5
"""How long the button is watched after its last release: that bounces, too."""


@dataclass(frozen=True, slots=True)
class Enter:
    """The person pressed Enter."""


class Stage(Protocol):
    """Where the person acts."""

    def now(self) -> float:
        """Monotonic seconds, the clock that stamps the edges."""
        ...

    def next(self, until: float) -> Edge | Enter | None:
        """What comes next, or None when it is `until`. Blocks."""
        ...

    def closed(self, line: str) -> bool:
        """The present level of a line; False if it could not be opened. Raises OSError."""
        ...


class End(StrEnum):
    """What ended a step."""

    BUTTON = "button"
    ENTER = "enter"
    SILENCE = "silence"


@dataclass(slots=True)
class Watcher:
    """Watches step after step; the levels are carried on from edge to edge. `show` is told the
    state of the step as a few words, after every edge."""

    stage: Stage
    show: Callable[[str], None]
    _levels: dict[str, bool]
    ended: End = End.SILENCE

    @classmethod
    def begin(cls, stage: Stage, show: Callable[[str], None]) -> Watcher:
        """Raises OSError when a level cannot be read."""
        return cls(stage, show, {line: stage.closed(line) for line in (BUTTON, KNOB_A, KNOB_B)})

    def turn(self) -> Turned:
        """One turn of the knob. Raises OSError."""
        a, b = self._levels[KNOB_A], self._levels[KNOB_B]
        edges = [edge for edge in self._watch(1) if edge.line in (KNOB_A, KNOB_B)]
        return Turned(a, b, tuple(edges))

    def presses(self) -> tuple[bool, float, list[Edge]]:
        """Three presses: how the contact stood, since when, and its edges. Raises OSError."""
        closed, at = self._levels[BUTTON], self.stage.now()
        return closed, at, [edge for edge in self._watch(PRESSES) if edge.line == BUTTON]

    def _watch(self, wanted: int) -> list[Edge]:
        edges: list[Edge] = []
        button, pressed = Button(), 0
        last_at = self.stage.now()
        button.starts(last_at, self._levels[BUTTON])
        while True:
            due = [last_at + SILENCE_S, button.next_at()]
            if wanted > 1 and pressed >= wanted and not button.is_down:
                due.append(last_at + LINGER_S)
            got = self.stage.next(min(time for time in due if time is not None))
            at = self.stage.now()
            heard = []
            if isinstance(got, Edge):
                last_at = got.at
                edges.append(got)
                self._levels[got.line] = got.closed
                if got.line == BUTTON:
                    heard += button.edge(got.at, got.closed)
            if button.wants_reading(at):
                heard += button.level(at, self.stage.closed(BUTTON))
            heard += button.due(at)
            pressed += sum(isinstance(contact, Down) for contact in heard)
            if isinstance(got, Edge):
                self.show(_words(edges, wanted, pressed))
            end = self._end(got, wanted, pressed, button.is_down, at, last_at)
            if end is not None:
                self.ended = end
                return edges

    @staticmethod
    def _end(
        got: Edge | Enter | None,
        wanted: int,
        pressed: int,
        is_down: bool,
        at: float,
        last_at: float,
    ) -> End | None:
        if isinstance(got, Enter):
            return End.ENTER
        if pressed >= wanted and (wanted == 1 or (not is_down and at >= last_at + LINGER_S)):
            return End.BUTTON
        return End.SILENCE if at >= last_at + SILENCE_S else None


def _words(edges: list[Edge], wanted: int, pressed: int) -> str:
    if wanted > 1:
        return f"{pressed} of {wanted} presses"
    a, b = (sum(edge.line == line for edge in edges) for line in (KNOB_A, KNOB_B))
    return f"A changed {a} times, B {b} times"
