"""All contacts of the box: raw edges in, gestures and faults of contacts out. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from nidra_box.diary.entries import QUIET, Trouble
from nidra_box.session.events import (
    Gesture,
    Hold,
    NobodyTurned,
    Press,
    Push,
    PushTurn,
    SecondPress,
    Turn,
)
from nidra_box.session.floating import Floating
from nidra_box.session.gestures import Button, Complaint, Contact, Down, Held
from nidra_box.session.knob import Knob

BUTTON, PUSH, KNOB_A, KNOB_B = "button", "knob push", "knob a", "knob b"
KNOB = "knob"
"""Both lines of the knob, in a fault that concerns the two."""
CLOSED_AT_REST = "closed at rest on both lines, as if one were short to ground"
NOISY_KNOB = "noisy, as if a wire were loose: not heard until it is quiet"
LINES = (BUTTON, PUSH, KNOB_A, KNOB_B)


Meaning = Gesture | Trouble | NobodyTurned


@dataclass(slots=True)
class Hands:
    """One button, one knob, and the knob's own push (optional)."""

    knob: Knob = field(default_factory=Knob)
    button: Button = field(default_factory=Button)
    push: Button = field(default_factory=Button)
    floating: Floating = field(default_factory=Floating)

    def starts(self, at: float, closed: dict[str, bool]) -> list[Meaning]:
        """The levels found when the lines were opened; a missing line counts as open."""
        a, b = closed.get(KNOB_A, False), closed.get(KNOB_B, False)
        self.knob.starts(a, b)
        found: list[Meaning] = []
        if a and b and self.knob.steps_per_detent == 4:
            found.append(Trouble(KNOB, CLOSED_AT_REST))
        found += self._meanings(BUTTON, self.button.starts(at, closed.get(BUTTON, False)))
        return found + self._meanings(PUSH, self.push.starts(at, closed.get(PUSH, False)))

    def edge(self, at: float, line: str, closed: bool) -> list[Meaning]:
        """One raw edge."""
        found = self.due(at)
        if line == BUTTON:
            return found + self._meanings(BUTTON, self.button.edge(at, closed))
        if line == PUSH:
            return found + self._meanings(PUSH, self.push.edge(at, closed))
        detents = self.knob.edge(at, "a" if line == KNOB_A else "b", closed)
        if self.floating.edge(at, self.knob.place):
            found += [Trouble(KNOB, NOISY_KNOB), NobodyTurned(at)]
        if detents and not self.floating.is_deaf:
            found.append(PushTurn(at, detents) if self.push.is_down else Turn(at, detents))
        return found

    def due(self, at: float) -> list[Meaning]:
        """What has happened by `at` without a further edge."""
        found: list[Meaning] = [Trouble(KNOB, QUIET)] if self.floating.due(at) else []
        found += self._meanings(BUTTON, self.button.due(at))
        return found + self._meanings(PUSH, self.push.due(at))

    def wants_reading(self, at: float) -> list[str]:
        """The lines whose level should be read again now."""
        wanted = [BUTTON] if self.button.wants_reading(at) else []
        return wanted + ([PUSH] if self.push.wants_reading(at) else [])

    def level(self, at: float, line: str, closed: bool) -> list[Meaning]:
        """A level that was read again."""
        button = self.button if line == BUTTON else self.push
        return self._meanings(line, button.level(at, closed))

    def next_at(self) -> float | None:
        parts = (self.button, self.push, self.floating)
        times = [t for part in parts if (t := part.next_at()) is not None]
        return min(times, default=None)

    def _meanings(self, line: str, contacts: list[Contact]) -> list[Meaning]:
        found: list[Meaning] = []
        for contact in contacts:
            if isinstance(contact, Complaint):
                found.append(Trouble(line, contact.what))
            elif line == PUSH:
                if isinstance(contact, Down):
                    found.append(Push(contact.at))
            elif isinstance(contact, Down):
                gesture = SecondPress if contact.again else Press
                found.append(gesture(contact.at))
            elif isinstance(contact, Held):
                found.append(Hold(contact.at))
        return found


def summed(meanings: list[Meaning]) -> list[Meaning]:
    """Consecutive turns as one: a spun knob is one change of volume, not twenty."""
    result: list[Meaning] = []
    for meaning in meanings:
        last = result[-1] if result else None
        if isinstance(meaning, Turn) and isinstance(last, Turn):
            result[-1] = Turn(meaning.at, last.steps + meaning.steps)
        elif isinstance(meaning, PushTurn) and isinstance(last, PushTurn):
            result[-1] = PushTurn(meaning.at, last.steps + meaning.steps)
        else:
            result.append(meaning)
    return result
