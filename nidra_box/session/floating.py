"""Detects floating knob lines (a missing pull-up, a broken wire). Pure.

A floating line follows the mains: 100 edges a second and more, without end. They move the knob's
position to and fro or, when the two lines differ in phase, steadily round. A hand must let go
after half a turn, or turns more slowly. Contact bounce adds edges, but no travel.
"""

from __future__ import annotations

from dataclasses import dataclass

PAUSE_S = 0.25
"""A gap of this length ends a run of edges."""
EDGES_PER_S = 100.0
SPIN_S = 1.0
QUARTERS_PER_S = 160.0
"""Faster than a hand can turn for SPIN_S: 40 detents of four edges, nearly two turns without
letting go. (A flick of 40 detents at 50 a second ends after 0.8 s.)"""
NOISE_S = 2.0
WAY_PER_EDGE = 1 / 20
"""Less travel than this for NOISE_S is noise: bounce makes about ten edges of one at most."""
QUIET_S = 0.5


@dataclass(slots=True)
class Floating:
    """Give it every edge of both lines in time order. `place` is the knob's, in quarter steps."""

    is_deaf: bool = False
    _since: float = float("-inf")
    _last: float = float("-inf")
    _edges: int = 0
    _from: int = 0

    def edge(self, at: float, place: int) -> bool:
        """True when this edge proves that the lines float; from now on the knob is ignored."""
        if at - self._last > PAUSE_S:
            self._since, self._edges, self._from = at, 0, place
        self._last = at
        self._edges += 1
        if self.is_deaf or not self._floats(at - self._since, abs(place - self._from)):
            return False
        self.is_deaf = True
        return True

    def _floats(self, seconds: float, way: int) -> bool:
        if seconds < SPIN_S or self._edges < EDGES_PER_S * seconds:
            return False
        if way > QUARTERS_PER_S * seconds:
            return True
        return seconds >= NOISE_S and way < WAY_PER_EDGE * self._edges

    def due(self, at: float) -> bool:
        """True when the lines were quiet for QUIET_S; from now on the knob is used again."""
        if not self.is_deaf or at - self._last < QUIET_S - 1e-9:
            return False
        self.is_deaf = False
        return True

    def next_at(self) -> float | None:
        return self._last + QUIET_S if self.is_deaf else None
