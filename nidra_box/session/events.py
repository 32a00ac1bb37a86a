"""What can happen to a session, and what a session asks for. Frozen values only.

Every event carries `at`: seconds on the box's one monotonic clock.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from nidra_box.diary.entries import Entry
from nidra_box.score.score import Score


class Phase(StrEnum):
    IDLE = "idle"
    PLAYING = "playing"
    PAUSED = "paused"
    WINDING_DOWN = "winding down"


class Place(StrEnum):
    """A phase as the hand sees it: playing means something else once people sleep."""

    IDLE = "idle"
    PLAYING = "playing"
    SLEEPING = "sleeping"
    WINDING_DOWN = "winding down"
    PAUSED = "paused"


@dataclass(frozen=True, slots=True)
class SleepSpan:
    """A sleep stage in seconds of its programme: [start_s, end_s)."""

    start_s: float
    end_s: float


@dataclass(frozen=True, slots=True)
class Outline:
    """All that a session needs to know of a programme."""

    id: str
    title: str
    duration_s: float
    sleep: tuple[SleepSpan, ...] = ()
    keeps_place: bool = False
    """Whether a stop by hand leaves a resume point (a recording), or the next press starts
    afresh (a guided programme)."""
    score: Score | None = field(default=None, compare=False, repr=False)
    """What sounds and shines. The session carries it and never looks into it."""

    def sleeps_at(self, position_s: float) -> bool:
        return any(span.start_s <= position_s < span.end_s for span in self.sleep)


# -- settings -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settings:
    """What a session may do, from the configuration. dB under full scale, seconds."""

    programmes: tuple[str, ...]
    hold_programme: str = "breath-lamp"
    start_db: float = -20.0
    floor_db: float = -60.0
    ceiling_db: float = 0.0
    night_ceiling_db: float = -10.0
    step_db: float = 1.5
    timer_s: float = 0.0
    wind_down_s: float = 300.0
    not_yet_s: float = 900.0
    longest_s: float = 12 * 3600.0
    resume_within_s: float = 1800.0
    night_lock: bool = False
    resume_after_power_loss: bool = False
    pause_s: float = 1.5
    stop_s: float = 1.5


# -- events: gestures -------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Press:
    at: float


@dataclass(frozen=True, slots=True)
class SecondPress:
    """The button went down again within 0.35 s of the last time."""

    at: float


@dataclass(frozen=True, slots=True)
class Hold:
    """The button has been down for 0.8 s."""

    at: float


@dataclass(frozen=True, slots=True)
class Turn:
    """The knob moved by `steps` detents; positive is louder."""

    at: float
    steps: int


@dataclass(frozen=True, slots=True)
class Push:
    """The knob was pushed in."""

    at: float


@dataclass(frozen=True, slots=True)
class PushTurn:
    """The knob was turned while pushed in."""

    at: float
    steps: int


# -- events: the rest of the world ----------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tick:
    """The time that `Session.next_deadline` asked for has come."""

    at: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """A programme that was asked for can be played."""

    at: float
    outline: Outline


@dataclass(frozen=True, slots=True)
class Refused:
    """A programme that was asked for cannot be played."""

    at: float
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tied:
    """The sound says where it is: `position_s` is being heard at `at`."""

    at: float
    position_s: float


@dataclass(frozen=True, slots=True)
class SoundFound:
    """A sound card is open (again): it knows nothing yet of this session."""

    at: float


@dataclass(frozen=True, slots=True)
class NobodyTurned:
    """What was taken for turns of the knob just now came from lines that float."""

    at: float


@dataclass(frozen=True, slots=True)
class Shutdown:
    """The box is asked to stop (SIGTERM)."""

    at: float


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """New settings came with SIGHUP."""

    at: float
    settings: Settings


@dataclass(frozen=True, slots=True)
class PowerReturned:
    """The power is back after a cut in the middle of a session, and the settings want it to go
    on by itself: where in the programme, what is left of the timer and how long its fade is,
    and whether a hand had switched the light off."""

    at: float
    outline: Outline
    position_s: float
    left_s: float
    fade_s: float
    light_on: bool = True


Gesture = Press | SecondPress | Hold | Turn | Push | PushTurn
GESTURE_NAMES: dict[type[Gesture], str] = {
    Press: "press",
    SecondPress: "second press",
    Hold: "hold",
    Turn: "turn",
    Push: "push",
    PushTurn: "push and turn",
}
Event = (
    Gesture
    | Tick
    | Loaded
    | Refused
    | Tied
    | SoundFound
    | NobodyTurned
    | Shutdown
    | Reconfigured
    | PowerReturned
)


# -- effects ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """Find this programme and answer with Loaded or Refused."""

    id: str


@dataclass(frozen=True, slots=True)
class StartSound:
    """Play `id` from `position_s`, rising from silence; whatever else plays fades out. When it
    `announces`, its title is said softly to whoever is choosing. `rise_s`: how long the rise
    takes at least; 0 is as fast as 6 dB/s allows."""

    id: str
    position_s: float
    announces: bool = False
    rise_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StopSound:
    """Fade everything out within `seconds` (a raised cosine), then digital silence."""

    seconds: float


@dataclass(frozen=True, slots=True)
class SetVolume:
    """The level that the sound shall have from now on, in dB under full scale."""

    db: float
    over_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WindDown:
    """Fade, linear in dB, from `began_at` so that silence is reached at `ends_at`."""

    began_at: float
    ends_at: float


@dataclass(frozen=True, slots=True)
class NotYet:
    """Undo a wind-down within `seconds` (or as long as 6 dB/s needs)."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Remember:
    """The state changed in a way that outlives the power; `soon` within seconds."""

    soon: bool


Effect = Load | StartSound | StopSound | SetVolume | WindDown | NotYet | Remember | Entry
