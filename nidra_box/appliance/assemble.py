"""Puts a box together from a configuration: the running box on real pins, or on any.

Imports of the pin library and of the mixer happen in here, inside functions, so that the
commands that need neither start quickly and work without them.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nidra_box.appliance.beds import BedsToCome
from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import (
    QueueInbox,
    SaveFailed,
    TrackRefused,
)
from nidra_box.appliance.loop import Loop, Ports
from nidra_box.appliance.store import BackgroundStore, FileStore, Keeper, Store
from nidra_box.appliance.supervisor import find_supervisor
from nidra_box.config import Config, read_config
from nidra_box.diary.entries import Diary
from nidra_box.documents.node import DocumentError
from nidra_box.hardware.board import NoHeader
from nidra_box.hardware.outputs import NO_PWM, Announce, write_outputs
from nidra_box.hardware.ports import Inputs, Light
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders
from nidra_box.session.events import Settings
from nidra_box.session.hands import Hands
from nidra_box.session.knob import Knob
from nidra_box.session.session import Session
from nidra_box.sound import beds
from nidra_box.sound.card import mixer as card_mixer
from nidra_box.sound.card.choose import card_gone
from nidra_box.sound.card.deck import Card, PygameDeck
from nidra_box.sound.player import Player
from nidra_box.sound.port import News, NoSound
from nidra_box.sound.reader import AheadReader
from nidra_box.words import reason_of

log = logging.getLogger("nidra_box")

HEADER_S = 20.0
"""[D] At boot the header's chip was seen to come after us, and so was the permission to use it or
the PWM: by 2.6 s on a slow virtual machine. Well under the 90 s that systemd gives a service to
become ready."""
HEADER_EVERY_S = 0.25


@dataclass(slots=True)
class Hardware:
    """The ports that differ between a Pi, a simulator and a test."""

    inputs: Inputs
    light: Light


@dataclass(slots=True)
class Box:
    """A loop and what has to be ended after it."""

    loop: Loop
    inbox: QueueInbox
    reader: AheadReader
    player: Player
    catalogue: Catalogue

    def run(self) -> None:
        """Run until asked to stop; everything is given back afterwards."""
        try:
            self.loop.run()
        finally:
            self.reader.close()


def folders_of(config: Config) -> Folders:
    return Folders.find(config.folders.library, config.folders.state)


def programmes_of(config: Config, catalogue: Catalogue) -> tuple[str, ...]:
    """The list of the second press: the person's own, else everything there is."""
    return config.programmes or tuple(catalogue.ids())


def first_session(config: Config, programmes: tuple[str, ...]) -> Session:
    """An idle session with nothing remembered."""
    settings = config.settings(programmes)
    return Session(settings, programmes[0] if programmes else "", volume_db=settings.start_db)


def hands_of(config: Config) -> Hands:
    knob = config.knob
    return Hands(Knob(knob.steps_per_detent, knob.reverse, knob.acceleration))


def assemble(
    config: Config,
    config_path: Path | None,
    diary: Diary,
    hardware: Callable[[QueueInbox, SystemClock], Hardware],
    clock: SystemClock | None = None,
    card: Card | None = None,
    store: Store | None = None,
    inbox: QueueInbox | None = None,
) -> Box:
    """A box on real sound. `hardware` opens the pins once the inbox is there to be posted
    to; `card` and `store` override the configuration's; an `inbox` that signals have been
    posted to since the process began is taken up."""
    clock = clock or SystemClock()
    inbox = inbox or QueueInbox(clock)
    folders = folders_of(config)
    catalogue = Catalogue(folders, last=config.hold_programme)
    programmes = programmes_of(config, catalogue)
    to_come = BedsToCome(beds.missing(folders.beds), inbox.post)
    reader = AheadReader(catalogue.open_source, to_come.complain)
    if to_come.any:
        to_come.make(folders.beds, reader.forget_broken)
    card = card or Card(config.sound.card)
    deck = PygameDeck(card, config.sound.device_buffer, config.sound.ring_buffers)
    player = Player(
        deck,
        reader,
        clock.now,
        gone=lambda: card_gone(card.opened or ""),
        has_better=card.has_better,
        set_up=lambda: set_up_card(card.opened or "", config),
    )
    opened = hardware(inbox, clock)
    ports = Ports(
        clock=clock,
        inbox=inbox,
        inputs=opened.inputs,
        light=opened.light,
        sound=player if clock.is_real_time else NoSound(),
        supervisor=find_supervisor(),
        diary=diary,
        keeper=Keeper(
            store
            or BackgroundStore(
                FileStore(folders.state), lambda reason: inbox.post(SaveFailed(reason))
            )
        ),
        programmes=catalogue,
        reload=lambda: reload_settings(config_path, catalogue),
        when_ready=lambda: look_through_library(catalogue, inbox),
    )
    loop = Loop(ports, first_session(config, programmes), hands_of(config))
    return Box(loop, inbox, reader, player, catalogue)


