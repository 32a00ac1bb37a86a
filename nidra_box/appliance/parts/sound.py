"""The sound among the parts: what it does stands in `sound/`."""

from __future__ import annotations

from collections.abc import Sequence

from nidra_box.diary.entries import (
    PROGRAMME,
    Entry,
    FaultEnded,
    Refused,
    SoundFound,
    SoundLost,
)
from nidra_box.library.port import CannotPlay, NotYet, Programmes
from nidra_box.part import Closing, Course
from nidra_box.score.score import Score
from nidra_box.session.events import Phase
from nidra_box.session.rules.starting import first_second, following
from nidra_box.sound.port import News, Sound, SoundEffect


class SoundPart:
    """Hands the session's effects to the sound, and its news to the loop."""

    name = "sound"
    closes = Closing.SILENT

    def __init__(self, sound: Sound, course: Course, programmes: Programmes) -> None:
        self.sound = sound
        self._course = course
        self._programmes = programmes
        self.card = ""
        self.gone = "no sound card yet"
        """Why there is no sound; empty while there is."""

    def prepare(self, at: float) -> Sequence[Entry]:
        """What the next press, or a second one, will play is compiled, and its first seconds
        are decoded."""
        session = self._course.session
        likely = [(following(session), 0.0)]
        if session.phase is Phase.IDLE:
            likely.insert(0, (session.chosen, first_second(session, at)))
        beginnings: list[tuple[Score, float]] = []
        told: list[Entry] = []
        for programme, from_s in likely:
            try:
                if programme and (score := self._programmes.load(programme).score):
                    beginnings.append((score, from_s))
                    told.append(FaultEnded(PROGRAMME + programme))
            except CannotPlay as error:
                if programme == session.chosen and not isinstance(error, NotYet):
                    told.append(Refused(programme, str(error)))
        self.sound.prepare(beginnings)
        return told

    def do(self, effect: SoundEffect, at: float) -> None:
        """Carry out an effect of the session as it is now."""
        outline = self._course.session.outline
        self.sound.do(effect, outline.score if outline is not None else None, at)

    def next_at(self) -> float:
        return self.sound.next_at()

    def work(self, now: float) -> Sequence[News]:
        """Raises SoundStuck."""
        news = self.sound.work(now)
        for entry in news:
            if isinstance(entry, SoundFound):
                self.card, self.gone = entry.card, ""
            elif isinstance(entry, SoundLost):
                self.card, self.gone = "", entry.reason
        return news

    def is_well(self, now: float) -> bool:
        return self.sound.is_turning(now)

    def close(self) -> None:
        self.sound.close()
