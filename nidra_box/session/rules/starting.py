"""Handlers that choose, load and start a programme."""

from __future__ import annotations

from dataclasses import replace

from nidra_box.diary import entries
from nidra_box.session import events as e
from nidra_box.session.events import Effect, Event, Outline, Phase, Place
from nidra_box.session.rules.stopping import end, go_on, pause
from nidra_box.session.rules.touch import comfort_light
from nidra_box.session.session import (
    BACK_ON_RESUME_S,
    GLOW_S,
    JUST_STARTED_S,
    NO_TURNS,
    Glow,
    Session,
    Step,
    with_place,
)
from nidra_box.session.volume import start_level


def first_second(session: Session, at: float) -> float:
    """Where a press while idle starts the chosen programme, in seconds."""
    resume = session.resume
    if resume is not None and resume.id == session.chosen and at <= resume.until:
        return max(0.0, resume.position_s - BACK_ON_RESUME_S)
    place_s = next(
        (place.position_s for place in session.places if place.id == session.chosen), 0.0
    )
    return max(0.0, place_s - BACK_ON_RESUME_S)


def following(session: Session) -> str:
    """The programme that a second press starts; empty if there is none."""
    programmes = session.settings.programmes
    if not programmes:
        return ""
    current = session.wanted or (session.outline.id if session.outline else session.chosen)
    if current not in programmes:
        current = session.chosen
    index = programmes.index(current) if current in programmes else -1
    return programmes[(index + 1) % len(programmes)]


def press_idle(session: Session, event: e.Press) -> Step:
    return _request(session, session.chosen, first_second(session, event.at))


def next_programme(session: Session, event: Event) -> Step:
    following_id = following(session)
    if not following_id:
        return session, []
    # Titles are spoken to somebody who is choosing, never into a running night.
    choosing = session.pressed_in is Place.IDLE or event.at - session.started_at <= JUST_STARTED_S
    session = replace(session, chosen=following_id)
    session, effects = _request(session, following_id, announces=choosing)
    return session, [*effects, e.Remember(soon=True)]


def second_press_playing(session: Session, event: e.SecondPress) -> Step:
    """Soon after a start it chooses the next programme. Later it is a press like any other (pause,
    go on, …): a shaking hand must not lose the night."""
    if event.at - session.started_at <= JUST_STARTED_S:
        return next_programme(session, event)
    press = {Place.PLAYING: pause, Place.PAUSED: go_on}.get(session.place(event.at))
    return press(session, event) if press else (session, [])


def light_only(session: Session, event: e.Hold) -> Step:
    return _request(session, session.settings.hold_programme)


def _request(
    session: Session,
    programme: str,
    from_s: float = 0.0,
    refusals: int = 0,
    announces: bool = False,
) -> Step:
    wanted = replace(
        session,
        wanted=programme,
        wanted_from_s=from_s,
        wanted_announces=announces,
        refusals=refusals,
    )
    return wanted, [e.Load(programme)]


def loaded(session: Session, event: e.Loaded) -> Step:
    if event.outline.id != session.wanted:
        return session, []
    settings, outline, at = session.settings, event.outline, event.at
    volume = session.volume_db
    if session.phase is Phase.IDLE:
        volume = start_level(settings, volume)
    from_s = session.wanted_from_s
    if from_s >= outline.duration_s:
        from_s = 0.0
    lasts = settings.timer_s or settings.longest_s
    session = replace(
        _left(session, at),
        phase=Phase.PLAYING,
        outline=outline,
        position_s=from_s,
        since=at,
        started_at=at,
        wanted="",
        refusals=0,
        volume_db=volume,
        before_turns=NO_TURNS,
        ends_at=at + lasts,
        remaining_s=None,
        fade_s=min(settings.wind_down_s, lasts / 2),
        light_on=True,
        comfort=None,
        resume=None,
    )
    lit: list[Effect] = []
    if outline.sleeps_at(from_s):  # resumed in the dark: the light confirms the press
        session, lit = comfort_light(session, at)
    note = started(session, outline, from_s, at)
    announces = session.wanted_announces and not outline.sleeps_at(from_s)
    start = e.StartSound(outline.id, from_s, announces)
    return session, [start, e.Remember(soon=False), note, *lit]


def _left(session: Session, at: float) -> Session:
    """A recording that another programme takes the place of keeps its own, unless it was only
    stepped through."""
    outline = session.outline
    if outline is None or not outline.keeps_place or at - session.started_at <= JUST_STARTED_S:
        return session
    return with_place(session, outline.id, session.position(at))


def started(session: Session, outline: Outline, from_s: float, at: float) -> entries.Started:
    """The diary entry of a start."""
    volume_db, timer_s = round(session.target_db(at), 2), session.settings.timer_s
    return entries.Started(outline.id, outline.title, round(from_s, 3), volume_db, timer_s)


def fetching(session: Session, event: e.Fetching) -> Step:
    """Its disk is asleep. The lamp shows that the press was felt; what plays goes on meanwhile."""
    if event.id != session.wanted:
        return session, []
    if session.phase is Phase.IDLE:
        session = replace(session, glow=Glow(0.0, event.at + GLOW_S))
    return session, [entries.Fetching(event.id)]


def refused(session: Session, event: e.Refused) -> Step:
    """Skip a broken programme; when all are broken, fade out and end."""
    if event.id != session.wanted:
        return session, []
    note = entries.Refused(event.id, event.reason)
    programmes = session.settings.programmes
    in_circle = event.id in programmes
    refusals = session.refusals + in_circle
    if refusals < len(programmes) and (in_circle or event.id == session.chosen):
        index = programmes.index(event.id) if in_circle else -1
        after = programmes[(index + 1) % len(programmes)]
        announces = session.wanted_announces
        session, effects = _request(session, after, refusals=refusals, announces=announces)
        return session, [note, *effects]
    session = replace(session, wanted="", refusals=0)
    if session.phase is Phase.IDLE:
        return session, [note]
    session, effects = end(session, event.at, session.settings.stop_s, entries.NothingToPlay)
    return session, [note, *effects]
