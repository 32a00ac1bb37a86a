"""A person's own recordings as a command sees them: found by name, read, or one line why not."""

from __future__ import annotations

import os

from nidra_box.cli.common import USAGE, Failed, say
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.findings import state_line
from nidra_box.library.folders import Folders
from nidra_box.library.names import id_of, names_meant
from nidra_box.library.person import Person, read_person
from nidra_box.library.record import (
    PERSON,
    Entry,
    Item,
    Record,
    read_index,
    read_items,
    read_record,
)
from nidra_box.words import printable, reason_of


def entries_in(folders: Folders) -> tuple[Entry, ...]:
    """The recordings that are ready and were not forgotten since; none where the list cannot be
    read, which is told."""
    try:
        there = set(os.listdir(folders.recordings))
        return tuple(entry for entry in read_index(folders.recordings) if entry.id in there)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        say(f"{folders.recordings}: the list of recordings cannot be read: {reason_of(error)}")
        return ()


def items_in(folders: Folders) -> tuple[Item, ...]:
    """What becomes of each file in the library, as the intake has written it; likewise."""
    try:
        return read_items(folders.recordings)
    except (OSError, ValueError) as error:
        say(f"{folders.recordings}: what is in the library cannot be read: {reason_of(error)}")
        return ()


def entry_named(catalogue: Catalogue, name: str) -> Entry | None:
    """The recording called `name`, if it is one that is ready and no script is called so."""
    entries = entries_in(catalogue.folders)
    found = id_of(name, catalogue.scripts(), entries)
    return next((entry for entry in entries if entry.id == found), None)


def recording_named(catalogue: Catalogue, name: str) -> Entry:
    """Likewise; raises Failed, with what is in the way or may have been meant."""
    entry = entry_named(catalogue, name)
    if entry is not None:
        return entry
    scripts, entries = catalogue.scripts(), entries_in(catalogue.folders)
    if id_of(name, scripts, ()) is not None:
        raise Failed(f"{printable(name)} is a script, not a recording of your own", USAGE)
    if line := state_of(catalogue.folders, name):
        raise Failed(line)
    raise Failed(
        f"there is no recording {name!r}{names_meant(name, [], entries)}; "
        "nidra-box programmes lists them",
        USAGE,
    )


def state_of(folders: Folders, name: str) -> str:
    """How far the file `name` of the library is, if it is one that does not play; else empty."""
    waiting = [item for item in items_in(folders) if item.state != "ready"]
    called = [Entry(f"/{n}", item.name, item.name, 0.0) for n, item in enumerate(waiting)]
    found = id_of(name, (), called)
    return "" if found is None else f"{printable(name)}: {state_line(waiting[int(found[1:])])}"


def record_of(folders: Folders, entry: Entry) -> Record:
    """Raises Failed."""
    place = folders.recordings / entry.id
    try:
        return read_record(place)
    except (OSError, ValueError) as error:
        raise Failed(f"{place}: its record cannot be read: {reason_of(error)}") from error


def person_of(folders: Folders, programme: str) -> Person:
    """What the person says; mistakes in it are told."""
    person, problems = read_person(folders.recordings / programme / PERSON)
    for problem in problems:
        say(str(problem))
    return person
