"""The stages and words of a score as they go by, for the diary. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from nidra_box.diary.entries import Value
from nidra_box.score.score import Score
from nidra_box.score.vocabulary import RATE_HZ


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that begins at second `position_s` of the programme."""

    position_s: float
    what: str
    fields: tuple[tuple[str, Value], ...]


@dataclass(slots=True)
class Marks:
    """What is still to come of one score, the nearest last."""

    _left: list[Mark] = field(default_factory=list)

    @classmethod
    def of(cls, score: Score, position_s: float) -> Marks:
        """The stage that holds at `position_s`, and everything after it."""
        marks = [
            Mark(stage.start_s, "stage", (("stage", stage.id), ("kind", str(stage.kind))))
            for stage in score.stages
            if stage.end_s > position_s
        ]
        marks += [
            Mark(clip.start / RATE_HZ, "cue", (("words", clip.words or clip.source),))
            for clip in score.clips
            if clip.start / RATE_HZ >= position_s
        ]
        # At the same moment a stage begins before its first words do.
        marks.sort(key=lambda mark: (mark.position_s, mark.what == "cue"), reverse=True)
        return cls(marks)

    def next_s(self) -> float:
        """The position of the next mark; infinity when none is left."""
        return self._left[-1].position_s if self._left else math.inf

    def take(self, position_s: float) -> list[Mark]:
        """The marks up to and including `position_s`, in order; they are gone after."""
        taken: list[Mark] = []
        while self.next_s() <= position_s:
            taken.append(self._left.pop())
        return taken
