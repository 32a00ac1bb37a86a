"""Says that a session runs, to what works in the background: the intake of recordings waits."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from nidra_box.diary.entries import Entry
from nidra_box.part import Course, Part
from nidra_box.session.events import Phase

AFTER_S = 60.0
"""A minute after the end: a hand that starts anew, or goes on, finds the disk quiet."""


class Hush(Part):
    """`hush(True)` in the pass that begins a session, `hush(False)` a minute after its end. A
    session that is paused still runs."""

    name = "hush"

    def __init__(self, course: Course, hush: Callable[[bool], None]) -> None:
        self._course = course
        self._hush = hush
        self._hushed: bool | None = None
        """Not known at the start: a box that was killed may have left its word."""
        self._quiet_until = -math.inf
        """While no session runs: when that may be said. Infinity while one does."""

    def next_at(self) -> float:
        if self._course.session.phase is not Phase.IDLE:
            return -math.inf if self._quiet_until < math.inf else math.inf
        if self._quiet_until == math.inf:
            return -math.inf
        return math.inf if self._hushed is False else self._quiet_until

    def work(self, now: float) -> Sequence[Entry]:
        if self._course.session.phase is not Phase.IDLE:
            self._quiet_until = math.inf
            self._say(True)
        elif self._quiet_until == math.inf:
            self._quiet_until = now + AFTER_S
        else:
            self._say(False)
        return ()

    def close(self) -> None:
        self._say(False)

    def _say(self, hushed: bool) -> None:
        if self._hushed is not hushed:
            self._hushed = hushed
            self._hush(hushed)
