"""One table: the handler of every event in every place. The handlers are in `rules`.

`TRANSITIONS` holds a handler for each (place, event type); pairs that do nothing are in
`IGNORED`. A test checks that every pair is in exactly one of the two. A hold and a second
press refine the press before them, so their place is the one *before* that press.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nidra_box.diary import entries
from nidra_box.session import events as e
from nidra_box.session.events import Effect, Event, Phase, Place
from nidra_box.session.rules import starting, stopping, touch, world
from nidra_box.session.session import Session, Step
from nidra_box.session.volume import NIGHT_CEILING_LEAD_S


def step(session: Session, event: Event) -> Step:
    """The session after `event`, and its effects in order. An ignored gesture is logged."""
    refines = isinstance(event, e.SecondPress | e.Hold)
    place = session.pressed_in if refines else session.place(event.at)
    if isinstance(event, e.Press):
        session = replace(session, pressed_in=place)
    elif isinstance(event, e.Push):
        session = replace(session, before_push=(session.light_on, session.comfort))
    if isinstance(event, e.Gesture):
        session = replace(session, returned_at=None, touched_at=event.at, sign=None)
    key = (place, type(event))
    if key in IGNORED:
        effects: list[Effect] = []
        if isinstance(event, e.Gesture):
            effects.append(entries.Ignored(e.GESTURE_NAMES[type(event)]))
        return session, effects
    after, effects = TRANSITIONS[key](session, event)
    if after.phase is Phase.IDLE and session.phase is not Phase.IDLE:
        after = replace(after, idle_since=event.at)
    return _set_level(after, event, effects)


def _set_level(session: Session, event: Event, effects: list[Effect]) -> Step:
    """If the level changed, put SetVolume before all other effects: no sound may start at an old
    level. Not while idle or paused."""
    target = session.target_db(event.at)
    if target == session.sounding_db or not session.is_running:
        return session, effects
    by_time = isinstance(event, e.Tick | e.Tied) and session.sounding_db is not None
    over_s = NIGHT_CEILING_LEAD_S if by_time else 0.0
    return replace(session, sounding_db=target), [e.SetVolume(target, over_s), *effects]


Handler = Callable[[Session, Any], Step]

_EVERYWHERE: dict[type, Handler] = {
    e.Loaded: starting.loaded,
    e.Fetching: starting.fetching,
    e.Refused: starting.refused,
    e.SoundFound: world.sound_found,
    e.NobodyTurned: touch.nobody_turned,
    e.Shutdown: stopping.shutdown,
    e.Reconfigured: world.reconfigured,
    e.CircleChanged: world.circle_changed,
}
_BY_PLACE: dict[Place, dict[type, Handler]] = {
    Place.IDLE: {
        e.Press: starting.press_idle,
        e.SecondPress: starting.next_programme,
        e.Hold: starting.light_only,
        e.Turn: touch.turn_idle,
        e.PushTurn: touch.push_turn_idle,
        e.Tick: stopping.tick_still,
        e.PowerReturned: world.power_returned,
        e.StickTaken: world.stick_taken,
    },
    Place.PLAYING: {
        e.Press: stopping.pause,
        e.SecondPress: starting.second_press_playing,
        e.Hold: stopping.stop,
        e.Turn: touch.turn,
        e.Push: touch.push,
        e.PushTurn: touch.push_turn,
        e.Tick: stopping.tick_running,
        e.SoundBroke: world.sound_broke,
        e.Tied: world.tied,
    },
    Place.SLEEPING: {
        e.Press: touch.press_asleep,
        e.Hold: stopping.stop,
        e.Turn: touch.turn_asleep,
        e.Push: touch.push_asleep,
        e.PushTurn: touch.push_turn,
        e.Tick: stopping.tick_running,
        e.SoundBroke: world.sound_broke,
        e.Tied: world.tied,
    },
    Place.WINDING_DOWN: {
        e.Press: stopping.not_yet,
        e.Hold: stopping.stop,
        e.Turn: touch.turn_winding,
        e.PushTurn: touch.push_turn,
        e.Tick: stopping.tick_running,
        e.SoundBroke: world.sound_broke,
        e.Tied: world.tied,
    },
    Place.PAUSED: {
        e.Press: stopping.go_on,
        e.SecondPress: starting.next_programme,
        e.Hold: stopping.stop,
        e.Turn: touch.turn,
        e.PushTurn: touch.push_turn,
        e.Tick: stopping.tick_still,
    },
}

TRANSITIONS: dict[tuple[Place, type], Handler] = {
    (place, event): handler
    for place, handlers in _BY_PLACE.items()
    for event, handler in {**_EVERYWHERE, **handlers}.items()
}

IGNORED: frozenset[tuple[Place, type]] = frozenset(
    {
        *((place, e.StickTaken) for place in Place if place is not Place.IDLE),
        (Place.IDLE, e.Push),
        (Place.IDLE, e.Tied),
        (Place.IDLE, e.SoundBroke),
        (Place.SLEEPING, e.SecondPress),
        (Place.WINDING_DOWN, e.SecondPress),
        (Place.WINDING_DOWN, e.Push),
        (Place.PAUSED, e.Push),
        (Place.PAUSED, e.Tied),
        (Place.PAUSED, e.SoundBroke),
        (Place.PLAYING, e.PowerReturned),
        (Place.SLEEPING, e.PowerReturned),
        (Place.WINDING_DOWN, e.PowerReturned),
        (Place.PAUSED, e.PowerReturned),
    }
)
"""No new voice during sleep; no switch for a lamp that is out or going out."""
