"""What an entry is: how much it matters, the fault it begins or ends, its sentence.

`what` is the name in `trace.jsonl` and in the journal, and never changes; the facts are the fields
of the class. Imports words only, so that whoever notes something, the session too, can make one.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from typing import ClassVar

from nidra_box.words import format_duration, printable

Value = str | float | int


class Severity(IntEnum):
    """How much an entry matters, as the levels of `logging`."""

    DETAIL = 10
    NORMAL = 20
    FAULT = 30
    FATAL = 40


class Ending(StrEnum):
    """How a night ends. The values stand in `trace.jsonl` and in the file of nights."""

    PROGRAMME = "end"
    HAND = "stop"
    TIMER = "timer"
    PAUSE = "paused too long"
    SHUTDOWN = "shutdown"
    NOTHING = "nothing to play"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Entry:
    """Something that happened. `text` is its sentence, with its facts in braces."""

    what: ClassVar[str] = ""
    text: ClassVar[str] = ""
    severity: ClassVar[Severity] = Severity.NORMAL
    mends: ClassVar[str] = ""

    def fault(self) -> tuple[str, str] | None:
        """The part that has a fault from now on, and the fault in words."""
        return None

    def mended(self) -> str:
        """The part whose faults are over; empty if none."""
        return self.mends

    def facts(self) -> dict[str, Value]:
        """Its fields, in order, but for those that are None."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def sentence(self) -> str:
        """What happened, on one line for a person."""
        shown = {name: _shown(name, value) for name, value in self.facts().items()}
        return " ".join(self.text.format(**shown).split())


def _shown(name: str, value: Value) -> str:
    if isinstance(value, str):
        return printable(value)
    if name.endswith("_s"):
        return format_duration(value)
    if name.endswith("db"):
        return f"{value:g} dB"
    return f"{value:g}" if isinstance(value, float) else str(value)
