"""Handlers of the knob and the light: volume, glow, comfort light, brightness."""

from __future__ import annotations

from dataclasses import replace

from nidra_box.diary import entries
from nidra_box.session import events as e
from nidra_box.session.events import Effect, Place
from nidra_box.session.rules.stopping import not_yet
from nidra_box.session.session import (
    BRIGHTNESS_STEP,
    COMFORT_S,
    GLOW_S,
    MAX_BRIGHTNESS,
    MIN_BRIGHTNESS,
    NO_TURNS,
    Glow,
    Session,
    Span,
    Step,
)
from nidra_box.session.volume import clamp, turned

TURNS_APART_S = 1.0
"""[D] Turns closer than this are one run."""


def turn(session: Session, event: e.Turn) -> Step:
    asleep = session.sleeps_soon(event.at)
    before, last_at = session.before_turns
    if event.at - last_at > TURNS_APART_S:
        before = session.volume_db
    volume = turned(session.settings, session.volume_db, event.steps, asleep)
    session = replace(session, volume_db=volume, before_turns=(before, event.at))
    return _report_volume(session, event.at)


def _report_volume(session: Session, at: float) -> Step:
    heard = round(session.target_db(at), 2)
    return session, [e.Remember(soon=True), entries.VolumeChanged(heard)]


def nobody_turned(session: Session, event: e.NobodyTurned) -> Step:
    """Restore the volume from before the floating lines changed it."""
    before, last_at = session.before_turns
    if event.at - last_at > TURNS_APART_S or before == session.volume_db:
        return session, []
    session = replace(session, volume_db=before, before_turns=NO_TURNS)
    return _report_volume(session, event.at)


def turn_idle(session: Session, event: e.Turn) -> Step:
    session, effects = turn(session, event)
    settings = session.settings
    room_db = settings.ceiling_db - settings.floor_db
    share = (session.volume_db - settings.floor_db) / room_db if room_db > 0.0 else 1.0
    return replace(session, glow=Glow(share, event.at + GLOW_S)), effects


def turn_asleep(session: Session, event: e.Turn) -> Step:
    if session.settings.night_lock:
        return session, [entries.Locked("turn")]
    return turn(session, event)


def turn_winding(session: Session, event: e.Turn) -> Step:
    session, effects = turn(session, event)
    if event.steps <= 0:
        return session, effects
    session, more = not_yet(session, event)
    return session, effects + more


def press_asleep(session: Session, event: e.Press) -> Step:
    return comfort_light(session, event.at)


def comfort_light(session: Session, at: float) -> Step:
    """Two minutes of red light; the sound goes on."""
    lit = Span(at, at + COMFORT_S)
    return replace(session, comfort=lit), [entries.ComfortLight(COMFORT_S)]


def push(session: Session, event: e.Push) -> Step:
    session = replace(session, light_on=not session.light_on)
    return session, [e.Remember(soon=True), entries.LightSwitched(int(session.light_on))]


def push_asleep(session: Session, event: e.Push) -> Step:
    if session.settings.night_lock:
        return session, [entries.Locked("push")]
    if session.comfort is not None:
        return replace(session, comfort=None), [entries.LightSwitched(0)]
    return comfort_light(session, event.at)


def push_turn(session: Session, event: e.PushTurn) -> Step:
    asleep = session.place(event.at) is Place.SLEEPING
    if session.settings.night_lock and asleep:
        return session, [entries.Locked("push and turn")]
    brightness = clamp(
        session.brightness + event.steps * BRIGHTNESS_STEP, MIN_BRIGHTNESS, MAX_BRIGHTNESS
    )
    effects: list[Effect] = [e.Remember(soon=True), entries.BrightnessChanged(brightness)]
    # Undo what the push did to the light: it only began this gesture.
    light_on, lit = session.before_push
    if light_on != session.light_on:
        effects.append(entries.LightSwitched(int(light_on)))
    comfort = session.comfort
    if comfort is None and asleep and lit is not None and event.at < lit.ends_at:
        comfort = lit
    return replace(session, brightness=brightness, light_on=light_on, comfort=comfort), effects


def push_turn_idle(session: Session, event: e.PushTurn) -> Step:
    session, effects = push_turn(session, event)
    share = (session.brightness - MIN_BRIGHTNESS) / (MAX_BRIGHTNESS - MIN_BRIGHTNESS)
    return replace(session, glow=Glow(share, event.at + GLOW_S)), effects
