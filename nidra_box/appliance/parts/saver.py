"""Keeps the state over a loss of power. Nothing else touches the card while a night plays."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace

from nidra_box.appliance.memory import Heard, Memory, heard_after, memory_of, recall
from nidra_box.appliance.store import STATE, Store
from nidra_box.diary.entries import Entry, Fault, FaultEnded
from nidra_box.hardware.ports import Clock
from nidra_box.part import Closing, Course

TURN_DELAY_S = 5.0
POSITION_EVERY_S = 285.0
"""A power cut may cost five minutes at most, and a card takes its time: with 300 s between two
saves 302 s were lost at the worst of a hundred moments (tests/rig/test_power_moments.py)."""
RETRY_S = 300.0


class Saver:
    """Volume 5 s after the last turn, a position every POSITION_EVERY_S, a stop at once."""

    name = "state"
    closes = Closing.SAVED

    def __init__(self, store: Store, course: Course, clock: Clock) -> None:
        self.store = store
        self._course = course
        self._clock = clock
        self._due_at = math.inf
        self._saved_at = -math.inf
        self._heard: tuple[Heard, ...] = ()
        self._counted_at = -math.inf
        """When the session began that was counted last."""

    def recall(self, now: float) -> tuple[Memory, list[Entry]]:
        """Take up the remembered state. Whatever it says, the box starts silent and dark."""
        memory, complaints = self.store.load()
        self._heard = memory.heard
        self._course.session = recall(self._course.session, memory, now, self._clock)
        return memory, [Fault(STATE, complaint) for complaint in complaints]

    def soon(self, at: float) -> None:
        """Something small changed; wait for the hand to come to rest."""
        self._due_at = at + TURN_DELAY_S

    def save(self, now: float) -> Sequence[Entry]:
        """Save at once; blocks only where the store does."""
        session = self._course.session
        self._due_at = now + POSITION_EVERY_S if session.is_running else math.inf
        begun = session.started_at != self._counted_at
        self._counted_at = session.started_at
        wall = self._clock.wall()
        self._heard = heard_after(self._heard, session, now, begun, wall)
        self.store.save(replace(memory_of(session, now, self._clock), heard=self._heard))
        return self._outcome(now)

    def save_now(self, memory: Memory, now: float) -> Sequence[Entry]:
        """`memory` is on the card when this returns, or `store.failed` says why not."""
        self.store.save_now(memory)
        return self._outcome(now)

    def _outcome(self, now: float) -> Sequence[Entry]:
        self._saved_at = now
        failed = self.store.failed
        return [Fault(STATE, failed)] if failed else [FaultEnded(STATE)]

    def next_at(self) -> float:
        if self.store.failed:
            return min(self._due_at, self._saved_at + RETRY_S)
        return self._due_at

    def work(self, now: float) -> Sequence[Entry]:
        return self.save(now)

    def is_well(self, now: float) -> bool:
        return True  # a dying card is no reason to end a night

    def close(self) -> None:
        self.save(self._clock.now())  # the loop closes the store, once the sound has faded
