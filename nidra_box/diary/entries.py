"""The entries of the diary, one class each; those about faults are in `wrong`, those
about what sounds in `sounding`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from nidra_box.diary.entry import Ending, Entry, Severity, Value
from nidra_box.diary.sounding import (
    Awaited,
    CardLevel,
    Fetching,
    NotTakenIn,
    Recordings,
)
from nidra_box.diary.wrong import (
    POWER,
    PROGRAMME,
    QUIET,
    WEAK_POWER,
    ConfigurationRefused,
    Configured,
    Fatal,
    Fault,
    FaultEnded,
    PowerEnough,
    Refused,
    SoundFound,
    SoundLost,
    Trouble,
    TurnedLate,
)

__all__ = [
    "POWER",
    "PROGRAMME",
    "QUIET",
    "WEAK_POWER",
    "Afresh",
    "Awaited",
    "BrightnessChanged",
    "BrokeOff",
    "CardLevel",
    "ComfortLight",
    "ConfigurationRefused",
    "Configured",
    "CueSaid",
    "Ended",
    "Ending",
    "Entry",
    "Fatal",
    "Fault",
    "FaultEnded",
    "Fetching",
    "Gesture",
    "GoneOn",
    "Ignored",
    "LightSwitched",
    "Locked",
    "NewVersion",
    "NotTakenIn",
    "NotYet",
    "NothingToPlay",
    "Paused",
    "PausedTooLong",
    "PhaseChanged",
    "PowerEnough",
    "PowerReturned",
    "ProgrammeEnded",
    "Ready",
    "Recordings",
    "Refused",
    "Severity",
    "ShutDown",
    "SoundFound",
    "SoundLost",
    "StageBegan",
    "Started",
    "StaysSilent",
    "Stopped",
    "TimerEnded",
    "Trouble",
    "TurnedLate",
    "Value",
    "VolumeChanged",
    "WindingDown",
]

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
    """The end of a night."""

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
class BrokeOff(Ended):
    ending = Ending.BROKEN
    what = ending.value
    text = "the sound breaks off at {position_s}: faded out, silent and dark"
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

    def sentence(self) -> str:
        """Without the kind where the stage's name says it."""
        words = super(StageBegan, self).sentence()
        return words.partition(" (")[0] if self.kind in self.stage.split("-") else words


@dataclass(frozen=True, slots=True)
class CueSaid(Entry):
    """`words` of a clip, or the name of a sound."""

    what = "cue"
    text = "says: {words}"
    severity = Severity.DETAIL
    words: str
