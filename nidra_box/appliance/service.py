"""The box as a service: one on a machine, watched, asked, and written down night by night."""

from __future__ import annotations

import contextlib
import logging
import os
from pathlib import Path

from nidra_box.appliance.box import Given, folders_of, open_box
from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import AskedToEnd, QueueInbox
from nidra_box.appliance.presence import hush, present
from nidra_box.appliance.store import file_system
from nidra_box.config import Config
from nidra_box.diary.diary import Diary, Sink
from nidra_box.diary.entries import WEAK_POWER, PowerEnough
from nidra_box.diary.night_log import NightLog
from nidra_box.diary.nights import BackgroundNights, NightFile
from nidra_box.hardware.opening import open_pins
from nidra_box.hardware.power import watch_power
from nidra_box.sound.card.choose import finder
from nidra_box.sound.card.deck import Card

log = logging.getLogger("nidra_box")


def run_service(
    config: Config, path: Path | None, clock: SystemClock, inbox: QueueInbox, sink: Sink
) -> None:
    """Run until asked to end. Raises AlreadyRunning, NotAPi, NoHeader, ButtonHeld, InputsDied,
    SoundStuck, WorkerDied."""
    os.environ.setdefault("SDL_AUDIODRIVER", "alsa")
    state = folders_of(config).state
    if file_system(state) == "overlay":
        log.warning("%s lies on an overlay: nothing is remembered over a restart", state)
    file = NightFile(state)
    nights = BackgroundNights(file)
    night_log = NightLog(nights.keep, clock.wall, file.last())
    with contextlib.suppress(AskedToEnd), present(state, clock) as publish:
        card = Card(config.sound.card, find=finder(clock.now))
        given = Given(clock, card, inbox=inbox, publish=publish, hush=hush)
        box = open_box(
            config,
            path,
            Diary(sink, night_log),
            lambda inbox, clock: open_pins(config, inbox.post, clock.now, inbox.sleep),
            given,
        )
        inbox.sleep(0.0)  # a box that is to end by now need not begin
        box.loop.meter = night_log.meter
        watch_power(lambda low: inbox.post(WEAK_POWER if low else PowerEnough()), inbox.post)
        try:
            box.run()
        finally:
            night_log.close(clock.now())
            nights.close()
