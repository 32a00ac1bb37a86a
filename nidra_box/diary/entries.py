"""Everything that can happen to a box, a class each: its name, its facts, its sentence.

An entry says how much it matters (`severity`), and whether it begins a fault that stands until
something ends it (`fault`, `mended`). `what` is the name in `trace.jsonl` and in the journal, and
never changes; the facts are the fields of the class. This file imports words only, so that whoever
notes something, the session too, can make one.
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


# -- the box ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Ready(Entry):
    what = "ready"
    text = "ready: {programmes} programmes, {chosen} is chosen; {light}"
    programmes: int
    chosen: str
    light: str


@dataclass(frozen=True, slots=True)
class NewVersion(Entry):
    what = "new version"
    text = "a new version is installed: starts afresh when idle"


@dataclass(frozen=True, slots=True)
class Afresh(Entry):
    what = "afresh"
    text = "idle and dark: ends, to be started as the new version"


@dataclass(frozen=True, slots=True)
class Configured(Entry):
    what = "configuration"
    text = "new settings from {file}"
    mends = "settings"
    file: str


@dataclass(frozen=True, slots=True)
class ConfigurationRefused(Entry):
    what = "configuration refused"
    text = "the settings stay as they were: {reason}"
    severity = Severity.FAULT
    reason: str

    def fault(self) -> tuple[str, str] | None:
        return "settings", f"the settings are not taken up: {self.reason}"


@dataclass(frozen=True, slots=True)
class PowerReturned(Entry):
    what = "power returned"
    text = "the power is back: the night goes on by itself, softly"
    after_s: float


@dataclass(frozen=True, slots=True)
class StaysSilent(Entry):
    what = "stays silent"
    text = "the power is back: silent and dark, {reason}"
    reason: str


# -- hands -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Gesture(Entry):
    what = "gesture"
    text = "a {gesture}"
    severity = Severity.DETAIL
    gesture: str
    steps: int | None = None


@dataclass(frozen=True, slots=True)
class Ignored(Entry):
    what = "ignored"
    text = "a {gesture} means nothing here"
    gesture: str


@dataclass(frozen=True, slots=True)
class Locked(Entry):
    what = "locked"
    text = "a {gesture} is locked for the night"
    gesture: str


@dataclass(frozen=True, slots=True)
class Trouble(Entry):
    """A contact that does not behave; `state` is "quiet" when it does again."""

    what = "trouble"
    text = "the {line} is {state}"
    severity = Severity.FAULT
    line: str
    state: str

    def fault(self) -> tuple[str, str] | None:
        return None if self.state == QUIET else (self.line, f"the {self.line} is {self.state}")

    def mended(self) -> str:
        return self.line


QUIET = "quiet"
"""The state of a contact that was noisy or stuck and is not any more."""


# -- a night ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PhaseChanged(Entry):
    what = "phase"
    text = "{phase}"
    severity = Severity.DETAIL
    phase: str


@dataclass(frozen=True, slots=True)
class Started(Entry):
    what = "start"
    text = "plays {title} from {from_s} at {volume_db}"
    programme: str
    title: str
    from_s: float
    volume_db: float
    timer_s: float


@dataclass(frozen=True, slots=True)
class Paused(Entry):
    what = "pause"
    text = "paused at {position_s}"
    position_s: float


@dataclass(frozen=True, slots=True)
class GoneOn(Entry):
    what = "go on"
    text = "goes on at {position_s}"
    position_s: float


@dataclass(frozen=True, slots=True)
class Ended(Entry):
    """A night is over; `ending` says how."""

    ending: ClassVar[Ending]
    programme: str
    position_s: float


@dataclass(frozen=True, slots=True)
class ProgrammeEnded(Ended):
    ending = Ending.PROGRAMME
    what = ending.value
    text = "the programme has ended after {position_s}: silent and dark"


@dataclass(frozen=True, slots=True)
class Stopped(Ended):
    ending = Ending.HAND
    what = ending.value
    text = "stopped by hand at {position_s}"


@dataclass(frozen=True, slots=True)
class TimerEnded(Ended):
    ending = Ending.TIMER
    what = ending.value
    text = "the sleep timer has ended the sound at {position_s}: silent and dark"


@dataclass(frozen=True, slots=True)
class PausedTooLong(Ended):
    ending = Ending.PAUSE
    what = ending.value
    text = "paused for long: the box is idle again"


@dataclass(frozen=True, slots=True)
class ShutDown(Ended):
    ending = Ending.SHUTDOWN
    what = ending.value
    text = "asked to stop: fading out"


@dataclass(frozen=True, slots=True)
class NothingToPlay(Ended):
    ending = Ending.NOTHING
    what = ending.value
    text = "nothing can be played: silent and dark"
    severity = Severity.FAULT


@dataclass(frozen=True, slots=True)
class WindingDown(Entry):
    what = "winding down"
    text = "the sleep timer fades the sound over {for_s}"
    for_s: float


@dataclass(frozen=True, slots=True)
class NotYet(Entry):
    what = "not yet"
    text = "not yet: the sound comes back, {more_s} more"
    more_s: float


@dataclass(frozen=True, slots=True)
class ComfortLight(Entry):
    what = "comfort light"
    text = "a hand in the dark: red light for {for_s}"
    for_s: float


@dataclass(frozen=True, slots=True)
class VolumeChanged(Entry):
    what = "volume"
    text = "volume {db}"
    db: float


@dataclass(frozen=True, slots=True)
class BrightnessChanged(Entry):
    what = "brightness"
    text = "brightness {percent} %"
    percent: float


@dataclass(frozen=True, slots=True)
class LightSwitched(Entry):
    what = "light"
    text = "the light was switched by hand"
    on: int


@dataclass(frozen=True, slots=True)
class StageBegan(Entry):
    what = "stage"
    text = "stage {stage} ({kind})"
    stage: str
    kind: str


@dataclass(frozen=True, slots=True)
class CueSaid(Entry):
    """`words` of a clip, or the name of a sound."""

    what = "cue"
    text = "says: {words}"
    severity = Severity.DETAIL
    words: str


# -- sound and faults ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SoundFound(Entry):
    what = "sound found"
    text = "the sound plays on {card}"
    mends = "sound"
    card: str


@dataclass(frozen=True, slots=True)
class SoundLost(Entry):
    what = "sound lost"
    text = "no sound: {reason}; trying again"
    severity = Severity.FAULT
    mends = "sound"
    reason: str

    def fault(self) -> tuple[str, str] | None:
        return "sound", self.reason


@dataclass(frozen=True, slots=True)
class CardLevel(Entry):
    """Where the own mixer of a card that was just opened stands."""

    what = "card level"
    text = "the card's own mixer ({mixer}): {level}"
    mixer: str
    level: str


@dataclass(frozen=True, slots=True)
class TurnedLate(Entry):
    """The ring turned over late, for the `count`-th time since the card was opened."""

    what = "late"
    text = "the sound ring turned over late ({count} times so far)"
    severity = Severity.FAULT
    count: int


@dataclass(frozen=True, slots=True)
class Awaited(Entry):
    """A sound is asked for that is still being made."""

    what = "awaited"
    text = "{sound} is being made, and joins in when it is there"
    sound: str


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
    """Something of the box does not work."""

    what = "fault"
    text = "fault: {part}: {reason}"
    severity = Severity.FAULT
    part: str
    reason: str

    def fault(self) -> tuple[str, str] | None:
        named = self.part in ("input", "state")  # their reasons say what they are about
        return self.part, self.reason if named else f"{self.part}: {self.reason}"


@dataclass(frozen=True, slots=True)
class FaultEnded(Entry):
    """What did not work works again."""

    what = "fault ended"
    text = "{part} works again"
    part: str

    def mended(self) -> str:
        return self.part


POWER, PROGRAMME = "power", "programme "
WEAK_POWER = Fault(POWER, "the supply is too weak (under-voltage)")


@dataclass(frozen=True, slots=True)
class PowerEnough(Entry):
    what = "power enough"
    text = "the supply is strong enough again"
    mends = POWER


@dataclass(frozen=True, slots=True)
class Fatal(Entry):
    """Why the process ends; `traceback` is the place of a bug."""

    what = "fatal"
    text = "{reason}"
    severity = Severity.FATAL
    reason: str
    traceback: str | None = None
