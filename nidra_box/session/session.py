"""The state of a session, and what can be computed from it at any time. Pure.

A session is frozen; `transitions.step` makes the next one. A running timer is an
absolute `ends_at`, a paused one is `remaining_s`, never both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from nidra_box.session.events import Effect, Outline, Phase, Place, Settings
from nidra_box.session.volume import NIGHT_CEILING_LEAD_S, ceiling, clamp

NOT_YET_S = 3.0
BACK_ON_RESUME_S = 5.0
COMFORT_S = 120.0
GLOW_S = 3.0
RETURN_RISE_S = 45.0
"""[D] The rise of sound and light after a power cut: slow, so as not to wake anyone. (A start by
hand takes about five seconds.)"""
JUST_STARTED_S = 60.0
"""[D] A second press within this time after a start still means choosing a programme."""
MIN_BRIGHTNESS, MAX_BRIGHTNESS, BRIGHTNESS_STEP = 10.0, 100.0, 5.0
FOREVER = float("inf")
ROUNDING_S = 1e-6
"""Without it a rounding error at a stage's edge could leave the night ceiling off all night."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a programme was left; valid until `until`."""

    id: str
    position_s: float
    until: float


@dataclass(frozen=True, slots=True)
class Span:
    """A period on the box's clock."""

    began_at: float
    ends_at: float


@dataclass(frozen=True, slots=True)
class Glow:
    """A dim light that shows a setting as `share`, 0 to 1."""

    share: float
    ends_at: float


@dataclass(frozen=True, slots=True)
class Sign:
    """The lamp's answer to a stick: two slow breaths for `well`, else one steady glow."""

    well: bool
    began_at: float
    ends_at: float


MOST_PLACES = 200

NO_TURNS = (0.0, -math.inf)
"""`Session.before_turns` when there is nothing to undo."""


@dataclass(frozen=True, slots=True)
class Session:
    """Everything that is kept between two events.

    `position_s` is the position in the programme at `since`; it advances while playing or
    winding down. `sounding_db` is the level last sent to the sound.
    `pressed_in` is the place at the last press: a hold or a second press is looked up there.
    `before_push` is the light (on, comfort) before the last push, `before_turns` the volume
    before a run of turns and the time of its last turn.
    `places`: where recordings were left, the last one last; `resume` comes first.
    `returned_at`: since when it plays after a power cut; None from the next gesture on.
    `touched_at` is the last gesture, `idle_since` when the box last became idle.
    """

    settings: Settings
    chosen: str
    phase: Phase = Phase.IDLE
    outline: Outline | None = None
    position_s: float = 0.0
    since: float = 0.0
    wanted: str = ""
    wanted_from_s: float = 0.0
    wanted_announces: bool = False
    started_at: float = -math.inf
    refusals: int = 0
    volume_db: float = -20.0
    sounding_db: float | None = None
    ends_at: float | None = None
    remaining_s: float | None = None
    fade_s: float = 0.0
    faded_from_s: float = 0.0
    light_on: bool = True
    before_push: tuple[bool, Span | None] = (True, None)
    before_turns: tuple[float, float] = NO_TURNS
    brightness: float = MAX_BRIGHTNESS
    comfort: Span | None = None
    glow: Glow | None = None
    pressed_in: Place = Place.IDLE
    resume: Resume | None = None
    places: tuple[Resume, ...] = ()
    returned_at: float | None = None
    touched_at: float = -math.inf
    idle_since: float = -math.inf
    sign: Sign | None = None

    def __post_init__(self) -> None:
        """The volume is within the settings' scale, whoever sets either."""
        volume = clamp(self.volume_db, self.settings.floor_db, self.settings.ceiling_db)
        object.__setattr__(self, "volume_db", volume)

    # -- what follows ---------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        return self.phase in (Phase.PLAYING, Phase.WINDING_DOWN)

    def position(self, at: float) -> float:
        """The position in the programme at `at`, in seconds; slightly negative until the first
        sound reaches the loudspeaker."""
        if not self.is_running:
            return self.position_s
        return self.position_s + (at - self.since)

    def place(self, at: float) -> Place:
        """Where gestures at `at` are looked up."""
        if self.phase is Phase.PLAYING and self.sleeps(at):
            return Place.SLEEPING
        return Place(self.phase.value)

    def sleeps(self, at: float) -> bool:
        """Whether a running programme is in one of its sleep stages."""
        return (
            self.is_running
            and self.outline is not None
            and self.outline.sleeps_at(self.position(at) + ROUNDING_S)
        )

    def sleeps_soon(self, at: float) -> bool:
        """Whether the night ceiling applies: in a sleep stage, or shortly before one."""
        if not self.is_running or self.outline is None:
            return False
        position = self.position(at) + ROUNDING_S
        return any(
            span.start_s - NIGHT_CEILING_LEAD_S <= position < span.end_s
            for span in self.outline.sleep
        )

    def target_db(self, at: float) -> float:
        """The volume, limited by the ceiling in force at `at`."""
        return min(self.volume_db, ceiling(self.settings, self.sleeps_soon(at)))

    def wind_down(self) -> Span | None:
        """The sleep timer's fade, begun or not; None without a timer."""
        if self.ends_at is None:
            return None
        return Span(self.ends_at - self.fade_s, self.ends_at)

    @property
    def pause_ends_at(self) -> float:
        """When a pause ends the session; not before its fade-out is over."""
        return self.since + max(self.settings.resume_within_s, self.settings.pause_s)

    def programme_ends_at(self) -> float | None:
        if not self.is_running or self.outline is None:
            return None
        return self.since + (self.outline.duration_s - self.position_s)

    def next_deadline(self, at: float) -> float | None:
        """When a Tick changes something next; None if only a gesture can."""
        times: list[float] = []
        if self.is_running and self.outline is not None:
            offset = self.since - self.position_s
            times.append(offset + self.outline.duration_s)
            for span in self.outline.sleep:
                times += [
                    offset + span.start_s - NIGHT_CEILING_LEAD_S,
                    offset + span.start_s,
                    offset + span.end_s,
                ]
        span_now = self.wind_down()
        if span_now is not None:
            times += [span_now.began_at, span_now.ends_at]
        if self.phase is Phase.PAUSED:
            times.append(self.pause_ends_at)
        for lit in (self.comfort, self.glow, self.sign):
            if lit is not None:
                times.append(lit.ends_at)
        return min((t for t in times if t > at + 1e-9), default=None)


def with_place(session: Session, programme: str, position_s: float) -> Session:
    """The place of a recording is `position_s` from now on; 0 is none."""
    places = [place for place in session.places if place.id != programme]
    if position_s > 0.0:
        places.append(Resume(programme, position_s, FOREVER))
    return replace(session, places=tuple(places[-MOST_PLACES:]))


Step = tuple[Session, list[Effect]]
"""The session after an event, and its effects in order."""
