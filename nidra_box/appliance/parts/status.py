"""Says how the box stands: to systemd in one line, and to whoever reads the status file."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from nidra_box.appliance.parts.sound import SoundPart
from nidra_box.appliance.status import standing, status_line
from nidra_box.diary.diary import Diary
from nidra_box.diary.entries import Entry
from nidra_box.hardware.ports import Light, Supervisor
from nidra_box.part import Closing, Course, Part

EVERY_S = 1.0
"""At most once a second: a spun knob changes the volume forty times."""
LINE_EVERY_S = 60.0
TIE_S = 0.1
"""A position that the sound has tied anew is news if it moved by more."""


class Status(Part):
    """Made anew when something changed. `publish` writes it for others; it must not raise."""

    name = "status"
    closes = Closing.FIRST

    def __init__(
        self,
        course: Course,
        diary: Diary,
        light: Light,
        sound: SoundPart,
        supervisor: Supervisor,
        publish: Callable[[dict[str, Any] | None], None],
    ) -> None:
        self._course = course
        self._diary = diary
        self._light = light
        self._sound = sound
        self._supervisor = supervisor
        self._publish = publish
        self._seen = -1
        self._offset = 0.0
        self._made_at = -math.inf
        self._told = ""

    def line(self, now: float) -> str:
        """What `systemctl status` is to show; whoever asks shows it. For the start and the reload,
        which a bug in here must not end: `work` reports it."""
        try:
            self._told = status_line(self._make(now))
        except Exception as error:  # noqa: BLE001
            self._seen = -1
            return f"the status cannot be made: {error}"
        return self._told

    def next_at(self) -> float:
        session = self._course.session
        moved = session.is_running and abs(session.since - session.position_s - self._offset)
        if self._diary.revision != self._seen or moved > TIE_S:
            return self._made_at + EVERY_S
        return self._made_at + LINE_EVERY_S if session.is_running else math.inf

    def work(self, now: float) -> Sequence[Entry]:
        before, self._told = self._told, status_line(self._make(now))
        if self._told != before:
            self._supervisor.status(self._told)
        return ()

    def _make(self, now: float) -> dict[str, Any]:
        session = self._course.session
        self._seen, self._made_at = self._diary.revision, now
        self._offset = session.since - session.position_s
        sound, faults = self._sound, self._diary.faults.standing
        found = standing(session, now, self._light.name, sound.card, sound.gone, faults)
        self._publish(found)
        return found
