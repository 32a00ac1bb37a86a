"""When the box ends: asked to, with a fade, or as soon as it is idle and dark."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nidra_box.diary.entries import Afresh, Entry, NewVersion
from nidra_box.light.driver import LightDriver
from nidra_box.part import Course, Part
from nidra_box.session.events import Event, Phase, Shutdown

SHUTDOWN_S = 1.9  # SIGTERM: everything has faded within two seconds
REST_S = 3.0
"""[D] Idle and dark for so long before a new version takes over: longer than a stop's fade of
1.5 s, and time for a hand that is still at the box."""


class Leaving(Part):
    """`is_done` once the loop may stop turning."""

    name = "leaving"

    def __init__(self, course: Course, light: LightDriver) -> None:
        self.is_done = False
        self._course = course
        self._light = light
        self._ends_at = math.inf
        self._when_idle = False
        self._rested_at = math.inf

    @property
    def is_leaving(self) -> bool:
        """Whether the box fades out by now and listens to no gesture."""
        return self._ends_at != math.inf

    def terminate(self, now: float) -> Sequence[Event]:
        """SIGTERM: fade and end; asked twice, end at once."""
        if self.is_leaving:
            self.is_done = True
            return ()
        self._ends_at = now + (0.0 if self._rests else SHUTDOWN_S)
        return [Shutdown(now)]

    def end_when_idle(self) -> Sequence[Entry]:
        """SIGUSR1: a new version waits."""
        news = [] if self._when_idle else [NewVersion()]
        self._when_idle = True
        return news

    @property
    def _rests(self) -> bool:
        return self._course.session.phase is Phase.IDLE and not self._light.is_lit

    def next_at(self) -> float:
        if not self._when_idle:
            return self._ends_at
        if not self._rests:
            self._rested_at = math.inf
            return self._ends_at
        return -math.inf if self._rested_at == math.inf else min(self._ends_at, self._rested_at)

    def work(self, now: float) -> Sequence[Entry]:
        if now >= self._ends_at:
            self.is_done = True
        elif self._rested_at == math.inf:
            self._rested_at = now + REST_S
        elif now >= self._rested_at:
            self.is_done = True
            return [Afresh()]
        return ()
