"""`take-in` and `take-stick`: what the service does with new recordings, and with a USB stick."""

from __future__ import annotations

import argparse
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from nidra_box.appliance.presence import is_hushed
from nidra_box.cli.common import add_config_option, config_of, folders_for, intake_arguments
from nidra_box.library.stick import take_stick
from nidra_box.words import printable

HUSHED_S = 1.0
"""How often it is asked whether the session has ended, where nobody freezes this process."""


def add_commands(commands: Any) -> None:
    taking = commands.add_parser(
        "take-in",
        help="take in what is new in the library (what systemd starts)",
        description="Decode what is new in the library once and keep what will play. Done by "
        "itself on a box, and by nidra-box add. While a session runs it waits.",
        epilog="example:\n  nidra-box take-in",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_config_option(taking)
    taking.set_defaults(run=take_in)

    stick = commands.add_parser(
        "take-stick",
        help="copy the recordings of a mounted stick into the library (what systemd starts)",
        description="Copy what is in the folder `nidra-box` of a stick, mounted at DIR, into the "
        "library. Nothing on the stick is changed. While a session runs it waits.",
        epilog="example:\n  nidra-box take-stick /media/stick",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    stick.add_argument("folder", type=Path, metavar="DIR", help="where the stick is mounted")
    add_config_option(stick)
    stick.set_defaults(run=take_from_stick)


def take_in(arguments: argparse.Namespace) -> NoReturn:
    """Become the intake: a process of its own, that has loaded nothing of a box."""
    config, _ = config_of(arguments)
    wait_while_hushed()
    words = [sys.executable, "-m", "nidra_box.library.intake", *intake_arguments(config)]
    os.execv(sys.executable, words)  # noqa: S606


def take_from_stick(arguments: argparse.Namespace) -> int:
    config, _ = config_of(arguments)
    outcome = take_stick(arguments.folder, folders_for(config).library, wait_while_hushed)
    for name in outcome.copied:
        print(f"{printable(name)}: copied into the library")
    for name in outcome.was_there:
        print(f"{printable(name)}: was in the library already")
    for refusal in outcome.refused:
        print(f"{printable(refusal.name)}: not copied: it {refusal.reason}")
    return 0


def wait_while_hushed() -> None:
    """Return when no session runs on this machine. A unit is frozen besides; this is for a
    clone, and for the moments in which systemd starts one."""
    while is_hushed():
        time.sleep(HUSHED_S)
