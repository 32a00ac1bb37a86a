"""`take-stick`: what the service does when a USB stick is put in."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from nidra_box.appliance.presence import is_hushed
from nidra_box.cli.common import add_config_option, config_of, folders_for
from nidra_box.library.stick import take_stick
from nidra_box.words import printable

HUSHED_S = 1.0
"""How often it is asked whether the session has ended, where nobody freezes this process."""


def add_commands(commands: Any) -> None:
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
