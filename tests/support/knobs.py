"""Hands and knobs that do not exist: edges of an encoder as a person would turn it."""

from __future__ import annotations

import random
from dataclasses import dataclass

from nidra_box.doctor.knob import Turned
from nidra_box.hardware.ports import Edge
from nidra_box.session.hands import BUTTON, KNOB_A, KNOB_B

# One way round, as in `session.knob`: (a, b).
CYCLE = [(False, False), (True, False), (True, True), (False, True)]


@dataclass
class FakeKnob:
    """`steps` per detent; `swapped` is the other wiring. Bounce in seconds at every change,
    always over before the next; the quarter steps of a click take `quarter_s` each, unevenly."""

    steps: int = 4
    swapped: bool = False
    bounce_s: float = 0.0
    quarter_s: float = 0.012
    seed: int = 0
    place: int = 0
    at: float = 1.0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)

    def levels(self) -> tuple[bool, bool]:
        a, b = CYCLE[self.place % 4]
        return (b, a) if self.swapped else (a, b)

    def turn(self, clicks: int, lose: int = 0) -> Turned:
        """So many clicks (negative to the left), of whose edges `lose` never arrive."""
        a, b = self.levels()
        edges = []
        for _ in range(abs(clicks)):
            self.at += self.rng.uniform(0.05, 0.6)
            for _ in range(self.steps):
                edges += self._quarter(1 if clicks > 0 else -1)
        for _ in range(lose):
            # Not the first or the last: nothing that comes after could give them away.
            edges.pop(self.rng.randrange(len(edges) // 3, 2 * len(edges) // 3))
        return Turned(a, b, tuple(edges))

    def _quarter(self, direction: int) -> list[Edge]:
        before = self.levels()
        self.place += direction
        after = self.levels()
        line = KNOB_A if before[0] != after[0] else KNOB_B
        closed = after[0] if line == KNOB_A else after[1]
        edges = [Edge(self.at, line, closed)]
        if self.bounce_s:
            pairs = self.rng.randrange(4)
            times = sorted(self.rng.uniform(0.0, self.bounce_s) for _ in range(2 * pairs))
            edges += [
                Edge(self.at + t, line, closed if i % 2 else not closed)
                for i, t in enumerate(times)
            ]
        self.at += self.quarter_s * self.rng.uniform(0.7, 2.0)
        return edges


def presses(
    count: int, bounce_s: float = 0.0, at: float = 100.0, down_s: float = 0.15
) -> list[Edge]:
    """Edges of a button pressed `count` times, a second apart, bouncing both ways."""
    edges = []
    for number in range(count):
        for begin, closed in ((at + number, True), (at + number + down_s, False)):
            edges.append(Edge(begin, BUTTON, closed))
            if bounce_s:
                edges.append(Edge(begin + bounce_s / 2, BUTTON, not closed))
                edges.append(Edge(begin + bounce_s, BUTTON, closed))
    return edges
