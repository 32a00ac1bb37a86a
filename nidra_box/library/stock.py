"""What there is of a person's own recordings: those that were taken in, what cannot be, and the
files that still wait for it. Blocks for as long as the disks take: never on the owner's thread."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from nidra_box.library.filenames import is_cues, is_passed_over
from nidra_box.library.folders import Folders
from nidra_box.library.incoming import INCOMING
from nidra_box.library.record import INDEX, ITEMS, Entry, Item, read_index, read_items
from nidra_box.library.recordings import is_recording
from nidra_box.library.stick import LAST, NO_STICK, Stick, read_stick
from nidra_box.words import natural, reason_of

LIBRARY, STORE = "library", "recordings"
"""The parts of the box that have these troubles."""


Mark = tuple[tuple[int, int], ...]
"""(mtime in ns, size) of each file; zeros where there is none. It tells whether to read again."""


@dataclass(frozen=True)
class Stock:
    """The recordings as they were last seen. `coming` are the files and folders of the library
    that the store does not know yet, neither as taken in nor as refused, and `waiting` those of
    them that may be played as they are until then. `troubles` are (part, reason).
    `is_known`: it was looked at; `has_index`: the store is there, and something was taken in."""

    entries: tuple[Entry, ...] = ()
    items: tuple[Item, ...] = ()
    waiting: tuple[str, ...] = ()
    coming: tuple[str, ...] = ()
    troubles: tuple[tuple[str, str], ...] = ()
    is_known: bool = False
    has_index: bool = False
    index: tuple[Entry, ...] = ()
    marks: tuple[Mark, Mark] = ((), ())
    """The list as it was read, with those that were forgotten since, and when both lists were."""
    stick: Stick = NO_STICK

    @cached_property
    def named(self) -> tuple[Entry, ...]:
        """The recordings by all names that their files have in the library."""
        by_id = {entry.id: entry for entry in self.entries}
        more = [item for item in self.items if item.state == "ready" and item.id in by_id]
        return self.entries + tuple(
            replace(by_id[item.id], name=item.name)
            for item in more
            if item.name != by_id[item.id].name
        )

    @property
    def is_whole(self) -> bool:
        """Whether a name that is not among it is nobody's. Nobody knows without the store."""
        return self.is_known and STORE not in dict(self.troubles)

    @property
    def circle(self) -> tuple[str, ...]:
        """What a second press comes to: what is ready; before anything is, what still waits."""
        ready = tuple(entry.id for entry in self.entries)
        return ready if ready or self.has_index else self.waiting

    @cached_property
    def by_name(self) -> dict[str, str]:
        """File name → id of what was made of it."""
        return {item.name: item.id for item in self.items if item.id} | {
            entry.name: entry.id for entry in self.entries if entry.name
        }

    @cached_property
    def ids(self) -> frozenset[str]:
        return frozenset(entry.id for entry in self.entries)

    @property
    def of_stick(self) -> bool | None:
        """Whether everything of the last stick can be played; None until all of it is known."""
        states = {item.name: item.state for item in self.items}
        found = [states.get(name) for name in self.stick.names if not is_cues(name)]
        if not all(state in ("ready", "refused") for state in found):
            return None
        return not self.stick.refused and "refused" not in found

    def refusals(self) -> list[tuple[str, str]]:
        """Each file that was not taken in, and why."""
        return [(item.name, item.reason) for item in self.items if item.state == "refused"]


def mark_of(*paths: Path) -> Mark:
    found = []
    for path in paths:
        try:
            info = path.stat()
            found.append((info.st_mtime_ns, info.st_size))
        except OSError:
            found.append((0, 0))
    return tuple(found)


def mark_of_names(folders: Folders) -> Mark:
    """Changes with every recording that comes or goes, and every file in the library."""
    stick = folders.library / INCOMING / LAST
    return mark_of(folders.recordings / INDEX, folders.library, stick)


def mark_of_stock(folders: Folders) -> Mark:
    """Likewise, and with every word of the intake about how far it is."""
    return (*mark_of_names(folders), *mark_of(folders.recordings / ITEMS, folders.recordings))


NOTHING = Stock()


def read_index_alone(folders: Folders) -> Stock:
    """What is ready, by one file: all that a press needs. The rest is not known yet; nor is
    anything where nothing was taken in, or the list cannot be read."""
    path = folders.recordings / INDEX
    mark = mark_of(path)
    try:
        index = read_index(folders.recordings)
    except (OSError, ValueError):
        return NOTHING  # `read_stock` says why
    return Stock(index, has_index=True, index=index, marks=(mark, ())) if index else NOTHING


def read_stock(folders: Folders, before: Stock = NOTHING) -> Stock:
    """The recordings now; what `before` has of a list holds where that is the same, or cannot be
    read, and why not is among the troubles. Does not raise."""
    store = folders.recordings
    why = folders.trouble(folders.library)
    troubles = [(LIBRARY, ": ".join(why))] if why else []
    try:
        there = frozenset(os.listdir(store))
    except OSError:
        if why := folders.trouble(store):
            troubles.append((STORE, ": ".join(why)))
        return _whole(folders, Stock(troubles=tuple(troubles)))
    marks = mark_of(store / INDEX), mark_of(store / ITEMS)
    index, items = before.index, before.items
    try:
        index = read_index(store) if marks[0] != before.marks[0] else index
        items = read_items(store) if marks[1] != before.marks[1] else items
    except (OSError, ValueError) as error:
        marks = before.marks
        reason = f"{store}: the list of recordings cannot be read: {reason_of(error)}"
        troubles.append((STORE, reason))
    found = Stock(
        entries=_as_in_library((entry for entry in index if entry.id in there), items),
        items=items,
        troubles=tuple(troubles),
        has_index=bool(index) or (INDEX in there and before.has_index),
        index=index,
        marks=marks,
    )
    return _whole(folders, found)


def _whole(folders: Folders, stock: Stock) -> Stock:
    """With what still waits; nobody knows that where the store cannot be seen."""
    coming = () if STORE in dict(stock.troubles) else _coming(folders.library, stock)
    waiting = tuple(filter(is_recording, coming))
    stick = _stick(folders.library)
    return replace(stock, waiting=waiting, coming=coming, stick=stick, is_known=True)


def _as_in_library(entries: Iterable[Entry], items: tuple[Item, ...]) -> tuple[Entry, ...]:
    """Each with a name that its file has now: another one that holds the same, where its own is
    gone, and none where that is the name of another recording's."""
    now: dict[str, list[str]] = {}
    for item in items:
        if item.state == "ready":
            now.setdefault(item.id, []).append(item.name)
    taken = {item.name for item in items if item.id}
    found = []
    for entry in entries:
        names = now.get(entry.id, [])
        if entry.name not in names and (names or entry.name in taken):
            entry = replace(entry, name=names[0] if names else "")  # noqa: PLW2901
        found.append(entry)
    return tuple(found)


def _stick(library: Path) -> Stick:
    try:
        return read_stick(library)
    except (OSError, ValueError):
        return NO_STICK


def _coming(library: Path, stock: Stock) -> tuple[str, ...]:
    known = {item.name for item in stock.items if item.state in ("ready", "refused")}
    known |= {entry.name for entry in stock.entries}
    try:
        names = set(os.listdir(library)) - known
    except OSError:
        return ()
    return tuple(
        sorted((n for n in names if not is_passed_over(n) and not is_cues(n)), key=natural)
    )
