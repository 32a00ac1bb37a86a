"""Raw edges of a rotary encoder → detents. Pure.

    closed contacts (a, b)   00 → 10 → 11 → 01 → 00   clockwise, and back the other way

Clockwise, A leads, as in gpiozero's RotaryEncoder and most data sheets.

Every valid change of one contact is a quarter step, so the steps of a bounce cancel out. A
detent is reported only after the full travel between two clicks (4, 2 or 1 quarter steps): a
knob that trembles at an edge reports nothing. If both contacts change at once an edge was lost,
and the direction of the last turn decides.
"""

from __future__ import annotations

from dataclasses import dataclass

_ORDER = {(False, False): 0, (True, False): 1, (True, True): 2, (False, True): 3}

FAST_S = 0.018
"""Detents closer than this are a spin: 55 a second; an ordinary quick turn stays under 40."""
FAST_AFTER = 3
"""Acceleration begins after this many fast detents in a row."""


@dataclass(slots=True)
class Knob:
    """The decoder. `steps_per_detent` 4, 2 or 1; `reverse` swaps the direction."""

    steps_per_detent: int = 4
    reverse: bool = False
    acceleration: float = 1.0
    _a: bool = False
    _b: bool = False
    _quarter: int = 0
    _detent: int = 0
    _direction: int = 1
    _last_at: float = float("-inf")
    _fast: int = 0
    _last_sign: int = 0

    def starts(self, a: bool, b: bool) -> None:
        """The levels found when the lines were opened; this position counts as a detent."""
        self._a, self._b = a, b
        self._quarter = self._detent = 0

    @property
    def place(self) -> int:
        """The travel since the start, in quarter steps."""
        return self._quarter

    def edge(self, at: float, which: str, closed: bool) -> int:
        """Contact `which` ("a" or "b") changed to `closed`. Returns the completed detents,
        accelerated, positive clockwise."""
        return self.level(at, closed, self._b) if which == "a" else self.level(at, self._a, closed)

    def level(self, at: float, a: bool, b: bool) -> int:
        """The contacts are at `a` and `b` now; corrects for lost edges. Returns detents."""
        moved = (_ORDER[a, b] - _ORDER[self._a, self._b]) % 4
        self._a, self._b = a, b
        if moved == 0:
            return 0
        step = {1: 1, 3: -1, 2: 2 * self._direction}[moved]
        self._direction = 1 if step > 0 else -1
        self._quarter += step
        return self._accelerated(at, self._detents())

    def _detents(self) -> int:
        travelled = self._quarter - self._detent * self.steps_per_detent
        whole = int(travelled / self.steps_per_detent)  # towards zero
        self._detent += whole
        return -whole if self.reverse else whole

    def _accelerated(self, at: float, detents: int) -> int:
        if detents == 0:
            return 0
        sign = 1 if detents > 0 else -1
        fast = at - self._last_at < FAST_S and sign == self._last_sign
        self._fast = self._fast + 1 if fast else 0
        self._last_at, self._last_sign = at, sign
        if self._fast < FAST_AFTER:
            return detents
        return round(detents * self.acceleration)
