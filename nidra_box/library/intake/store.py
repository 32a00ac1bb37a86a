"""The store: a folder per recording, put there whole by one rename, and the index of them all.

The intake is its only writer (but for `forget`, which renames a whole folder away). What a crash
left half made lies in `.taking`, and the next run removes it.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nidra_box.files import forget_unfinished, open_to_group, sync, sync_folder
from nidra_box.library.gone import forgotten
from nidra_box.library.intake.sniff import NotNow, Refused
from nidra_box.library.person import read_person
from nidra_box.library.record import (
    INDEX,
    LEVELS,
    PERSON,
    TAKING,
    Entry,
    Record,
    is_id,
    read_index,
    read_record,
    write_index,
    write_record,
)
from nidra_box.library.recordings import LOOP_S
from nidra_box.words import natural, reason_of

Rows = NDArray[np.float32]

MUST_STAY_FREE = 1_000_000_000


def make_store(store: Path) -> None:
    """The folder, ready to be written, without what an earlier run left half made. Raises
    OSError."""
    store.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(store / TAKING, ignore_errors=True)
    (store / TAKING).mkdir(exist_ok=True)
    forget_unfinished(store)


@contextmanager
def making(store: Path) -> Iterator[Path]:
    """A new folder for a recording that is being made; gone with the block unless `keep` has
    given it its place. Raises NotNow."""
    place = store / TAKING / os.urandom(8).hex()
    try:
        place.mkdir(parents=True)
    except OSError as error:
        raise NotNow(f"the store cannot be written: {reason_of(error).lower()}") from error
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def keep(place: Path, store: Path, record: Record, rows: Rows) -> None:
    """Give the folder `place`, with its sound, its record and its place in the store. From then
    on it is there, also after a power cut. Raises NotNow, and Refused where what was found out
    about a stranger's file would not be believed when it is read."""
    try:
        with open(place / LEVELS, "wb") as stream:
            np.save(stream, rows.astype(np.float32), allow_pickle=False)
            sync(stream)
        write_record(place, record)
        read_record(place, record.id)
        open_to_group(place)  # it may describe it
        sync_folder(place)
        os.rename(place, store / record.id)
        sync_folder(store)
    except OSError as error:
        raise NotNow(f"the store cannot be written: {reason_of(error).lower()}") from error
    except ValueError as error:
        raise Refused(f"what it says of itself makes no sense: {error}") from error


def check_room(store: Path, needed: float, must_stay: int = MUST_STAY_FREE) -> None:
    """Raises NotNow where less than `must_stay` bytes would be left."""
    free = shutil.disk_usage(store).free
    if free - needed < must_stay:
        raise NotNow(
            f"it would need {_gb(needed)}; {_gb(free)} are free, of which {_gb(must_stay)} must "
            "stay: make room"
        )


def read_rows(folder: Path) -> Rows:
    """The levels of a recording. Raises OSError and ValueError."""
    with open(folder / LEVELS, "rb") as stream:
        rows = np.load(stream, allow_pickle=False)
    if rows.ndim != 2 or rows.shape[1] != 3 or not len(rows):
        raise ValueError("its levels are of another kind")
    return np.asarray(rows, np.float32)


def is_forgotten(store: Path, programme: str) -> bool:
    return any(each.id == programme for each in forgotten(store))


def ids_in(store: Path) -> set[str]:
    with suppress(OSError):
        return {name for name in os.listdir(store) if is_id(name)}
    return set()


class Index:
    """What is in the store, as `index.json` lists it: kept in step with the folders there."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._entries: dict[str, Entry] = {}
        known: tuple[Entry, ...] = ()
        with suppress(OSError, ValueError):
            known = read_index(store)
        there = ids_in(store)
        self._entries = {entry.id: entry for entry in known if entry.id in there}
        for missing in sorted(there - self._entries.keys()):
            with suppress(OSError, ValueError):  # a broken record is no recording
                self._note(read_record(store / missing))
        if tuple(self._entries.values()) != known or not (store / INDEX).exists():
            self.write()

    def __contains__(self, programme: object) -> bool:
        return programme in self._entries

    def __getitem__(self, programme: str) -> Entry:
        return self._entries[programme]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All, by title in natural order."""
        every = self._entries.values()
        return tuple(sorted(every, key=lambda each: (natural(each.title), each.id)))

    def put(self, record: Record, name: str = "") -> None:
        """The recording is there (or has changed); its file in the library is `name` now. Raises
        OSError."""
        before = self._entries.get(record.id)
        self._note(record, name or (before.name if before else ""))
        if self._entries[record.id] != before:
            self.write()

    def rename(self, programme: str, name: str) -> None:
        """Its file is called `name` now. Raises OSError."""
        if self._entries[programme].name != name:
            self.put(read_record(self._store / programme), name)

    def write(self) -> None:
        """Raises OSError."""
        write_index(self._store, self.entries)

    def _note(self, record: Record, name: str = "") -> None:
        name = name or Path(record.originals[0].name).parts[0]
        person, _ = read_person(self._store / record.id / PERSON)
        title = person.title or record.title
        length_s = LOOP_S if person.loop else record.duration_s
        entry = Entry(record.id, title, name, length_s, record.teacher)
        self._entries[record.id] = entry


def _gb(size: float) -> str:
    return f"{size / 1e9:.1f} GB" if size >= 95e6 else f"{max(size / 1e6, 1):.0f} MB"
