"""Pins and a lamp that exist only in memory, with the habits of real ones.

Used by the simulator, by nights in virtual time and by tests; the contract tests run on
these and on gpiozero's mock pins alike.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from nidra_box.hardware.ports import Edge
from nidra_box.session.hands import BUTTON, KNOB_A, KNOB_B, LINES, PUSH

Post = Callable[[Edge], None]

_QUARTERS = ((True, False), (True, True), (False, True), (False, False))
"""(a, b) after each quarter step of one detent, clockwise."""


@dataclass(slots=True)
class SimulatedInputs:
    """Contacts that a program moves. `post` gets an Edge for every change."""

    post: Post
    levels: dict[str, bool] = field(default_factory=lambda: dict.fromkeys(LINES, False))
    alive: bool = True

    def set(self, line: str, closed: bool, at: float) -> None:
        """Move one contact at `at`; nothing happens when it stands there already."""
        if self.levels[line] != closed and self.alive:
            self.levels[line] = closed
            self.post(Edge(at, line, closed))

    def closed(self) -> dict[str, bool]:
        return dict(self.levels)

    def is_alive(self) -> bool:
        return self.alive

    def complaints(self) -> list[str]:
        return []

    def close(self) -> None:
        self.alive = False


def button_edges(at: float, down_s: float, line: str = BUTTON) -> list[Edge]:
    """A press of `down_s` seconds."""
    return [Edge(at, line, True), Edge(at + down_s, line, False)]


def knob_edges(at: float, detents: int, per_detent_s: float = 0.05) -> list[Edge]:
    """The edges of a turn by `detents` (negative: anticlockwise), four to a detent."""
    edges: list[Edge] = []
    a = b = False
    for number in range(abs(detents)):
        for quarter in range(4):
            next_a, next_b = _QUARTERS[quarter] if detents > 0 else _backwards(quarter)
            when = at + (number + quarter / 4) * per_detent_s
            if next_a != a:
                edges.append(Edge(when, KNOB_A, next_a))
            if next_b != b:
                edges.append(Edge(when, KNOB_B, next_b))
            a, b = next_a, next_b
    return edges


def _backwards(quarter: int) -> tuple[bool, bool]:
    a, b = _QUARTERS[quarter]
    return b, a


def push_edges(at: float) -> list[Edge]:
    """A short push of the knob."""
    return button_edges(at, 0.12, PUSH)


@dataclass(slots=True)
class SimulatedLight:
    """A lamp that remembers what it was told: (amber, red) duty cycles.

    `fails` makes every write raise, as a lamp whose driver has gone.
    """

    name: str = "simulated light"
    amber: float = 0.0
    red: float = 0.0
    writes: int = 0
    fails: bool = False
    is_open: bool = True
    listener: Callable[[float, float], None] | None = None

    def write(self, amber: float, red: float) -> None:
        if self.fails:
            raise OSError(5, "the lamp does not answer")
        self.amber, self.red = min(max(amber, 0.0), 1.0), min(max(red, 0.0), 1.0)
        self.writes += 1
        if self.listener is not None:
            self.listener(self.amber, self.red)

    def close(self) -> None:
        self.amber = self.red = 0.0
        self.is_open = False
