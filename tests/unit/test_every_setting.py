"""Every setting has an effect: each is changed by itself, and something else comes of it.

A new setting needs a row in TABLE: how it may be changed, and where that shows."""

import os
from dataclasses import replace

import pytest
from gpiozero.pins.mock import MockFactory

from nidra_box.appliance import box
from nidra_box.appliance.assemble import first_session, hands_of
from nidra_box.cli.common import intake_arguments
from nidra_box.config import Config, parse_config
from nidra_box.diary.diary import Diary
from nidra_box.hardware import gpio, pwm
from nidra_box.hardware.gpio import GpioInputs
from nidra_box.hardware.opening import open_light
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders
from nidra_box.session import events as e
from nidra_box.session.hands import BUTTON, KNOB_A, KNOB_B, PUSH
from nidra_box.session.transitions import step
from nidra_box.studio.nights.simulated import SimulatedInputs, SimulatedLight, knob_edges
from tests.unit.test_appliance import play
from tests.unit.test_config import settings_of

OUTLINE = e.Outline("a", "A", 20 * 3600.0, (e.SleepSpan(600.0, 20 * 3600.0),))


def with_settings(text):
    return parse_config(f"format: nidra-box-config/1\n{text}\n", "x")


def hand(*events):
    """What the session becomes and asks for, whatever happens to it."""

    def seen(config, made):
        session, asked = first_session(config, ("a", "b")), []
        for event in events:
            session, effects = step(session, event)
            asked += effects
            if any(isinstance(effect, e.Load) for effect in effects):
                loaded = e.Loaded(event.at, replace(OUTLINE, id=session.wanted))
                session, effects = step(session, loaded)
                asked += effects
        return replace(session, settings=made.settings), asked

    return seen


def gestures(config, made):
    """The gestures that come of a quick turn of the knob."""
    hands = hands_of(config)
    hands.starts(0.0, {BUTTON: False, PUSH: False, KNOB_A: False, KNOB_B: False})
    return [hands.edge(edge.at, edge.line, edge.closed) for edge in knob_edges(1.0, 9, 0.01)]


def lines(config, made):
    factory = MockFactory()
    GpioInputs(factory, config.pins, lambda edge: None, lambda: 0.0)
    return sorted(pin.info.name if pin.info else number for number, pin in factory.pins.items())


def lamp(config, made):
    """How the outputs are opened on a machine where none of them answers."""
    tried = []

    def refuse(*how, **_):
        tried.append(how[-3:])
        raise OSError("not here")

    made.patch.setattr(pwm, "open_pwm_light", refuse)
    made.patch.setattr(gpio, "GpioLight", refuse)
    open_light(config, None)
    return tried


def opened(config, made):
    """The card, the deck and the card's own mixer as the box asks for them."""
    asked = []
    made.patch.setattr(box.beds, "missing", lambda folder: [])
    made.patch.setattr(box.mixer, "set_up", lambda *how: asked.append(how) or [])
    made.patch.setitem(os.environ, "SDL_AUDIODRIVER", "alsa")
    made.patch.setattr(box, "PygameDeck", lambda card, *how: asked.append((card.name, *how)))
    made.patch.setattr(box, "Player", lambda deck, reader, now, set_up, **how: set_up())
    made.patch.setenv("STATE_DIRECTORY", str(made.folder))
    pins = lambda inbox, clock: (SimulatedInputs(inbox.post), SimulatedLight())  # noqa: E731
    box.open_box(config, None, Diary(), pins).reader.close()
    return asked


def folders(config, made):
    return box.folders_of(config)


def intake(config, made):
    """How the intake is started."""
    return intake_arguments(config)


def listed(config, made):
    return box.programmes_of(config, Catalogue(Folders.inside(made.folder, made.folder)))


def power_cut(config, made):
    """Whether it plays after the power was away."""
    _, night = play("0:00:05 press\n0:06:00 cut power\n0:07:00 power\n0:08:00 end", config=config)
    return [line["what"] for line in night.trace]


