"""`run`: the appliance itself, on real pins."""

from __future__ import annotations

import argparse
import logging
import os
import time
import traceback
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from nidra_box.appliance.assemble import (
    assemble,
    folders_of,
    open_pins,
)
from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import AskedToEnd, PowerLow, QueueInbox, install_signals
from nidra_box.appliance.status_socket import (
    SOCKET_NAME,
    AlreadyRunning,
    StatusSocket,
    claim,
    runtime_folder,
    sockets,
)
from nidra_box.appliance.store import file_system
from nidra_box.cli.common import (
    MISCONFIGURED,
    Failed,
    add_config_option,
    config_of,
    is_expected,
    last_words,
)
from nidra_box.cli.common.ending import until_it_ends
from nidra_box.diary.entries import FATAL, Diary
from nidra_box.diary.journal import JournalDiary, find_diary
from nidra_box.diary.night_log import NightLog
from nidra_box.diary.nights import BackgroundNights, NightFile
from nidra_box.hardware.board import NoHeader, NotAPi
from nidra_box.hardware.power import watch_power
from nidra_box.sound.card.choose import finder
from nidra_box.sound.card.deck import Card
from nidra_box.words import reason_of

log = logging.getLogger("nidra_box")

LOOKED_UP_S = 0.5
"""[D] The journal asks the kernel which service an entry comes from when it reads it, so whoever
sent it must still be there."""


def add_commands(commands: Any) -> None:
    run = commands.add_parser(
        "run",
        help="the appliance on real pins (what systemd starts)",
        description="Run the box on the pins and the sound card of this machine.",
        epilog="example:\n  nidra-box run --config /etc/nidra-box/nidra-box.yaml",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config_option(run)
    run.set_defaults(run=run_box)


def run_box(arguments: argparse.Namespace) -> int:
    """The appliance. In the journal what else there is to say (and why it ends) has fields, too."""
    diary = find_diary()
    if not isinstance(diary, JournalDiary):
        return _run(arguments, diary)
    with diary.takes_log():
        try:
            return _run(arguments, diary)
        except Exception as error:
            return end_in_journal(error, diary)


def end_in_journal(error: Exception, diary: Diary) -> int:
    """Its last words; a bug's with the place in NIDRA_TRACEBACK. Returns the exit code."""
    where = "journalctl -u nidra-box -o verbose NIDRA_FAULT=1 shows where"
    lines, code = last_words(error, where)
    trace = {} if is_expected(error) else {"traceback": "".join(traceback.format_exception(error))}
    for line in lines:
        diary.note(time.monotonic(), FATAL, reason=line, **trace)
    time.sleep(LOOKED_UP_S)
    return code


def _run(arguments: argparse.Namespace, journal: Diary) -> int:
    clock = SystemClock()
    inbox = arguments.inbox or install_signals(QueueInbox(clock))
    config, path = config_of(arguments)
    os.environ.setdefault("SDL_AUDIODRIVER", "alsa")
    state = folders_of(config).state
    runtime = runtime_folder(state)
    if file_system(state) == "overlay":
        log.warning("%s lies on an overlay: nothing is remembered over a restart", state)
    file = NightFile(state)
    nights = BackgroundNights(file)
    diary = NightLog([journal], nights.keep, clock.wall, file.last())
    with _claimed(runtime, state):
        try:
            box = assemble(
                config,
                path,
                diary,
                lambda inbox, clock: open_pins(config, inbox, clock),
                clock=clock,
                card=Card(config.sound.card, find=finder(clock.now)),
                inbox=inbox,
            )
            inbox.sleep(0.0)  # a box that is to end by now need not begin
        except AskedToEnd:
            return 0
        except NoHeader as error:  # not for good: systemd tries again
            raise Failed(str(error)) from error
        except NotAPi as error:
            raise Failed(str(error), MISCONFIGURED) from error
        box.loop.meter = diary.meter
        watch_power(lambda is_low: inbox.post(PowerLow(is_low)))
        status = _open_status(StatusSocket(runtime / SOCKET_NAME, inbox.post))
        try:
            return until_it_ends(box)
        finally:
            status.close()
            diary.close(clock.now())
            nights.close()


def _claimed(runtime: Path, state: Path) -> AbstractContextManager[object]:
    """There is one box on a machine; without a folder to say so, nobody can tell."""
    try:
        return claim(runtime, sockets(state))
    except AlreadyRunning as error:
        raise Failed(str(error)) from error
    except OSError as error:
        log.warning("no other box can be kept from starting: %s: %s", runtime, error.strerror)
        return nullcontext()


def _open_status(status: StatusSocket) -> StatusSocket:
    """A box that cannot be asked plays all the same."""
    try:
        status.open()
    except OSError as error:
        log.warning("nidra-box status cannot ask this box: %s", reason_of(error))
    return status
