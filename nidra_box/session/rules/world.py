"""Handlers of events that are no gesture: sound card, power, new settings."""

from __future__ import annotations

from dataclasses import replace

from nidra_box.diary import entries
from nidra_box.session import events as e
from nidra_box.session.events import Effect, Phase
from nidra_box.session.rules.starting import started
from nidra_box.session.rules.stopping import end
from nidra_box.session.session import (
    NO_TURNS,
    RETURN_RISE_S,
    Session,
    Sign,
    Step,
    with_place,
)
from nidra_box.session.volume import clamp, start_level

TOUCHED_BEFORE_S = 600.0
"""A stick is answered if the box was touched less than this before it was put in."""
SIGN_WITHIN_S = 600.0
"""[D] Later nobody looks at the lamp for an answer, and may be asleep."""
SIGN_WELL_S, SIGN_LOOK_S = 12.0, 5.0
"""Two breaths of 6 s; one steady glow."""


def tied(session: Session, event: e.Tied) -> Step:
    return replace(session, position_s=event.position_s, since=event.at), []


def sound_found(session: Session, event: e.SoundFound) -> Step:
    """Start the sound on the new card at the current position."""
    session = replace(session, sounding_db=None)
    if not session.is_running or session.outline is None:
        return session, []
    position = max(0.0, session.position(event.at))
    return session, _sound_from(session, position)


def sound_broke(session: Session, event: e.SoundBroke) -> Step:
    """Fade out what is left, then idle and dark. No place is kept: it lies behind the break."""
    fade_s = min(session.settings.stop_s, max(event.left_s, 0.0))
    broken = "" if session.outline is None else session.outline.id
    session, effects = end(session, event.at, fade_s, entries.BrokeOff)
    return replace(with_place(session, broken, 0.0), resume=None), effects


def _sound_from(session: Session, position_s: float) -> list[Effect]:
    """Effects that bring a newly opened card to the current state."""
    assert session.outline is not None
    rise_s = 0.0 if session.returned_at is None else RETURN_RISE_S
    effects: list[Effect] = [e.StartSound(session.outline.id, position_s, rise_s=rise_s)]
    span = session.wind_down()
    if session.phase is Phase.WINDING_DOWN and span is not None:
        effects.append(e.WindDown(span.began_at, span.ends_at))
    return effects


def power_returned(session: Session, event: e.PowerReturned) -> Step:
    """Resume without a gesture: rise slowly, and continue a wind-down where it was."""
    outline, at, settings = event.outline, event.at, session.settings
    fade_s = clamp(event.fade_s, 0.0, settings.wind_down_s)
    winds_down = event.left_s <= fade_s
    session = replace(
        session,
        phase=Phase.WINDING_DOWN if winds_down else Phase.PLAYING,
        outline=outline,
        position_s=event.position_s,
        since=at,
        volume_db=start_level(settings, session.volume_db),
        before_turns=NO_TURNS,
        ends_at=at + min(event.left_s, settings.longest_s),
        fade_s=fade_s,
        faded_from_s=max(0.0, event.position_s - (fade_s - event.left_s)),
        light_on=event.light_on,
        resume=None,
        returned_at=at,
    )
    effects = _sound_from(session, event.position_s)
    effects += [e.Remember(soon=False), started(session, outline, event.position_s, at)]
    if winds_down:
        effects.append(entries.WindingDown(round(event.left_s, 3)))
    return session, effects


def circle_changed(session: Session, event: e.CircleChanged) -> Step:
    """What plays goes on; what was kept or wanted under an old name is found under the new one."""
    moved, resume = dict(event.moved), session.resume
    if resume is not None and resume.id in moved:
        resume = replace(resume, id=moved[resume.id])
    after = replace(
        session,
        settings=replace(session.settings, programmes=event.programmes),
        chosen=event.chosen,
        wanted=moved.get(session.wanted, session.wanted),
        resume=resume,
        places=tuple(replace(p, id=moved.get(p.id, p.id)) for p in session.places),
    )
    kept = (after.chosen, after.resume) == (session.chosen, session.resume)
    return after, [] if kept else [e.Remember(soon=True)]


def stick_taken(session: Session, event: e.StickTaken) -> Step:
    """The lamp says so to whoever still stands there: the box was idle, and had been touched a
    short while ago, when the stick was put in. Nobody else is shown a light of the box's own."""
    put_in_at = event.put_in_at
    awake = 0.0 <= put_in_at - session.touched_at < TOUCHED_BEFORE_S
    there = 0.0 <= event.at - put_in_at < SIGN_WITHIN_S
    if not (awake and there and session.idle_since < put_in_at):
        return session, []
    sign = Sign(event.well, event.at, event.at + (SIGN_WELL_S if event.well else SIGN_LOOK_S))
    return replace(session, sign=sign), []


def reconfigured(session: Session, event: e.Reconfigured) -> Step:
    settings = event.settings
    chosen = session.chosen
    if settings.programmes and chosen not in settings.programmes:
        chosen = settings.programmes[0]
    return replace(session, settings=settings, chosen=chosen), []
