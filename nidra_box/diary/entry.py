"""The base class of entries: severity, the fault it begins or ends, its sentence.

`what` is the name in `trace.jsonl` and in the journal and never changes; the fields are the facts.
Imports `words` only, so that every room, also the session, can create entries.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import IntEnum, StrEnum
from typing import ClassVar

from nidra_box.words import format_duration, printable

Value = str | float | int


class Severity(IntEnum):
    """The severity of an entry, as a level of `logging`."""

    DETAIL = 10
    NORMAL = 20
    FAULT = 30
    FATAL = 40


class Ending(StrEnum):
    """How a night ends. The values are used in `trace.jsonl` and the file of nights."""

    PROGRAMME = "end"
    HAND = "stop"
    TIMER = "timer"
    PAUSE = "paused too long"
    SHUTDOWN = "shutdown"
    NOTHING = "nothing to play"
    BROKEN = "broke off"
    CUT = "cut"


@dataclass(frozen=True, slots=True)
class Entry:
    """A diary entry. `text` is its sentence, with its facts in braces."""

    what: ClassVar[str] = ""
    text: ClassVar[str] = ""
    severity: ClassVar[Severity] = Severity.NORMAL
    ends: ClassVar[str] = ""

    def fault(self) -> tuple[str, str] | None:
        """The part and the description of a fault that begins with this entry."""
        return None

    def ended_part(self) -> str:
        """The part whose faults end with this entry; empty if none."""
        return self.ends

    def facts(self) -> dict[str, Value]:
        """Its fields in order, without those that are None."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value for name, value in values.items() if value is not None}

    def sentence(self) -> str:
        """The entry as one line of text."""
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
