"""`forget`: the one command that takes a recording away, for thirty days on trial."""

from __future__ import annotations

import argparse
import time
from typing import Any

from nidra_box.cli.common import USAGE, Failed, add_config_option, config_of, say
from nidra_box.cli.common.intake import changing, look_now
from nidra_box.cli.common.own import recording_named
from nidra_box.cli.common.playable import catalogue_for
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.gone import KEPT_DAYS, Forgotten, bring_back, forget, forgotten, title_of
from nidra_box.library.names import id_of, names_meant
from nidra_box.library.record import GONE, Entry
from nidra_box.words import printable


def add_commands(commands: Any) -> None:
    parser = commands.add_parser(
        "forget",
        help="take a recording away (it can be brought back for 30 days)",
        description="The box forgets a recording: it is not played and not taken in again, also "
        f"if its file still lies in the library. Your own file is never touched. For {KEPT_DAYS} "
        "days --undo brings back what was taken in.",
        epilog="example:\n  nidra-box forget 'Ocean at Night'\n"
        "  nidra-box forget --undo 'Ocean at Night'",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("id", metavar="ID", nargs="+", help="its id, its title or its file's name")
    parser.add_argument("--undo", action="store_true", help="bring it back")
    add_config_option(parser)
    parser.set_defaults(run=run_forget)


def run_forget(arguments: argparse.Namespace) -> int:
    config, _ = config_of(arguments)
    catalogue = catalogue_for(config)
    act = _undo if arguments.undo else _forget
    found = [_find(catalogue, name, arguments.undo) for name in arguments.id]
    for entry in found:
        act(catalogue, entry)
    if said := look_now(config, catalogue.folders):
        say(said)
    return 0


def _find(catalogue: Catalogue, name: str, undo: bool) -> Entry:
    """Before anything is changed, all that was named. Raises Failed."""
    if not undo:
        return recording_named(catalogue, name)
    gone = _gone(catalogue)
    found = id_of(name, (), gone)
    if found is None:
        back = id_of(name, (), catalogue.stock.named)
        why = f"{name!r} was not forgotten" if back else f"nothing called {name!r} was forgotten"
        raise Failed(f"{why}{names_meant(name, (), gone)}", USAGE)
    return next(entry for entry in gone if entry.id == found)


def _gone(catalogue: Catalogue) -> list[Entry]:
    """What was forgotten, as entries: of the same the newest."""
    newest = {found.id: found for found in forgotten(catalogue.folders.recordings)}
    return [Entry(found.id, title_of(found), "", 0.0) for found in newest.values()]


def _forget(catalogue: Catalogue, entry: Entry) -> None:
    store, library = catalogue.folders.recordings, catalogue.folders.library
    with changing(store, f"forget {entry.id}"):
        place = forget(store, entry.id, time.time())
    print(f"{printable(entry.title)} is forgotten. For {KEPT_DAYS} days it lies in {place}")
    print(f"  bring it back:  nidra-box forget --undo {entry.id}")
    if entry.name and (library / entry.name).exists():
        print(f"  your file stays where it is: {library / printable(entry.name)}")


def _undo(catalogue: Catalogue, entry: Entry) -> None:
    store = catalogue.folders.recordings
    newest = [each for each in forgotten(store) if each.id == entry.id][-1]
    with changing(store / GONE, f"forget --undo {entry.id}"):
        is_back = bring_back(store, newest)
    print(_brought_back(newest, entry, is_back))


def _brought_back(found: Forgotten, entry: Entry, is_back: bool) -> str:
    if is_back:
        return f"{printable(entry.title)} is back, as it was"
    if found.is_whole:
        return f"{found.id} may be taken in again; its record was broken"
    return f"{found.id} may be taken in again; its sound was removed {KEPT_DAYS} days after"
