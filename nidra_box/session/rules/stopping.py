"""Handlers that pause, go on, stop and end a night, and those of Tick."""

from __future__ import annotations

from dataclasses import replace

from nidra_box.diary import entries
from nidra_box.session import events as e
from nidra_box.session.events import Phase
from nidra_box.session.session import (
    BACK_ON_RESUME_S,
    FOREVER,
    NOT_YET_S,
    Resume,
    Session,
    Step,
    with_place,
)


def pause(session: Session, event: e.Press | e.SecondPress) -> Step:
    remaining = None if session.ends_at is None else session.ends_at - event.at
    position = max(0.0, session.position(event.at))
    paused = replace(
        session,
        phase=Phase.PAUSED,
        wanted="",
        position_s=position,
        since=event.at,
        ends_at=None,
        remaining_s=remaining,
        comfort=None,
    )
    note = entries.Paused(round(position, 3))
    return paused, [e.StopSound(session.settings.pause_s), e.Remember(soon=False), note]


def go_on(session: Session, event: e.Press | e.SecondPress) -> Step:
    assert session.outline is not None
    position = max(0.0, session.position_s - BACK_ON_RESUME_S)
    ends_at = None if session.remaining_s is None else event.at + session.remaining_s
    running = replace(
        session,
        phase=Phase.PLAYING,
        position_s=position,
        since=event.at,
        ends_at=ends_at,
        remaining_s=None,
    )
    note = entries.GoneOn(round(position, 3))
    return running, [e.StartSound(session.outline.id, position), e.Remember(soon=False), note]


def stop(session: Session, event: e.Hold) -> Step:
    return end(session, event.at, session.settings.stop_s, entries.Stopped)


def shutdown(session: Session, event: e.Shutdown) -> Step:
    """Fade everything out and keep a resume point."""
    outline, position = session.outline, max(0.0, session.position(event.at))
    session, effects = end(session, event.at, session.settings.stop_s, entries.ShutDown)
    if outline is not None:
        until = event.at + session.settings.resume_within_s
        session = replace(session, resume=Resume(outline.id, position, until))
    return session, effects


def end(session: Session, at: float, fade_s: float, how: type[entries.Ended]) -> Step:
    """Back to idle, silent and dark. A recording keeps a resume point."""
    outline, position = session.outline, max(0.0, session.position(at))
    resume = session.resume
    finished = outline is not None and position >= outline.duration_s - outline.fades_s
    if outline is not None:
        resume = None
    if outline is not None and outline.keeps_place:
        place = session.faded_from_s if session.phase is Phase.WINDING_DOWN else position
        resume = None if finished else Resume(outline.id, place, FOREVER)
        session = with_place(session, outline.id, 0.0 if finished else place)
    idle = replace(
        session,
        phase=Phase.IDLE,
        outline=None,
        wanted="",
        position_s=0.0,
        since=at,
        ends_at=None,
        remaining_s=None,
        comfort=None,
        glow=None,
        light_on=True,
        resume=resume,
        returned_at=None,
    )
    note = how(outline.id if outline else "", round(position, 3))
    return idle, [e.StopSound(fade_s), e.Remember(soon=False), note]


def tick_running(session: Session, event: e.Tick) -> Step:
    at = event.at
    session = _expire_lights(session, at)
    ends_at = session.programme_ends_at()
    if ends_at is not None and at >= ends_at - 1e-9:
        return end(session, at, session.settings.stop_s, entries.ProgrammeEnded)
    span = session.wind_down()
    if span is None:
        return session, []
    if at >= span.ends_at - 1e-9:
        return end(session, at, 0.0, entries.TimerEnded)
    if session.phase is Phase.PLAYING and at >= span.began_at - 1e-9:
        session = replace(
            session, phase=Phase.WINDING_DOWN, faded_from_s=session.position(at), comfort=None
        )
        return session, [
            e.WindDown(span.began_at, span.ends_at),
            entries.WindingDown(round(span.ends_at - at, 3)),
        ]
    return session, []


def tick_still(session: Session, event: e.Tick) -> Step:
    session = _expire_lights(session, event.at)
    if session.phase is Phase.PAUSED and event.at >= session.pause_ends_at - 1e-9:
        return end(session, event.at, 0.0, entries.PausedTooLong)
    return session, []


def _expire_lights(session: Session, at: float) -> Session:
    if session.comfort is not None and at >= session.comfort.ends_at:
        session = replace(session, comfort=None)
    if session.glow is not None and at >= session.glow.ends_at:
        session = replace(session, glow=None)
    if session.sign is not None and at >= session.sign.ends_at:
        session = replace(session, sign=None)
    return session


def not_yet(session: Session, event: e.Press | e.Turn) -> Step:
    """The sleeper is still awake: bring the sound back and extend the timer."""
    more = session.settings.not_yet_s
    running = replace(
        session,
        phase=Phase.PLAYING,
        ends_at=event.at + more,
        fade_s=min(session.settings.wind_down_s, more / 2),
        position_s=session.position(event.at),
        since=event.at,
    )
    note = entries.NotYet(more)
    return running, [e.NotYet(NOT_YET_S), e.Remember(soon=True), note]
