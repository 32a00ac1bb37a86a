"""Puts a box together from its ports: which parts there are, and in which order they work."""

from __future__ import annotations

from nidra_box.appliance.loop import Loop
from nidra_box.appliance.parts.hush import Hush
from nidra_box.appliance.parts.leaving import Leaving
from nidra_box.appliance.parts.marks import Marks
from nidra_box.appliance.parts.returning import Returning
from nidra_box.appliance.parts.saver import Saver
from nidra_box.appliance.parts.shelf import Shelf
from nidra_box.appliance.parts.sound import SoundPart
from nidra_box.appliance.parts.status import Status
from nidra_box.appliance.parts.watchdog import Contacts, Watchdog
from nidra_box.appliance.parts.workers import Workers
from nidra_box.appliance.ports import Ports
from nidra_box.config import Config
from nidra_box.light.driver import LightDriver
from nidra_box.part import Course, Part
from nidra_box.session.hands import Hands
from nidra_box.session.knob import Knob
from nidra_box.session.session import Session


def assemble(config: Config, programmes: tuple[str, ...], ports: Ports) -> Loop:
    """The running box. A part works in the order of this list, light before sound, since sound
    takes milliseconds; when it closes, it says itself (`Closing`)."""
    course = Course(first_session(config, programmes))
    light = LightDriver(ports.light, course)
    sound = SoundPart(ports.sound, course, ports.programmes)
    marks = Marks(course)
    saver = Saver(ports.store, course, ports.clock)
    returning = Returning(course, saver, ports.programmes, ports.clock)
    leaving = Leaving(course, light)
    status = Status(course, ports.diary, ports.light, sound, ports.supervisor, ports.publish)
    parts: list[Part] = [
        returning,
        light,
        sound,
        marks,
        saver,
        Contacts(ports.inputs, course),
        Workers(*ports.workers),
        status,
        Hush(course, ports.hush),
        leaving,
    ]
    beat = Watchdog(ports.supervisor, course, parts, lambda: ports.publish(None))
    if ports.recordings is not None:
        asks = (beat.next_at, sound.prepare, ports.diary.knows, ports.clock.boot())
        parts.insert(-1, Shelf(ports.recordings, ports.programmes, course, *asks))
    parts.append(beat)
    named = (light, sound, marks, saver, status, leaving, returning)
    return Loop(ports, course, hands_of(config), parts, *named)


def first_session(config: Config, programmes: tuple[str, ...]) -> Session:
    """An idle session with nothing remembered."""
    settings = config.settings(programmes)
    return Session(settings, programmes[0] if programmes else "", volume_db=settings.start_db)


def hands_of(config: Config) -> Hands:
    """The gestures of this box's button and knob."""
    knob = config.knob
    return Hands(Knob(knob.steps_per_detent, knob.reverse, knob.acceleration))
