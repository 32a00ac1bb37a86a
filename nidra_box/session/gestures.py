"""Raw edges of one push button → press, second press, hold. Pure.

A press is reported once the contact has been closed for CONFIRM_S; a second press or a hold
refines it later. The library's debouncing is not used: it delays edges and drops short presses
(PLATFORM).

A contact that bounces, chatters or is stuck always leaves a defined state:
- a closure shorter than CONFIRM_S is noise, as is an opening shorter than RELEASE_S;
- a line with over NOISE_EDGES edges in NOISE_WINDOW_S is ignored until it is quiet;
- a button that is down when the box starts is ignored until it has been up;
- while it is down the level is read again every REREAD_S, in case an edge was lost.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

CONFIRM_S = 0.006
RELEASE_S = 0.025
SECOND_PRESS_S = 0.35
HOLD_S = 0.8
REREAD_S = 0.25
REREAD_STUCK_S = 2.0
NOISE_WINDOW_S = 0.5
NOISE_EDGES = 80
QUIET_S = 0.5
STUCK_S = 30.0


@dataclass(frozen=True, slots=True)
class Down:
    """The button went down; `again` if within SECOND_PRESS_S of its last press."""

    at: float
    again: bool


@dataclass(frozen=True, slots=True)
class Held:
    at: float


@dataclass(frozen=True, slots=True)
class Up:
    at: float


@dataclass(frozen=True, slots=True)
class Complaint:
    """A fault of the contact: `stuck` or `noisy`; `quiet` ends it."""

    at: float
    what: str


Contact = Down | Held | Up | Complaint


@dataclass(slots=True)
class Button:
    """One contact; closed means pressed. Give it edges in time order; call `due` at `next_at`."""

    waits_for_up: bool = False
    _closed: bool = False
    _down: bool = False
    _changed_at: float = 0.0
    _down_at: float = 0.0
    _last_down_at: float = float("-inf")
    _held: bool = False
    _stuck: bool = False
    _deaf: bool = False
    _read_at: float = 0.0
    _recent: deque[float] = field(default_factory=deque)

    def starts(self, at: float, closed: bool) -> list[Contact]:
        """The level found when the line was opened."""
        self._closed, self._changed_at, self._read_at = closed, at, at
        self.waits_for_up = closed
        return [Complaint(at, "held down at the start")] if closed else []

    def edge(self, at: float, closed: bool) -> list[Contact]:
        """The line changed to `closed` at `at`."""
        found = self.due(at)
        self._recent.append(at)
        while self._recent and at - self._recent[0] > NOISE_WINDOW_S:
            self._recent.popleft()
        if closed != self._closed:
            self._closed, self._changed_at, self._read_at = closed, at, at
        if not self._deaf and len(self._recent) > NOISE_EDGES:
            self._deaf = True
            found.append(Complaint(at, "noisy"))
        return found

    def level(self, at: float, closed: bool) -> list[Contact]:
        """The level was read again, because `wants_reading` was true."""
        self._read_at = at
        if closed != self._closed:
            return self.edge(at, closed)
        return self.due(at)

    def wants_reading(self, at: float) -> bool:
        """Whether the level should be read again now: only while the button is down."""
        return self._closed and at - self._read_at >= self._reread_s() - 1e-9

    def _reread_s(self) -> float:
        return REREAD_STUCK_S if self._stuck or self.waits_for_up else REREAD_S

    def due(self, at: float) -> list[Contact]:
        """What has happened by `at` without a further edge: a confirmed press, a hold, …"""
        found: list[Contact] = []
        if self._deaf:
            if self._recent and at - self._recent[-1] >= QUIET_S:
                self._deaf = False
                self._recent.clear()
                self._down = False
                self.waits_for_up = self._closed
                found.append(Complaint(at, "quiet"))
            return found
        steady = at - self._changed_at + 1e-9
        if self._closed and not self._down and steady >= CONFIRM_S and not self.waits_for_up:
            found.append(self._go_down(self._changed_at))
        elif not self._closed and steady >= RELEASE_S:
            if self._down:
                self._down = False
                found.append(Up(self._changed_at))
            if self._stuck:
                self._stuck = False
                found.append(Complaint(at, "quiet"))
            self.waits_for_up = False
        if self._down and not self._held and at - self._down_at >= HOLD_S - 1e-9:
            self._held = True
            found.append(Held(self._down_at + HOLD_S))
        if self._down and not self._stuck and at - self._down_at >= STUCK_S - 1e-9:
            self._stuck = True
            found.append(Complaint(at, "stuck"))
        return found

    def _go_down(self, at: float) -> Down:
        again = at - self._last_down_at <= SECOND_PRESS_S
        self._down, self._held, self._down_at, self._last_down_at = True, False, at, at
        return Down(at, again)

    @property
    def is_down(self) -> bool:
        return self._down

    def next_at(self) -> float | None:
        """When `due` or a reading is needed next; None while nothing is pending."""
        times: list[float] = []
        if self._deaf:
            return self._recent[-1] + QUIET_S if self._recent else None
        if self._closed:
            times.append(self._read_at + self._reread_s())
            if not self._down and not self.waits_for_up:
                times.append(self._changed_at + CONFIRM_S)
        elif self._down or self.waits_for_up or self._stuck:
            times.append(self._changed_at + RELEASE_S)
        if self._down and not self._held:
            times.append(self._down_at + HOLD_S)
        return min(times, default=None)
