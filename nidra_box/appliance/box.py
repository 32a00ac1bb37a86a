"""A box on real sound, with the library of this machine; its pins are opened by whoever asks."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from nidra_box.appliance.assemble import assemble
from nidra_box.appliance.beds import BedsToCome
from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import QueueInbox, Wake
from nidra_box.appliance.loop import Loop
from nidra_box.appliance.ports import Ports, Publish
from nidra_box.appliance.store import STATE, BackgroundStore, FileStore, Store
from nidra_box.appliance.supervisor import find_supervisor
from nidra_box.config import Config, read_config
from nidra_box.diary.diary import Diary
from nidra_box.diary.entries import Fault, FaultEnded, Refused
from nidra_box.documents.node import DocumentError
from nidra_box.hardware.ports import Inputs, Light
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import NO_FOLDER, Folders
from nidra_box.session.events import Settings
from nidra_box.sound import beds
from nidra_box.sound.card import mixer
from nidra_box.sound.card.choose import card_gone
from nidra_box.sound.card.deck import Card, PygameDeck
from nidra_box.sound.lanes import Lanes
from nidra_box.sound.player import Player
from nidra_box.sound.port import News, NoSound
from nidra_box.worker import Worker

Pins = Callable[[QueueInbox, SystemClock], tuple[Inputs, Light]]
"""Opens the contacts, which post to the inbox, and the lamp."""


@dataclass(slots=True)
class Box:
    """A loop and what has to be ended after it."""

    loop: Loop
    inbox: QueueInbox
    reader: Lanes
    player: Player
    catalogue: Catalogue

    def run(self) -> None:
        """Run until asked to stop; everything is given back afterwards."""
        try:
            self.loop.run()
        finally:
            self.catalogue.shelf.close()
            self.reader.close()


@dataclass(frozen=True, slots=True)
class Given:
    """What may take the place of what the settings say: a clock, a card, a store, an inbox that
    signals have been posted to since the process began, who is told how the box stands, and who
    that a session runs."""

    clock: SystemClock = field(default_factory=SystemClock)
    card: Card | None = None
    store: Store | None = None
    inbox: QueueInbox | None = None
    publish: Publish = lambda status: None
    hush: Callable[[bool], None] = lambda hushed: None


def folders_of(config: Config) -> Folders:
    """Where the things of this box lie."""
    named = config.folders
    return Folders.find(named.library, named.state, named.recordings)


def programmes_of(config: Config, catalogue: Catalogue) -> tuple[str, ...]:
    """The list of the second press: the person's own, else everything there is."""
    return catalogue.gather(config.programmes).programmes


def open_box(
    config: Config, path: Path | None, diary: Diary, pins: Pins, given: Given | None = None
) -> Box:
    """A box by its settings, read from `path`. Raises what `pins` raises."""
    given = given or Given()
    clock = given.clock
    inbox = given.inbox or QueueInbox(clock)
    folders = folders_of(config)
    catalogue = Catalogue(folders, last=config.hold_programme)
    catalogue.look_ahead(lambda: inbox.post(Wake()), inbox.post)
    to_come = BedsToCome(beds.missing(folders.beds), inbox.post)
    reader = Lanes(catalogue.open_source, to_come.complain, inbox.post)
    if to_come.any:
        to_come.make(folders.beds, reader.forget_broken)
    card = given.card or Card(config.sound.card)
    player = Player(
        PygameDeck(card, config.sound.device_buffer, config.sound.ring_buffers),
        reader,
        clock.now,
        gone=lambda: card_gone(card.opened or ""),
        has_better=card.has_better,
        set_up=lambda: set_up_card(card.opened or "", config),
    )
    inputs, light = pins(inbox, clock)
    ports = Ports(
        clock=clock,
        inbox=inbox,
        inputs=inputs,
        light=light,
        sound=player if clock.is_real_time else NoSound(),
        supervisor=find_supervisor(),
        diary=diary,
        store=given.store or background_store(folders.state, inbox),
        programmes=catalogue,
        reload=lambda: reload_settings(path, catalogue, inbox),
        recordings=catalogue,
        when_ready=lambda: begin_to_look(catalogue, inbox),
        workers=reader.workers,
        publish=given.publish,
        hush=given.hush,
    )
    loop = assemble(config, programmes_of(config, catalogue), ports)
    return Box(loop, inbox, reader, player, catalogue)


def background_store(folder: Path, inbox: QueueInbox) -> BackgroundStore:
    """The state file in `folder`, written on a thread that posts how that went."""

    def tell(failed: str) -> None:
        inbox.post(Fault(STATE, failed) if failed else FaultEnded(STATE))

    return BackgroundStore(FileStore(folder), tell)


def set_up_card(opened: str, config: Config) -> list[News]:
    """The card's own mixer, set or only reported. Nothing where ALSA is not what plays."""
    if os.environ.get("SDL_AUDIODRIVER") != "alsa":
        return []
    return [*mixer.set_up(opened, config.sound.mixer, config.sound.mixer_db)]


def reload_settings(
    path: Path | None, catalogue: Catalogue, inbox: QueueInbox
) -> tuple[Settings | None, str]:
    """The settings in the file now, or None and everything that is wrong with it."""
    if path is None:
        return None, "no configuration file was given"
    try:
        config = read_config(path)
    except DocumentError as error:
        return None, "; ".join(str(problem) for problem in error.problems)
    catalogue.forget()
    warm_up(catalogue, inbox)
    told = f"{path} (pins, light and sound are taken up at the next start)"
    settings = config.settings(programmes_of(config, catalogue))
    catalogue.shelf.look(afresh=True)
    return settings, told


def begin_to_look(catalogue: Catalogue, inbox: QueueInbox) -> None:
    """Compile every script, and look for recordings, without anybody waiting for it."""
    catalogue.shelf.start()
    warm_up(catalogue, inbox)


def warm_up(catalogue: Catalogue, inbox: QueueInbox) -> None:
    """Compile every script, and name folders that are files, on a thread of its own."""

    def look() -> None:
        catalogue.warm()
        folders = catalogue.folders
        for folder in set(folders.no_folders()) - {folders.library}:  # the shelf's
            inbox.post(Refused(str(folder), NO_FOLDER))

    Worker("scripts", look, inbox.post).start()
