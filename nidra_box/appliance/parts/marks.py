"""The stages and words of a score as they go by, for the diary. A part; it acts on nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nidra_box.diary.entries import CueSaid, Entry, StageBegan
from nidra_box.part import Course, Part
from nidra_box.score.score import Score
from nidra_box.units import RATE_HZ

ROUNDING_S = 1e-6
Mark = tuple[float, StageBegan | CueSaid]
"""Second of the programme, and what begins there."""


def marks_of(score: Score, position_s: float) -> list[Mark]:
    """The stage that holds at `position_s` and everything after it, the nearest last."""
    marks: list[Mark] = [
        (stage.start_s, StageBegan(stage.id, str(stage.kind)))
        for stage in score.stages
        if stage.end_s > position_s
    ]
    marks += [
        (clip.start / RATE_HZ, CueSaid(clip.words or clip.source))
        for clip in score.clips
        if clip.start / RATE_HZ >= position_s
    ]
    marks += [(line.at_s, CueSaid(line.words)) for line in score.lines if line.at_s >= position_s]
    # At the same moment a stage begins before its first words do.
    marks.sort(key=lambda mark: (mark[0], isinstance(mark[1], CueSaid)), reverse=True)
    return marks


class Marks(Part):
    """What is still to come of the score that plays."""

    name = "marks"

    def __init__(self, course: Course) -> None:
        self._course = course
        self._left: list[Mark] = []

    def begin(self, score: Score, position_s: float) -> None:
        """This score sounds from there."""
        self._left = marks_of(score, position_s)

    def next_at(self) -> float:
        session = self._course.session
        if not self._left or not session.is_running:
            return math.inf
        return session.since + (self._left[-1][0] - session.position_s)

    def work(self, now: float) -> Sequence[Entry]:
        position_s = self._course.session.position(now) + ROUNDING_S
        begun: list[Entry] = []
        while self._left and self._left[-1][0] <= position_s:
            begun.append(self._left.pop()[1])
        return begun
