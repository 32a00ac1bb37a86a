"""`run`: the appliance itself, on real pins."""

from __future__ import annotations

import argparse
import time
import traceback
from typing import Any

from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import QueueInbox, install_signals
from nidra_box.appliance.service import run_service
from nidra_box.cli.common import add_config_option, config_of, is_expected, last_words
from nidra_box.cli.common.ending import failed_as
from nidra_box.diary.diary import Sink
from nidra_box.diary.entries import Fatal
from nidra_box.diary.journal import Journal, find_log

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
    sink = find_log()
    if not isinstance(sink, Journal):
        return _run(arguments, sink)
    with sink.takes_log():
        try:
            return _run(arguments, sink)
        except Exception as error:
            return end_in_journal(error, sink)


def end_in_journal(error: Exception, sink: Journal) -> int:
    """Its last words; a bug's with the place in NIDRA_TRACEBACK. Returns the exit code."""
    where = "journalctl -u nidra-box -o verbose NIDRA_FAULT=1 shows where"
    lines, code = last_words(error, where)
    trace = None if is_expected(error) else "".join(traceback.format_exception(error))
    for line in lines:
        sink.note(time.monotonic(), Fatal(line, trace), sink.diary)
    time.sleep(LOOKED_UP_S)
    return code


def _run(arguments: argparse.Namespace, sink: Sink) -> int:
    clock = SystemClock()
    inbox = arguments.inbox or install_signals(QueueInbox(clock))
    config, path = config_of(arguments)
    with failed_as():
        run_service(config, path, clock, inbox, sink)
    return 0
