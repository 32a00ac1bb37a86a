"""A person's own recordings as a command sees them: found by name, read, or one line why not."""

from __future__ import annotations

from nidra_box.cli.common import USAGE, Failed, say
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.findings import state_line
from nidra_box.library.folders import Folders
from nidra_box.library.names import id_of, names_meant
from nidra_box.library.person import Person, read_person
from nidra_box.library.record import (
    PERSON,
    Entry,
    Record,
    read_record,
)
from nidra_box.words import printable, reason_of


def entry_named(catalogue: Catalogue, name: str) -> Entry | None:
    """The recording called `name`, if it is one that is ready and no script is called so."""
    entries = catalogue.stock.entries
    found = id_of(name, catalogue.scripts(), catalogue.stock.named)
    return next((entry for entry in entries if entry.id == found), None)


def recording_named(catalogue: Catalogue, name: str) -> Entry:
    """Likewise; raises Failed, with what is in the way or may have been meant."""
    entry = entry_named(catalogue, name)
    if entry is not None:
        return entry
    scripts, entries = catalogue.scripts(), catalogue.stock.named
    if id_of(name, scripts, ()) is not None:
        raise Failed(f"{printable(name)} is a script, not a recording of your own", USAGE)
    if line := state_of(catalogue, name):
        raise Failed(line)
    raise Failed(
        f"there is no recording {name!r}{names_meant(name, [], entries)}; "
        "nidra-box programmes lists them",
        USAGE,
    )


def state_of(catalogue: Catalogue, name: str) -> str:
    """How far the file `name` of the library is, if it is one that does not play; else empty."""
    waiting = [item for item in catalogue.stock.items if item.state != "ready"]
    called = [Entry(f"/{n}", item.name, item.name, 0.0) for n, item in enumerate(waiting)]
    found = id_of(name, (), called)
    return "" if found is None else f"{printable(name)}: {state_line(waiting[int(found[1:])])}"


def record_of(folders: Folders, entry: Entry) -> Record:
    """Raises Failed."""
    place = folders.recordings / entry.id
    try:
        return read_record(place)
    except (OSError, ValueError) as error:
        mend = f"nidra-box forget {entry.id}, then forget --undo, has its file taken in again"
        raise Failed(f"{place}: its record cannot be read: {reason_of(error)} → {mend}") from error


def person_of(folders: Folders, programme: str) -> Person:
    """What the person says; mistakes in it are told."""
    person, problems = read_person(folders.recordings / programme / PERSON)
    for problem in problems:
        say(str(problem))
    return person
