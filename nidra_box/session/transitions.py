"""What every event does in every place: one table, and all rules of behaviour in one file.

`TRANSITIONS` holds a handler for each (place, event type); pairs that do nothing stand
in `IGNORED`. A test checks that every pair is in exactly one of the two. A hold and a
second press refine the press before them, so their place is the one *before* that press.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from nidra_box.session import events as e
from nidra_box.session.events import Effect, Event, Note, Phase, Place
from nidra_box.session.session import (
    BACK_ON_RESUME_S,
    BRIGHTNESS_STEP,
    COMFORT_S,
    FOREVER,
    GLOW_S,
    JUST_STARTED_S,
    MAX_BRIGHTNESS,
    MIN_BRIGHTNESS,
    NOT_YET_S,
    RETURN_RISE_S,
    Glow,
    Resume,
    Session,
    Span,
)
from nidra_box.session.volume import NIGHT_CEILING_LEAD_S, clamp, start_level, turned

Step = tuple[Session, list[Effect]]


def step(session: Session, event: Event) -> Step:
    """The session after `event`, and what shall be done, in order.

    An event that means nothing here changes nothing and leaves a note of itself.
    """
    refines = isinstance(event, e.SecondPress | e.Hold)
    place = session.pressed_in if refines else session.place(event.at)
    if isinstance(event, e.Press):
        session = replace(session, pressed_in=place)
    elif isinstance(event, e.Push):
        session = replace(session, before_push=(session.light_on, session.comfort))
    if isinstance(event, e.Gesture):
        session = replace(session, returned_at=None)
    key = (place, type(event))
    if key in IGNORED:
        effects: list[Effect] = []
        if isinstance(event, e.Gesture):
            effects.append(Note("ignored", (("gesture", e.GESTURE_NAMES[type(event)]),)))
        return session, effects
    session, effects = TRANSITIONS[key](session, event)
    return _settle(session, event, effects)


def _settle(session: Session, event: Event, effects: list[Effect]) -> Step:
    """What follows from the state alone: the level under the ceiling that holds now.

    It stands before everything else, so that no sound ever starts at an old level. What is
    fading out keeps the level it had.
    """
    target = session.target_db(event.at)
    if target == session.sounding_db or not session.is_running:
        return session, effects
    by_time = isinstance(event, e.Tick | e.Tied) and session.sounding_db is not None
    over_s = NIGHT_CEILING_LEAD_S if by_time else 0.0
    return replace(session, sounding_db=target), [e.SetVolume(target, over_s), *effects]


# -- starting ---------------------------------------------------------------------------


def first_second(session: Session, at: float) -> float:
    """Where a press in the idle box would begin the chosen programme."""
    resume = session.resume
    if resume is not None and resume.id == session.chosen and at <= resume.until:
        return max(0.0, resume.position_s - BACK_ON_RESUME_S)
    return 0.0


def _press_idle(session: Session, event: e.Press) -> Step:
    return _want(session, session.chosen, first_second(session, event.at))


def _want(
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


def following(session: Session) -> str:
    """The programme that a second press would start; empty when there is none."""
    programmes = session.settings.programmes
    if not programmes:
        return ""
    current = session.wanted or (session.outline.id if session.outline else session.chosen)
    if current not in programmes:
        current = session.chosen
    index = programmes.index(current) if current in programmes else -1
    return programmes[(index + 1) % len(programmes)]


def _next_programme(session: Session, event: Event) -> Step:
    following_id = following(session)
    if not following_id:
        return session, []
    # Somebody who is choosing hears what they chose; nobody is spoken to in a night that plays.
    choosing = session.pressed_in is Place.IDLE or event.at - session.started_at <= JUST_STARTED_S
    session = replace(session, chosen=following_id)
    session, effects = _want(session, following_id, announces=choosing)
    return session, [*effects, e.Remember(soon=True)]


def _loaded(session: Session, event: e.Loaded) -> Step:
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
        session,
        phase=Phase.PLAYING,
        outline=outline,
        position_s=from_s,
        since=at,
        started_at=at,
        wanted="",
        refusals=0,
        volume_db=volume,
        ends_at=at + lasts,
        remaining_s=None,
        fade_s=min(settings.wind_down_s, lasts / 2),
        light_on=True,
        comfort=None,
        resume=None,
    )
    lit: list[Effect] = []
    if outline.sleeps_at(from_s):  # gone on with in the middle of the night: the hand is answered
        session, lit = _comfort(session, at)
    note = Note(
        "start",
        (
            ("programme", outline.id),
            ("title", outline.title),
            ("from_s", round(from_s, 3)),
            ("volume_db", round(session.target_db(at), 2)),
            ("timer_s", settings.timer_s),
        ),
    )
    announces = session.wanted_announces and not outline.sleeps_at(from_s)
    start = e.StartSound(outline.id, from_s, announces)
    return session, [start, e.Remember(soon=False), note, *lit]


def _refused(session: Session, event: e.Refused) -> Step:
    """A broken programme is skipped; when all are broken the night ends calmly."""
    if event.id != session.wanted:
        return session, []
    note = Note("refused", (("programme", event.id), ("reason", event.reason)))
    programmes = session.settings.programmes
    refusals = session.refusals + 1
    if event.id in programmes and refusals < len(programmes):
        after = programmes[(programmes.index(event.id) + 1) % len(programmes)]
        announces = session.wanted_announces
        session, effects = _want(session, after, refusals=refusals, announces=announces)
        return session, [note, *effects]
    session = replace(session, wanted="", refusals=0)
    if session.phase is Phase.IDLE:
        return session, [note]
    session, effects = _end(session, event.at, session.settings.stop_s, "nothing to play")
    return session, [note, *effects]


# -- pausing and stopping -----------------------------------------------------------------


def _pause(session: Session, event: e.Press) -> Step:
    remaining = None if session.ends_at is None else session.ends_at - event.at
    position = max(0.0, session.position(event.at))
    paused = replace(
        session,
        phase=Phase.PAUSED,
        position_s=position,
        since=event.at,
        ends_at=None,
        remaining_s=remaining,
        comfort=None,
    )
    note = Note("pause", (("position_s", round(position, 3)),))
    return paused, [e.StopSound(session.settings.pause_s), e.Remember(soon=False), note]


def _go_on(session: Session, event: e.Press) -> Step:
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
    note = Note("go on", (("position_s", round(position, 3)),))
    return running, [e.StartSound(session.outline.id, position), e.Remember(soon=False), note]


def _stop(session: Session, event: e.Hold) -> Step:
    return _end(session, event.at, session.settings.stop_s, "stop")


def _end(session: Session, at: float, fade_s: float, why: str) -> Step:
    """Back to idle, silent and dark. A recording keeps its place."""
    outline, position = session.outline, max(0.0, session.position(at))
    resume = session.resume
    finished = outline is not None and position >= outline.duration_s - 1.0
    if outline is not None:
        resume = None
    if outline is not None and outline.keeps_place and not finished:
        place = session.faded_from_s if session.phase is Phase.WINDING_DOWN else position
        resume = Resume(outline.id, place, FOREVER)
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
    fields = (("programme", outline.id if outline else ""), ("position_s", round(position, 3)))
    return idle, [e.StopSound(fade_s), e.Remember(soon=False), Note(why, fields)]


def _light_only(session: Session, event: e.Hold) -> Step:
    return _want(session, session.settings.hold_programme)


def _shutdown(session: Session, event: e.Shutdown) -> Step:
    """SIGTERM: everything fades, and whoever presses next may go on where it was."""
    outline, position = session.outline, max(0.0, session.position(event.at))
    session, effects = _end(session, event.at, session.settings.stop_s, "shutdown")
    if outline is not None:
        until = event.at + session.settings.resume_within_s
        session = replace(session, resume=Resume(outline.id, position, until))
    return session, effects


# -- winding down ---------------------------------------------------------------------------


def _not_yet(session: Session, event: e.Press | e.Turn) -> Step:
    """I am still awake: the sound comes back, and the timer gives more time."""
    more = session.settings.not_yet_s
    running = replace(
        session,
        phase=Phase.PLAYING,
        ends_at=event.at + more,
        fade_s=min(session.settings.wind_down_s, more / 2),
        position_s=session.position(event.at),
        since=event.at,
    )
    note = Note("not yet", (("more_s", more),))
    return running, [e.NotYet(NOT_YET_S), e.Remember(soon=True), note]


def _tick_running(session: Session, event: e.Tick) -> Step:
    at = event.at
    session = _expire_lights(session, at)
    ends_at = session.programme_ends_at()
    if ends_at is not None and at >= ends_at - 1e-9:
        return _end(session, at, session.settings.stop_s, "end")
    span = session.wind_down()
    if span is None:
        return session, []
    if at >= span.ends_at - 1e-9:
        return _end(session, at, 0.0, "timer")
    if session.phase is Phase.PLAYING and at >= span.began_at - 1e-9:
        session = replace(
            session, phase=Phase.WINDING_DOWN, faded_from_s=session.position(at), comfort=None
        )
        return session, [
            e.WindDown(span.began_at, span.ends_at),
            Note("winding down", (("for_s", round(span.ends_at - at, 3)),)),
        ]
    return session, []


def _tick_still(session: Session, event: e.Tick) -> Step:
    session = _expire_lights(session, event.at)
    waited = event.at - session.since
    if session.phase is Phase.PAUSED and waited >= session.settings.resume_within_s - 1e-9:
        return _end(session, event.at, 0.0, "paused too long")
    return session, []


def _expire_lights(session: Session, at: float) -> Session:
    if session.comfort is not None and at >= session.comfort.ends_at:
        session = replace(session, comfort=None)
    if session.glow is not None and at >= session.glow.ends_at:
        session = replace(session, glow=None)
    return session


# -- volume and light -------------------------------------------------------------------------


def _turn(session: Session, event: e.Turn) -> Step:
    asleep = session.sleeps_soon(event.at)
    volume = turned(session.settings, session.volume_db, event.steps, asleep)
    session = replace(session, volume_db=volume)
    heard = round(session.target_db(event.at), 2)
    return session, [e.Remember(soon=True), Note("volume", (("db", heard),))]


def _turn_idle(session: Session, event: e.Turn) -> Step:
    session, effects = _turn(session, event)
    settings = session.settings
    share = (session.volume_db - settings.floor_db) / (settings.ceiling_db - settings.floor_db)
    return replace(session, glow=Glow(share, event.at + GLOW_S)), effects


def _turn_asleep(session: Session, event: e.Turn) -> Step:
    if session.settings.night_lock:
        return session, [Note("locked", (("gesture", "turn"),))]
    return _turn(session, event)


def _turn_winding(session: Session, event: e.Turn) -> Step:
    session, effects = _turn(session, event)
    if event.steps <= 0:
        return session, effects
    session, more = _not_yet(session, event)
    return session, effects + more


def _press_asleep(session: Session, event: e.Press) -> Step:
    return _comfort(session, event.at)


def _comfort(session: Session, at: float) -> Step:
    """A hand in the dark gets two minutes of red light, and the sound goes on."""
    lit = Span(at, at + COMFORT_S)
    return replace(session, comfort=lit), [Note("comfort light", (("for_s", COMFORT_S),))]


def _push(session: Session, event: e.Push) -> Step:
    session = replace(session, light_on=not session.light_on)
    return session, [e.Remember(soon=True), Note("light", (("on", int(session.light_on)),))]


def _push_asleep(session: Session, event: e.Push) -> Step:
    if session.settings.night_lock:
        return session, [Note("locked", (("gesture", "push"),))]
    if session.comfort is not None:
        return replace(session, comfort=None), [Note("light", (("on", 0),))]
    return _comfort(session, event.at)


def _push_turn(session: Session, event: e.PushTurn) -> Step:
    if session.settings.night_lock and session.place(event.at) is Place.SLEEPING:
        return session, [Note("locked", (("gesture", "push and turn"),))]
    brightness = clamp(
        session.brightness + event.steps * BRIGHTNESS_STEP, MIN_BRIGHTNESS, MAX_BRIGHTNESS
    )
    effects: list[Effect] = [e.Remember(soon=True), Note("brightness", (("percent", brightness),))]
    # The push that began this was no wish for another light.
    light_on, comfort = session.before_push
    if light_on != session.light_on:
        effects.append(Note("light", (("on", int(light_on)),)))
    comfort = session.comfort or comfort
    return replace(session, brightness=brightness, light_on=light_on, comfort=comfort), effects


def _push_turn_idle(session: Session, event: e.PushTurn) -> Step:
    session, effects = _push_turn(session, event)
    share = (session.brightness - MIN_BRIGHTNESS) / (MAX_BRIGHTNESS - MIN_BRIGHTNESS)
    return replace(session, glow=Glow(share, event.at + GLOW_S)), effects


# -- the world --------------------------------------------------------------------------------


def _tied(session: Session, event: e.Tied) -> Step:
    return replace(session, position_s=event.position_s, since=event.at), []


def _sound_found(session: Session, event: e.SoundFound) -> Step:
    """A card that just opened plays what the night is at, from silence."""
    session = replace(session, sounding_db=None)
    if not session.is_running or session.outline is None:
        return session, []
    position = max(0.0, session.position(event.at))
    return session, _sound_from(session, position)


def _sound_from(session: Session, position_s: float) -> list[Effect]:
    """What makes a sound that knows nothing of this session take it up."""
    assert session.outline is not None
    rise_s = 0.0 if session.returned_at is None else RETURN_RISE_S
    effects: list[Effect] = [e.StartSound(session.outline.id, position_s, rise_s=rise_s)]
    span = session.wind_down()
    if session.phase is Phase.WINDING_DOWN and span is not None:
        effects.append(e.WindDown(span.began_at, span.ends_at))
    return effects


def _power_returned(session: Session, event: e.PowerReturned) -> Step:
    """Nobody is there: the night goes on by itself, softly, and what was faded stays faded."""
    outline, at, settings = event.outline, event.at, session.settings
    fade_s = min(event.fade_s, settings.wind_down_s)
    winds_down = event.left_s <= fade_s
    session = replace(
        session,
        phase=Phase.WINDING_DOWN if winds_down else Phase.PLAYING,
        outline=outline,
        position_s=event.position_s,
        since=at,
        volume_db=start_level(settings, session.volume_db),
        ends_at=at + min(event.left_s, settings.longest_s),
        fade_s=fade_s,
        faded_from_s=max(0.0, event.position_s - (fade_s - event.left_s)),
        light_on=event.light_on,
        resume=None,
        returned_at=at,
    )
    effects = _sound_from(session, event.position_s)
    note = Note(
        "start",
        (
            ("programme", outline.id),
            ("title", outline.title),
            ("from_s", round(event.position_s, 3)),
            ("volume_db", round(session.target_db(at), 2)),
            ("timer_s", settings.timer_s),
        ),
    )
    effects += [e.Remember(soon=False), note]
    if winds_down:
        effects.append(Note("winding down", (("for_s", round(event.left_s, 3)),)))
    return session, effects


def _reconfigured(session: Session, event: e.Reconfigured) -> Step:
    settings = event.settings
    chosen = session.chosen
    if settings.programmes and chosen not in settings.programmes:
        chosen = settings.programmes[0]
    volume = clamp(session.volume_db, settings.floor_db, settings.ceiling_db)
    return replace(session, settings=settings, chosen=chosen, volume_db=volume), []


# -- the table --------------------------------------------------------------------------------

Handler = Callable[[Session, Any], Step]

_EVERYWHERE: dict[type, Handler] = {
    e.Loaded: _loaded,
    e.Refused: _refused,
    e.SoundFound: _sound_found,
    e.Shutdown: _shutdown,
    e.Reconfigured: _reconfigured,
}
_BY_PLACE: dict[Place, dict[type, Handler]] = {
    Place.IDLE: {
        e.Press: _press_idle,
        e.SecondPress: _next_programme,
        e.Hold: _light_only,
        e.Turn: _turn_idle,
        e.PushTurn: _push_turn_idle,
        e.Tick: _tick_still,
        e.PowerReturned: _power_returned,
    },
    Place.PLAYING: {
        e.Press: _pause,
        e.SecondPress: _next_programme,
        e.Hold: _stop,
        e.Turn: _turn,
        e.Push: _push,
        e.PushTurn: _push_turn,
        e.Tick: _tick_running,
        e.Tied: _tied,
    },
    Place.SLEEPING: {
        e.Press: _press_asleep,
        e.Hold: _stop,
        e.Turn: _turn_asleep,
        e.Push: _push_asleep,
        e.PushTurn: _push_turn,
        e.Tick: _tick_running,
        e.Tied: _tied,
    },
    Place.WINDING_DOWN: {
        e.Press: _not_yet,
        e.Hold: _stop,
        e.Turn: _turn_winding,
        e.PushTurn: _push_turn,
        e.Tick: _tick_running,
        e.Tied: _tied,
    },
    Place.PAUSED: {
        e.Press: _go_on,
        e.SecondPress: _next_programme,
        e.Hold: _stop,
        e.Turn: _turn,
        e.PushTurn: _push_turn,
        e.Tick: _tick_still,
    },
}

EVENT_TYPES: tuple[type, ...] = Event.__args__

TRANSITIONS: dict[tuple[Place, type], Handler] = {
    (place, event): handler
    for place, handlers in _BY_PLACE.items()
    for event, handler in {**_EVERYWHERE, **handlers}.items()
}

IGNORED: frozenset[tuple[Place, type]] = frozenset(
    {
        (Place.IDLE, e.Push),
        (Place.IDLE, e.Tied),
        (Place.SLEEPING, e.SecondPress),
        (Place.WINDING_DOWN, e.SecondPress),
        (Place.WINDING_DOWN, e.Push),
        (Place.PAUSED, e.Push),
        (Place.PAUSED, e.Tied),
        (Place.PLAYING, e.PowerReturned),
        (Place.SLEEPING, e.PowerReturned),
        (Place.WINDING_DOWN, e.PowerReturned),
        (Place.PAUSED, e.PowerReturned),
    }
)
"""Nobody wants a new voice at 3 a.m.; a lamp that is out has nothing to switch."""
