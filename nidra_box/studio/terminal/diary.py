"""The diary of the simulator: the last few lines, kept for the screen.

The owner's thread writes, the terminal reads; a deque's `append` and the copy of one are
each a single step of the interpreter, so no lock is needed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from nidra_box.diary.entries import Value, sentence

KEPT_LINES = 200
SHOWN_ELSEWHERE = frozenset({"cue", "gesture", "phase", "tied"})
"""The picture shows these while they hold; as lines they would push out the rest."""
REPLACED = frozenset({"volume", "brightness", "late"})
"""A knob turned by ten detents is one line with the last value, not ten."""


@dataclass(frozen=True, slots=True)
class Line:
    """`text` was noted at `at` on the box's clock."""

    at: float
    what: str
    text: str


class ScreenDiary:
    """A Diary that remembers its last lines."""

    def __init__(self, kept: int = KEPT_LINES) -> None:
        self._lines: deque[Line] = deque(maxlen=kept)

    def note(self, at: float, what: str, **fields: Value) -> None:
        """Owner's thread."""
        if what in SHOWN_ELSEWHERE:
            return
        line = Line(at, what, sentence(what, fields))
        if what in REPLACED and self._lines and self._lines[-1].what == what:
            self._lines[-1] = line
        else:
            self._lines.append(line)

    def last(self, count: int) -> tuple[Line, ...]:
        """The last `count` lines, the newest last. Any thread."""
        lines = self._lines.copy()
        return tuple(lines)[-count:] if count > 0 else ()
