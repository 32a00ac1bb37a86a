"""The diary of the simulator: the last few lines, kept for the screen.

The owner's thread writes, the terminal reads; a deque's `append` and the copy of one are
each a single step of the interpreter, so no lock is needed.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from nidra_box.diary import entries
from nidra_box.diary.diary import Diary
from nidra_box.diary.entries import Entry

KEPT_LINES = 200
SHOWN_ELSEWHERE = (entries.CueSaid, entries.Gesture, entries.PhaseChanged)
"""The picture shows these while they hold; as lines they would push out the rest."""
REPLACED = (entries.VolumeChanged, entries.BrightnessChanged, entries.TurnedLate)
"""A knob turned by ten detents is one line with the last value, not ten."""

BRIGHTNESS = entries.BrightnessChanged
PUSHED = (entries.LightSwitched, entries.Ignored)
"""What the push did that a turn then makes a change of brightness: that takes it back."""


@dataclass(frozen=True, slots=True)
class Line:
    """`text` was noted at `at` on the box's clock."""

    at: float
    kind: type[Entry]
    text: str


class ScreenDiary:
    """Remembers its last lines."""

    def __init__(self, kept: int = KEPT_LINES) -> None:
        self._lines: deque[Line] = deque(maxlen=kept)

    def note(self, at: float, entry: Entry, diary: Diary) -> None:
        """Owner's thread."""
        if isinstance(entry, SHOWN_ELSEWHERE):
            return
        line = Line(at, type(entry), entry.sentence())
        before = self._lines[-1] if self._lines else line
        if line.kind is BRIGHTNESS and before.kind in PUSHED:
            self._lines.pop()
        if line.kind is entries.LightSwitched and before.kind is BRIGHTNESS and before.at == at:
            return
        if isinstance(entry, REPLACED) and self._lines and self._lines[-1].kind is type(entry):
            self._lines[-1] = line
        else:
            self._lines.append(line)

    def last(self, count: int) -> tuple[Line, ...]:
        """The last `count` lines, the newest last. Any thread."""
        lines = self._lines.copy()
        return tuple(lines)[-count:] if count > 0 else ()
