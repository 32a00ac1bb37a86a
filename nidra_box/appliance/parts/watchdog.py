"""The contacts' thread and the watchdog's beat: who hears that everything works."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from nidra_box.diary.entries import Entry
from nidra_box.hardware.ports import Inputs, Supervisor
from nidra_box.part import Closing, Course, Part

INPUTS_CHECK_S = 10.0


class InputsDied(Exception):
    """The pin library's thread is dead: only a fresh process can hear the hand again."""


class Contacts:
    """Asks every 10 s, and on each pass with a gesture, whether edges still arrive."""

    name = "inputs"
    closes = Closing.GIVEN_BACK

    def __init__(self, inputs: Inputs, course: Course) -> None:
        self.inputs = inputs
        self._course = course
        self._asked_at = -math.inf

    def next_at(self) -> float:
        if self._course.touched_at > self._asked_at:
            return self._course.touched_at
        return self._asked_at + INPUTS_CHECK_S

    def work(self, now: float) -> Sequence[Entry]:
        """Raises InputsDied."""
        self._asked_at = now
        if not self.inputs.is_alive():
            raise InputsDied("no edge can arrive any more: the pin library's thread is dead")
        return ()

    def is_well(self, now: float) -> bool:
        return self.inputs.is_alive()

    def close(self) -> None:
        self.inputs.close()


class Watchdog(Part):
    """Beats only while every part is seen to work: seldom while idle, at once when a session
    begins, and more often during one."""

    name = "supervisor"
    closes = Closing.FIRST

    def __init__(
        self,
        supervisor: Supervisor,
        course: Course,
        parts: Sequence[Part],
        beaten: Callable[[], None],
    ) -> None:
        self._supervisor = supervisor
        self._course = course
        self._beaten = beaten
        self._parts = parts
        self._every_s = [supervisor.beat_every_s(running) or math.inf for running in (False, True)]
        self._beat_at = 0.0 if math.inf in self._every_s else -math.inf

    def next_at(self) -> float:
        return self._beat_at + self._every_s[self._course.session.is_running]

    def work(self, now: float) -> Sequence[Entry]:
        self._beat_at = now
        if all(part.is_well(now) for part in self._parts):
            self._supervisor.beat()
            self._beaten()
        return ()

    def close(self) -> None:
        self._supervisor.stopping()
