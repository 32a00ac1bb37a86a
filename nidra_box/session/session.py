"""The state of one use of the box, and what follows from it at any time. Pure.

A session is frozen; `transitions.step` makes the next one. A running timer is an
absolute `ends_at`, a paused one is `remaining_s`, never both.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from nidra_box.session.events import Effect, Outline, Phase, Place, Settings
from nidra_box.session.volume import NIGHT_CEILING_LEAD_S, ceiling, clamp

NOT_YET_S = 3.0
BACK_ON_RESUME_S = 5.0
COMFORT_S = 120.0
GLOW_S = 3.0
RETURN_RISE_S = 45.0
"""[D] So slowly sound and light come back by themselves after a power cut: whoever sleeps, sleeps
on. (A hand's own start takes five seconds or so.)"""
JUST_STARTED_S = 60.0
"""[D] So long after a start somebody who moves on is still choosing, and awake."""
MIN_BRIGHTNESS, MAX_BRIGHTNESS, BRIGHTNESS_STEP = 10.0, 100.0, 5.0
FOREVER = float("inf")
ROUNDING_S = 1e-6
"""A deadline computed from a position comes back as a position a rounding error away; the
ceiling of a whole night must not hang on that."""


@dataclass(frozen=True, slots=True)
class Resume:
    """Where a programme was left; not offered any more after `until`."""

    id: str
    position_s: float
    until: float


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time on the box's clock."""

    began_at: float
    ends_at: float


@dataclass(frozen=True, slots=True)
class Glow:
    """A dim light that says how far something is turned up: `share` from 0 to 1."""

    share: float
    ends_at: float


NO_TURNS = (0.0, -math.inf)
"""`Session.before_turns` where there is nothing to take back."""


@dataclass(frozen=True, slots=True)
class Session:
    """Everything that is remembered between two events.

    `position_s` is the second of the programme reached at `since`; it runs on while the
    phase is playing or winding down. `sounding_db` is the level last asked of the sound.
    `pressed_in` is where the hand was before the press that a hold or a second press
    refines, `before_push` the light (on, comfort) before the push that a turn refines,
    `before_turns` the volume before the turns that followed close on each other, and when
    the last of them was.
    `returned_at`: since when it plays by itself after a power cut, until a hand does anything.
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
    returned_at: float | None = None

    def __post_init__(self) -> None:
        """The volume is within the settings' scale, whoever sets either."""
        volume = clamp(self.volume_db, self.settings.floor_db, self.settings.ceiling_db)
        object.__setattr__(self, "volume_db", volume)

    # -- what follows ---------------------------------------------------------------

    @property
    def is_running(self) -> bool:
        return self.phase in (Phase.PLAYING, Phase.WINDING_DOWN)

    def position(self, at: float) -> float:
        """The second of the programme at `at`; may be slightly negative while the first
        sound is still on its way to the loudspeaker."""
        if not self.is_running:
            return self.position_s
        return self.position_s + (at - self.since)

    def place(self, at: float) -> Place:
        """The phase as the hand sees it."""
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
        """The level that may sound now: the person's volume under the ceiling that holds."""
        return min(self.volume_db, ceiling(self.settings, self.sleeps_soon(at)))

    def wind_down(self) -> Span | None:
        """The sleep timer's fade, whether it runs already or not; None without a timer."""
        if self.ends_at is None:
            return None
        return Span(self.ends_at - self.fade_s, self.ends_at)

    @property
    def pause_ends_at(self) -> float:
        """When a pause is the end of the night: not before its own fade is over."""
        return self.since + max(self.settings.resume_within_s, self.settings.pause_s)

    def programme_ends_at(self) -> float | None:
        if not self.is_running or self.outline is None:
            return None
        return self.since + (self.outline.duration_s - self.position_s)

    def next_deadline(self, at: float) -> float | None:
        """The next time at which a Tick changes something; None if only a hand can."""
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
        for lit in (self.comfort, self.glow):
            if lit is not None:
                times.append(lit.ends_at)
        return min((t for t in times if t > at + 1e-9), default=None)


Step = tuple[Session, list[Effect]]
"""The session after an event, and what shall be done, in order."""
