"""Writes the lamp, and tries again while it fails. A part; owner's thread."""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import suppress

from nidra_box.diary.entries import Entry, Fault, FaultEnded
from nidra_box.hardware.ports import Light
from nidra_box.light.lamp import DARK, Lamp
from nidra_box.light.lightness import luminance
from nidra_box.part import Closing, Course
from nidra_box.words import reason_of

RETRY_S = (1.0,) * 10 + (30.0,)
"""A lamp that fails may be stuck alight: try again every second, later every half minute, and
at once when a hand is at the box."""


class LightDriver:
    """The lamp follows the session. A dead lamp is a fault, and never stops the sound."""

    name = "light"
    closes = Closing.DARK

    def __init__(self, light: Light, course: Course, lamp: Lamp | None = None) -> None:
        self.light = light
        self.lamp = lamp or Lamp()
        self._course = course
        self._shown = self._tried = (0.0, 0.0)
        self._failed = ""
        self._tried_at = -math.inf
        self._tries = 0

    def poke(self, at: float) -> None:
        """A hand or a phase may have changed the formula: look again as soon as may be."""
        self.lamp.poke(at)

    @property
    def is_lit(self) -> bool:
        """Whether it shines, as far as can be known: one that cannot be written is no reason to
        wait for the dark."""
        return self.lamp.written.lightness > 0.0 and not self._failed

    def next_at(self) -> float:
        if not self._failed:
            return self.lamp.next_at
        if self._course.touched_at > self._tried_at:
            return self._course.touched_at
        return self._tried_at + RETRY_S[min(self._tries, len(RETRY_S)) - 1]

    def work(self, now: float) -> Sequence[Entry]:
        """What failed is tried again as it was, and the lamp goes on from there: nobody knows
        whether it was seen, and any other level could be a jump."""
        if self._failed:
            news = self.write(*self._tried, now)
            self.lamp.rest(now)
            return news
        session = self._course.session
        score = session.outline.score if session.outline is not None else None
        level = self.lamp.due(session, score, now)
        if level is None:
            return ()
        duty = luminance(level.lightness)
        return self.write(duty * (1.0 - level.redness), duty * level.redness, now)

    def douse(self, now: float) -> Sequence[Entry]:
        """In doubt it is dark, and rises from there."""
        self.lamp.written = DARK
        return self.write(0.0, 0.0, now)

    def write(self, amber: float, red: float, now: float) -> Sequence[Entry]:
        """Duty cycles as they are; what there is to say of it."""
        was, timed = self._failed, self._course.touched_at <= self._tried_at
        self._tried_at, self._tried = now, (amber, red)
        try:
            self.light.write(amber, red)
        except Exception as error:  # noqa: BLE001 (whatever it is, the sound goes on)
            with suppress(Exception):  # one LED of two may have taken it: both or neither
                self.light.write(*self._shown)
            self._failed = reason_of(error) or type(error).__name__
            self._tries += timed or not was  # a hand's try does not use up the quick ones
            if self._failed == was:
                return ()
            ended = [FaultEnded(self.light.name)] if was else []
            return [*ended, Fault(self.light.name, self._failed)]
        self._shown = self._tried
        self._failed, self._tries = "", 0
        return [FaultEnded(self.light.name)] if was else ()

    def is_well(self, now: float) -> bool:
        """A fresh process may find the lamp again, but it would end a session: only while idle."""
        return not self._failed or self._course.session.is_running

    def close(self) -> None:
        self.light.close()
