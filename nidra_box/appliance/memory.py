"""What of a session outlives the power, and what a box makes of it when it starts. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from nidra_box.hardware.ports import Clock
from nidra_box.library.record import is_id
from nidra_box.library.recordings import is_recording
from nidra_box.session.session import MAX_BRIGHTNESS, MIN_BRIGHTNESS, Resume, Session
from nidra_box.session.volume import clamp

MOST_HEARD = 200
"""The state file is written on an SD card every five minutes of a night: 30 kB at most."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A programme that was played: how often, when last (wall clock; 0 where nobody knew), and
    where it was left if it keeps its place."""

    id: str
    plays: int = 0
    last_played: float = 0.0
    place_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Memory:
    """The remembered state. Positions in seconds of the programme `playing`, which is offered
    for good if it `keeps_place`; `saved_*` say when, on the clocks of that moment. Of a session
    that `was_playing` just then: how long its timer had left, how long the timer's fade is, and
    whether the light was on."""

    volume_db: float = -20.0
    brightness: float = 100.0
    chosen: str = ""
    playing: str = ""
    position_s: float = 0.0
    keeps_place: bool = False
    saved_boot: str = ""
    saved_at: float = 0.0
    saved_wall: float = 0.0
    was_playing: bool = False
    timer_left_s: float = 0.0
    fade_s: float = 0.0
    light_on: bool = True
    heard: tuple[Heard, ...] = ()
    """What was played, the last one last."""

    def age_s(self, boot: str, at: float, wall: float) -> float | None:
        """Seconds since it was saved; None when nobody can tell (the power was off and the
        wall clock does not know either)."""
        if self.saved_boot and self.saved_boot == boot:
            return max(0.0, at - self.saved_at)
        age = wall - self.saved_wall
        return age if age >= 0.0 and self.saved_wall > 0.0 else None


def memory_of(session: Session, now: float, clock: Clock) -> Memory:
    """What to remember of `session` at `now`."""
    playing, position, keeps_place = "", 0.0, False
    if session.outline is not None:
        playing, position = session.outline.id, max(0.0, session.position(now))
        keeps_place = session.outline.keeps_place
    elif session.resume is not None:
        playing, position = session.resume.id, session.resume.position_s
        keeps_place = session.resume.until == math.inf
    return Memory(
        volume_db=session.volume_db,
        brightness=session.brightness,
        chosen=session.chosen,
        playing=playing,
        position_s=position,
        keeps_place=keeps_place,
        saved_boot=clock.boot(),
        saved_at=now,
        saved_wall=clock.wall(),
        was_playing=session.is_running,
        timer_left_s=0.0 if session.ends_at is None else session.ends_at - now,
        fade_s=session.fade_s,
        light_on=session.light_on,
    )


def heard_after(
    heard: tuple[Heard, ...], session: Session, now: float, begun: bool, wall: float
) -> tuple[Heard, ...]:
    """`heard` by now; `begun`: what plays has not been counted yet. A file of the library that
    was not taken in has no id yet, and is not remembered."""
    found = {each.id: each for each in heard}
    places = {place.id: place.position_s for place in session.places}
    outline = session.outline
    if outline is not None and not is_recording(outline.id):
        if outline.keeps_place:
            places[outline.id] = max(0.0, session.position(now))
        was = found.pop(outline.id, Heard(outline.id))
        if begun:
            was = replace(was, plays=was.plays + 1, last_played=max(0.0, wall))
        found[outline.id] = was
    for programme in [name for name in places if name not in found and not is_recording(name)]:
        found[programme] = Heard(programme)
    after = [replace(each, place_s=places.get(each.id, 0.0)) for each in found.values()]
    return tuple(after[-MOST_HEARD:])


def recall(session: Session, memory: Memory, now: float, clock: Clock) -> Session:
    """An idle session that takes up `memory`: levels within the present limits, and a place
    to go on from if it is known to be recent (or is a recording's)."""
    if memory == Memory():
        return session  # nothing was ever saved
    settings = session.settings
    session = replace(
        session,
        volume_db=memory.volume_db,
        brightness=clamp(memory.brightness, MIN_BRIGHTNESS, MAX_BRIGHTNESS),
    )
    if memory.chosen in settings.programmes or _may_be_a_recording(memory.chosen):
        session = replace(session, chosen=memory.chosen)
    age = memory.age_s(clock.boot(), now, clock.wall())
    until = -math.inf if age is None else now + settings.resume_within_s - age
    if memory.keeps_place:
        until = math.inf
    session = replace(
        session,
        places=tuple(Resume(h.id, h.place_s, math.inf) for h in memory.heard if h.place_s > 0.0),
    )
    if memory.playing and until >= now:
        return replace(session, resume=Resume(memory.playing, memory.position_s, until))
    return session


def _may_be_a_recording(chosen: str) -> bool:
    """They are looked for once the box is ready; until then the chosen one stays."""
    return is_id(chosen) or is_recording(chosen)
