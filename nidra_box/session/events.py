"""The events that a session receives and the effects that it returns. Frozen values only; every
event carries `at`: seconds on the box's one monotonic clock."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from nidra_box.diary.entries import Entry

if TYPE_CHECKING:  # signals are caught before numpy is loaded
    from nidra_box.score.score import Score


class Phase(StrEnum):
    IDLE = "idle"
    PLAYING = "playing"
    PAUSED = "paused"
    WINDING_DOWN = "winding down"


class Place(StrEnum):
    """The phase for gestures: during a sleep stage they act differently than while playing."""

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
    """What a session needs to know of a programme."""

    id: str
    title: str
    duration_s: float
    sleep: tuple[SleepSpan, ...] = ()
    keeps_place: bool = False
    """Whether the next press after a stop resumes (a recording) or starts from the beginning."""
    fades_s: float = 1.0
    """The last of it, which is no place to go on at: it fades there."""
    score: Score | None = field(default=None, compare=False, repr=False)
    """Sound and light. The session passes it on without reading it."""

    def sleeps_at(self, position_s: float) -> bool:
        return any(span.start_s <= position_s < span.end_s for span in self.sleep)


# -- settings -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings of a session. dB relative to full scale, seconds."""

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
    """The button went down again within 0.35 s of its last press."""

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


# -- events: all others --------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Tick:
    """`Session.next_deadline` was reached."""

    at: float


@dataclass(frozen=True, slots=True)
class Loaded:
    """The programme of a Load can be played."""

    at: float
    outline: Outline


@dataclass(frozen=True, slots=True)
class Fetching:
    """The programme of a Load is still being read from its disk; its Loaded or Refused comes
    later."""

    at: float
    id: str


@dataclass(frozen=True, slots=True)
class Refused:
    """The programme of a Load cannot be played."""

    at: float
    id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Tied:
    """The sound reports its position: `position_s` is heard at `at`."""

    at: float
    position_s: float


@dataclass(frozen=True, slots=True)
class SoundFound:
    """A sound card was opened (again) and is still silent."""

    at: float


@dataclass(frozen=True, slots=True)
class SoundBroke:
    """The recording that plays cannot be read any more, and there is nothing besides it: what is
    left of it lasts for `left_s`."""

    at: float
    left_s: float


@dataclass(frozen=True, slots=True)
class NobodyTurned:
    """The last turns were not made by hand: the knob's lines float."""

    at: float


@dataclass(frozen=True, slots=True)
class Shutdown:
    """SIGTERM: the box must stop."""

    at: float


@dataclass(frozen=True, slots=True)
class Reconfigured:
    """SIGHUP: new settings."""

    at: float
    settings: Settings


@dataclass(frozen=True, slots=True)
class CircleChanged:
    """Recordings came or went. `programmes` is the list of the second press from now on, `chosen`
    what a press plays; `moved` are (old id, new id) of what is called otherwise now."""

    at: float
    programmes: tuple[str, ...]
    chosen: str
    moved: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class StickTaken:
    """What was on a stick, put in at `put_in_at`, is taken in; `well`: all of it can be played."""

    at: float
    put_in_at: float
    well: bool


@dataclass(frozen=True, slots=True)
class PowerReturned:
    """Resume by itself after a power cut, as the settings ask. `left_s` is what remains of the
    sleep timer, `fade_s` the length of its fade."""

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
    | Fetching
    | Refused
    | Tied
    | SoundFound
    | SoundBroke
    | NobodyTurned
    | Shutdown
    | Reconfigured
    | CircleChanged
    | StickTaken
    | PowerReturned
)


# -- effects ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Load:
    """Load this programme; the answer is Loaded or Refused, at once or after Fetching."""

    id: str


@dataclass(frozen=True, slots=True)
class StartSound:
    """Play `id` from `position_s`, rising from silence; all other sound fades out. `announces`:
    speak the title. `rise_s`: the shortest rise; 0 is as fast as 6 dB/s allows."""

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
    """Change the level to `db` (relative to full scale) within `over_s`."""

    db: float
    over_s: float = 0.0


@dataclass(frozen=True, slots=True)
class WindDown:
    """Fade to silence, linear in dB, from `began_at` to `ends_at`."""

    began_at: float
    ends_at: float


@dataclass(frozen=True, slots=True)
class NotYet:
    """Undo a wind-down within `seconds`, or longer if 6 dB/s needs it."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Remember:
    """Save the state: at once, or within seconds if `soon`."""

    soon: bool


Effect = Load | StartSound | StopSound | SetVolume | WindDown | NotYet | Remember | Entry
