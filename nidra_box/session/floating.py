"""Does a hand turn the knob, or do its lines float? Pure.

A line without a pull-up, or with a broken wire, follows the mains: edges without an end, 100 a
second and more on each line, which walk to and fro, at random, or (both lines a little out of
step) steadily round. A hand that spins a knob as fast as it can is through half a turn within
a second and must let go; one that turns on and on is slower. Bounce makes more edges of either,
but it does not make the way shorter.
"""

from __future__ import annotations

from dataclasses import dataclass

PAUSE_S = 0.25
"""So long without an edge ends a run of edges."""
EDGES_PER_S = 100.0
SPIN_S = 1.0
QUARTERS_PER_S = 160.0
"""Steady for SPIN_S, no hand is so quick: 40 detents a second of a knob with four edges are
nearly two turns of it without letting go. (40 detents at 50 a second are over in 0.8 s.)"""
NOISE_S = 2.0
WAY_PER_EDGE = 1 / 20
"""Less way than that in so many edges for NOISE_S is noise: bounce makes up to some ten of
one edge."""
QUIET_S = 0.5


@dataclass(slots=True)
class Floating:
    """Feed it every edge of both lines in time order, with the knob's place in quarter steps."""

    is_deaf: bool = False
    _since: float = float("-inf")
    _last: float = float("-inf")
    _edges: int = 0
    _from: int = 0

    def edge(self, at: float, place: int) -> bool:
        """True when this edge shows that nobody turns the knob: deaf from now on."""
        if at - self._last > PAUSE_S:
            self._since, self._edges, self._from = at, 0, place
        self._last = at
        self._edges += 1
        if self.is_deaf or not self._is_nobody(at - self._since, abs(place - self._from)):
            return False
        self.is_deaf = True
        return True

    def _is_nobody(self, seconds: float, way: int) -> bool:
        if seconds < SPIN_S or self._edges < EDGES_PER_S * seconds:
            return False
        if way > QUARTERS_PER_S * seconds:
            return True
        return seconds >= NOISE_S and way < WAY_PER_EDGE * self._edges

    def due(self, at: float) -> bool:
        """True when the lines have been quiet for QUIET_S: heard again from now on."""
        if not self.is_deaf or at - self._last < QUIET_S - 1e-9:
            return False
        self.is_deaf = False
        return True

    def next_at(self) -> float | None:
        return self._last + QUIET_S if self.is_deaf else None
