"""`last-night` and `status`: what a box did, and how it stands, in one line each."""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nidra_box.appliance.presence import MayNotAsk, NoBox, ask_this_machine
from nidra_box.appliance.status import NOTHING, status_line
from nidra_box.cli.common import (
    MEMBER,
    SERVICE_STATE,
    Failed,
    add_config_option,
    config_of,
    folders_for,
    print_json,
    say,
)
from nidra_box.config import Config
from nidra_box.diary.morning import morning_line, night_values
from nidra_box.diary.nights import NAME, NightFile
from nidra_box.documents.node import DocumentError
from nidra_box.library.findings import library_line
from nidra_box.library.folders import Folders
from nidra_box.library.record import Item, read_items
from nidra_box.library.stick import as_items
from nidra_box.words import reason_of


def add_commands(commands: Any) -> None:
    raw = argparse.RawDescriptionHelpFormatter
    last = commands.add_parser(
        "last-night",
        help="the last night in one line",
        description="What was played, until when, and what was not as usual. Nights of a year "
        "are kept in the state folder; what starts within two hours is the same night.",
        epilog="example:\n  nidra-box last-night --all",
        formatter_class=raw,
    )
    last.add_argument("--all", action="store_true", help="every night that is kept, oldest first")
    last.add_argument("--json", action="store_true", help="one JSON object, with everything")
    add_config_option(last)
    last.set_defaults(run=show_last_night)

    status = commands.add_parser(
        "status",
        help="how the running box stands, in one line",
        description="What the running box last wrote down (its owner and group may read it), and, "
        "in a second line, what of the library is being taken in or is not played. Exit code 1 "
        "when none is running.",
        epilog="example:\n  nidra-box status --json",
        formatter_class=raw,
    )
    status.add_argument("--json", action="store_true", help="one JSON object, with everything")
    add_config_option(status)
    status.set_defaults(run=show_status)


def show_last_night(arguments: argparse.Namespace) -> int:
    config = _config(arguments)
    file = NightFile(_state(config, NAME))
    try:
        nights = file.read()
    except PermissionError as error:
        mend = f"sudo nidra-box last-night, or once: {MEMBER}"
        raise Failed(f"{file.path} may not be read by you: {mend}") from error
    except OSError as error:
        raise Failed(f"{file.path} cannot be read: {reason_of(error)}") from error
    asked = nights if arguments.all else nights[-1:]
    if arguments.json:
        print_json("last-night", {"nights": [night_values(night) for night in asked]})
    if not nights:
        raise Failed(f"no night has been written down yet in {file.path.parent}")
    for night in [] if arguments.json else asked:
        print(morning_line(night, time.time()))
    return 0


def show_status(arguments: argparse.Namespace) -> int:
    items = _items(arguments)
    try:
        found = ask_this_machine()
    except MayNotAsk as error:
        raise Failed(f"{error}: sudo nidra-box status, or once: {MEMBER}") from error
    except NoBox as error:
        if arguments.json:
            print_json("status", {"running": False} | NOTHING | _library(items))
        elif coming := library_line(items):
            print(coming)
        raise Failed(str(error)) from error
    if arguments.json:
        print_json("status", {"running": True} | NOTHING | found | _library(items))
    else:
        print(status_line(found))
        if coming := library_line(items):
            print(coming)
    return 0


def _items(arguments: argparse.Namespace) -> tuple[Item, ...]:
    """What becomes of each file in the library; none where that cannot be known."""
    try:
        folders = folders_for(config_of(arguments)[0])
        return (*read_items(folders.recordings), *as_items(folders.library))
    except (DocumentError, OSError, ValueError):
        return ()


def _library(items: tuple[Item, ...]) -> dict[str, Any]:
    return {"library": [asdict(item) for item in items if item.state != "ready"]}


def _config(arguments: argparse.Namespace) -> Config:
    """The settings, or the defaults where the file has mistakes: the nights can be read all the
    same."""
    try:
        return config_of(arguments)[0]
    except DocumentError as error:
        say(f"{error.problems[0]} (nidra-box check names all; the nights are read all the same)")
        return Config()


def _state(config: Config, name: str, service: Path = SERVICE_STATE) -> Path:
    """The state folder that was asked for; else the service's or the person's own, the first
    that holds such a file, whether or not we may read it; else the service's if it is there."""
    own = Folders.find(own=config.folders.state).state
    if config.folders.state or os.environ.get("STATE_DIRECTORY"):
        return own
    holding = [folder for folder in (service, own) if _is_there(folder / name)]
    return [*holding, service if _is_there(service) else own][0]


def _is_there(file: Path) -> bool:
    """Also where its folder may not be entered: it cannot be said then that it is not."""
    try:
        file.lstat()
    except PermissionError:
        return True
    except OSError:
        return False
    return True
