"""The entries that begin or end a fault."""

from __future__ import annotations

from dataclasses import dataclass

from nidra_box.diary.entry import Entry, Severity


@dataclass(frozen=True, slots=True)
class Configured(Entry):
    what = "configuration"
    text = "new settings from {file}"
    ends = "settings"
    file: str


@dataclass(frozen=True, slots=True)
class ConfigurationRefused(Entry):
    what = "configuration refused"
    text = "the settings stay as they were: {reason}"
    severity = Severity.FAULT
    ends = "settings"
    reason: str

    def fault(self) -> tuple[str, str] | None:
        return "settings", f"the settings are not taken up: {self.reason}"


@dataclass(frozen=True, slots=True)
class Trouble(Entry):
    """A faulty contact; `state` "quiet" ends the fault."""

    what = "trouble"
    text = "the {line} is {state}"
    severity = Severity.FAULT
    line: str
    state: str

    def fault(self) -> tuple[str, str] | None:
        return None if self.state == QUIET else (self.line, f"the {self.line} is {self.state}")

    def ended_part(self) -> str:
        return self.line


QUIET = "quiet"
"""The state of a contact that works again after a fault."""


@dataclass(frozen=True, slots=True)
class SoundFound(Entry):
    what = "sound found"
    text = "the sound plays on {card}"
    ends = "sound"
    card: str


@dataclass(frozen=True, slots=True)
class SoundLost(Entry):
    what = "sound lost"
    text = "no sound: {reason}; trying again"
    severity = Severity.FAULT
    ends = "sound"
    reason: str

    def fault(self) -> tuple[str, str] | None:
        return "sound", self.reason


@dataclass(frozen=True, slots=True)
class TurnedLate(Entry):
    """The ring turned over late; `count` since the card was opened."""

    what = "late"
    text = "the sound ring turned over late ({count} times so far)"
    severity = Severity.FAULT
    count: int


@dataclass(frozen=True, slots=True)
class Refused(Entry):
    """A programme or a recording that cannot be played."""

    what = "refused"
    text = "cannot play {programme}: {reason}"
    severity = Severity.FAULT
    programme: str
    reason: str

    def fault(self) -> tuple[str, str] | None:
        return PROGRAMME + self.programme, f"cannot play {self.programme}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Fault(Entry):
    """A part does not work."""

    what = "fault"
    text = "fault: {part}: {reason}"
    severity = Severity.FAULT
    part: str
    reason: str

    def fault(self) -> tuple[str, str] | None:
        named = self.part in ("input", "state")  # their reasons name the part
        return self.part, self.reason if named else f"{self.part}: {self.reason}"


@dataclass(frozen=True, slots=True)
class FaultEnded(Entry):
    """A part works again."""

    what = "fault ended"
    text = "{part} works again"
    part: str

    def ended_part(self) -> str:
        return self.part


POWER, PROGRAMME = "power", "programme "
WEAK_POWER = Fault(POWER, "the supply is too weak (under-voltage)")


@dataclass(frozen=True, slots=True)
class PowerEnough(Entry):
    what = "power enough"
    text = "the supply is strong enough again"
    ends = POWER


@dataclass(frozen=True, slots=True)
class Fatal(Entry):
    """Why the process ends; `traceback` is set for a bug."""

    what = "fatal"
    text = "{reason}"
    severity = Severity.FATAL
    reason: str
    traceback: str | None = None
