"""Brings back a night that the power was cut from. A part that works once, first of all."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from nidra_box.appliance.after_cut import after_cut, was_cut
from nidra_box.appliance.memory import Memory
from nidra_box.appliance.parts.saver import Saver
from nidra_box.diary import entries
from nidra_box.diary.entries import Entry
from nidra_box.hardware.ports import Clock
from nidra_box.library.port import CannotPlay, NotYet, Programmes
from nidra_box.part import Course, Part
from nidra_box.session.events import Event, PowerReturned

AGAIN_S, LATEST_S = 1.0, 120.0
"""How often, and for how long, a recording is asked for whose disk takes its time."""


class Returning(Part):
    """Asked once with the memory of the last box; after that there is nothing to do."""

    name = "power return"

    def __init__(self, course: Course, saver: Saver, programmes: Programmes, clock: Clock) -> None:
        self._course = course
        self._saver = saver
        self._programmes = programmes
        self._clock = clock
        self._memory: Memory | None = None
        self._waits: tuple[Memory, float, float] | None = None
        """What still has to be fetched, when it was tried and how long that is worth it."""

    def remember(self, memory: Memory) -> None:
        """What the last box has left."""
        self._memory = memory if memory.was_playing else None

    def next_at(self) -> float:
        if self._waits is not None:
            return self._waits[1] + AGAIN_S
        return math.inf if self._memory is None else -math.inf

    def work(self, now: float) -> Sequence[Entry | Event]:
        """The last box ended while it played. That is used up before anything comes of it: a
        cut brings a night back once, and a box that falls over on the way stays silent."""
        if self._waits is not None:
            return self._try_again(now, *self._waits)
        if self._memory is None:
            return ()
        memory, self._memory = self._memory, None
        saved = self._saver.save_now(replace(memory, was_playing=False), now)
        wanted = self._course.session.settings.resume_after_power_loss
        cut = was_cut(memory, self._clock.boot())
        if self._saver.store.failed or not wanted or not cut:
            return saved
        return [*saved, *self._go_on(memory, now, now + LATEST_S)]

    def _try_again(
        self, now: float, memory: Memory, tried_at: float, until: float
    ) -> Sequence[Entry | Event]:
        """Unless a hand has decided meanwhile what the box does."""
        self._waits = None
        return () if self._course.touched_at > -math.inf else self._go_on(memory, now, until)

    def _go_on(self, memory: Memory, now: float, until: float) -> Sequence[Entry | Event]:
        try:
            outline = self._programmes.load(memory.playing)
        except NotYet as error:
            if now >= until:
                return [entries.Refused(memory.playing, str(error))]
            self._programmes.fetch(memory.playing)
            self._waits = (memory, now, until)
            return ()
        except CannotPlay as error:
            return [entries.Refused(memory.playing, str(error))]
        found = after_cut(memory, outline, self._clock.wall())
        if isinstance(found, str):
            return [entries.StaysSilent(found)]
        there = (found.position_s, found.left_s, memory.fade_s, memory.light_on)
        return [
            entries.PowerReturned(round(found.elapsed_s, 3)),
            PowerReturned(now, outline, *there),
        ]