def set_up_card(opened: str, config: Config) -> Sequence[News]:
    """The card's own mixer, set or only said. Nothing where ALSA is not what plays."""
    if os.environ.get("SDL_AUDIODRIVER") != "alsa":
        return ()
    return card_mixer.set_up(opened, config.sound.mixer, config.sound.mixer_db)


def reload_settings(path: Path | None, catalogue: Catalogue) -> tuple[Settings | None, str]:
    """The settings in the file now, or None and everything that is wrong with it."""
    if path is None:
        return None, "no configuration file was given"
    try:
        config = read_config(path)
    except DocumentError as error:
        return None, "; ".join(str(problem) for problem in error.problems)
    catalogue.forget()
    threading.Thread(target=catalogue.warm, name="library", daemon=True).start()
    told = f"{path} (pins, light and sound are taken up at the next start)"
    return config.settings(programmes_of(config, catalogue)), told


def look_through_library(catalogue: Catalogue, inbox: QueueInbox) -> None:
    """Compile every script, and name every recording that cannot be played, without anybody
    waiting for it."""

    def look() -> None:
        catalogue.warm()
        for name, reason in catalogue.refusals():
            inbox.post(TrackRefused(name, reason))

    threading.Thread(target=look, name="library", daemon=True).start()


def in_time(open_factory: Callable[[], Any], sleep: Callable[[float], None]) -> Any:
    """What `open_factory` gives, asked again while it raises NoHeader, for HEADER_S."""
    for tries in range(round(HEADER_S / HEADER_EVERY_S)):
        try:
            return open_factory()
        except NoHeader as error:
            if tries == 0:
                log.info("%s; waiting for it", error)
        sleep(HEADER_EVERY_S)
    return open_factory()


def open_pins(config: Config, inbox: QueueInbox, clock: SystemClock) -> Hardware:
    """The pins of this machine through gpiozero and the kernel's PWM. Raises NotAPi, NoHeader
    after HEADER_S, AskedToEnd while it waits for them."""
    from nidra_box.hardware.gpio import GpioInputs, open_factory

    factory = in_time(open_factory, inbox.sleep)
    # Before the inputs: what a hand does while the PWM is waited for is not played all at once.
    light = open_light(config, factory, HEADER_S, inbox.sleep, write_outputs)
    return Hardware(GpioInputs(factory, config.pins, inbox.post, clock.now), light)


def open_light(
    config: Config,
    factory: object,
    patience_s: float = 2.0,
    sleep: Callable[[float], None] = time.sleep,
    announce: Announce = lambda outputs: None,
) -> Light:
    """The lamp: the kernel's PWM (whose permissions may come `patience_s` late, all in all), else
    gpiozero, else none; what failed is named. Each is announced before it is opened."""
    from nidra_box.hardware.gpio import GpioLight, NoLight
    from nidra_box.hardware.pwm import open_pwm_light

    backend, pins = config.light.backend, config.pins
    second = pins.second_light if config.light.colours == "two" else -1
    tries: list[Callable[[], Light]] = []
    if backend in ("auto", "kernel-pwm"):
        chip = config.light.pwm_chip
        tries.append(
            lambda: open_pwm_light(
                pins.light,
                second,
                chip,
                patience_s=patience_s,
                sleep=sleep,
                announce=announce,
            )
        )
    if backend in ("auto", "gpiozero"):

        def on_gpiozero() -> Light:
            announce({pin: NO_PWM for pin in (pins.light, second) if pin >= 0})
            return GpioLight(factory, pins.light, second)

        tries.append(on_gpiozero)
    announce({})
    reasons: list[str] = []
    if pins.light >= 0:
        for attempt in tries:
            try:
                return attempt()
            except OSError as error:
                reasons.append(reason_of(error))
    return NoLight("; ".join(reasons))
