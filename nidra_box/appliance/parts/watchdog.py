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
    """Beats only while every part is seen to work."""

    name = "supervisor"
    closes = Closing.FIRST

    def __init__(
        self, supervisor: Supervisor, parts: Sequence[Part], beaten: Callable[[], None]
    ) -> None:
        self._supervisor = supervisor
        self._beaten = beaten
        self._parts = parts
        self._beat_at = -math.inf if supervisor.beat_every_s() is not None else math.inf

    def next_at(self) -> float:
        return self._beat_at

    def work(self, now: float) -> Sequence[Entry]:
        self._beat_at = now + (self._supervisor.beat_every_s() or math.inf)
        if all(part.is_well(now) for part in self._parts):
            self._supervisor.beat()
            self._beaten()
        return ()

    def close(self) -> None:
        self._supervisor.stopping()