PLAY, LATE = e.Press(1.0), e.Press(1000.0)
LOUDER, SOFTER = e.Turn(5.0, 100), e.Turn(5.0, -100)
TABLE = {
    "programmes": ("programmes: [b]", listed),
    "hold_programme": ("hold_programme: other", hand(e.Hold(1.0))),
    "lock": ("lock: night", hand(PLAY, e.Turn(1000.0, 3))),
    "resume_within_minutes": (
        "resume_within_minutes: 5",
        hand(PLAY, e.Press(20.0), e.Tick(500.0), e.Press(501.0)),
    ),
    "resume_after_power_loss": ("resume_after_power_loss: true", power_cut),
    "pins.light": ("pins: {light: 18}", lamp),
    "pins.second_light": ("pins: {second_light: 13}\nlight: {colours: two}", lamp),
    "pins.knob_a": ("pins: {knob_a: 5}", lines),
    "pins.knob_b": ("pins: {knob_b: 5}", lines),
    "pins.button": ("pins: {button: 5}", lines),
    "pins.knob_push": ("pins: {knob_push: 17}", lines),
    "knob.steps_per_detent": ("knob: {steps_per_detent: 2}", gestures),
    "knob.reverse": ("knob: {reverse: true}", gestures),
    "knob.acceleration": ("knob: {acceleration: 1}", gestures),
    "volume.start_db": ("volume: {start_db: -30}", hand(PLAY)),
    "volume.floor_db": ("volume: {floor_db: -50}", hand(PLAY, SOFTER)),
    "volume.ceiling_db": ("volume: {ceiling_db: -9}", hand(PLAY, LOUDER)),
    "volume.night_ceiling_db": (
        "volume: {night_ceiling_db: -15}",
        hand(PLAY, LOUDER, e.Tick(590.0)),
    ),
    "volume.step_db": ("volume: {step_db: 3}", hand(PLAY, e.Turn(5.0, 1))),
    "timer.minutes": ("timer: {minutes: 20}", hand(PLAY)),
    "timer.wind_down_minutes": ("timer: {wind_down_minutes: 9}", hand(PLAY)),
    "timer.not_yet_minutes": (
        "timer: {not_yet_minutes: 30}",
        hand(PLAY, e.Tick(12 * 3600.0 - 100.0), e.Press(12 * 3600.0 - 90.0)),
    ),
    "timer.longest_hours": ("timer: {longest_hours: 2}", hand(PLAY)),
    "light.backend": ("light: {backend: gpiozero}", lamp),
    "light.pwm_chip": ("light: {pwm_chip: 1f00098000.pwm}", lamp),
    "light.colours": ("pins: {second_light: 13}\nlight: {colours: two}", lamp),
    "sound.card": ('sound: {card: "plughw:CARD=Device,DEV=0"}', opened),
    "sound.mixer": ("sound: {mixer: PCM}", opened),
    "sound.mixer_db": ("sound: {mixer_db: -6}", opened),
    "sound.device_buffer": ("sound: {device_buffer: 2048}", opened),
    "sound.ring_buffers": ("sound: {ring_buffers: 96}", opened),
    "folders.library": ("folders: {library: /music}", folders),
    "folders.recordings": ("folders: {recordings: /disk}", folders),
    "folders.state": ("folders: {state: /elsewhere}", folders),
    "recordings.quality": ("recordings: {quality: small}", intake),
}
NOT_ALONE = {
    # Shows only beside another one, which stands in both.
    "pins.second_light": "light: {colours: two}",
    "light.colours": "pins: {second_light: 13}",
}


class Made:
    def __init__(self, patch, folder):
        self.patch, self.folder = patch, folder
        self.settings = Config().settings(("a", "b"))


def test_every_setting_is_in_the_table():
    assert set(TABLE) == {name for name, _, _ in settings_of()} - {"format"}


@pytest.mark.parametrize("name", TABLE)
def test_a_setting_has_an_effect(name, monkeypatch, tmp_path):
    text, seen = TABLE[name]
    made = Made(monkeypatch, tmp_path)
    before = seen(with_settings(NOT_ALONE.get(name, "")), made)
    assert seen(with_settings(NOT_ALONE.get(name, "")), made) == before  # repeatable
    assert seen(with_settings(text), made) != before
