"""What outlives the power: a few values in one small JSON file, whole or not at all.

The last good file stays as `.bak`. Nothing here ever stops the sound: a full, read-only or
dying card is a complaint.

An unknown field is ignored and an unknown version is read all the same, so an older box can
read what a newer one wrote. A known field of a wrong kind makes the whole file unusable.
"""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Protocol

from nidra_box.appliance.memory import Heard, Memory
from nidra_box.documents.untrusted import FILE_NAMES, fill, parse_object
from nidra_box.files import Writer, folder_for, forget_unfinished, read_file, sync, whole
from nidra_box.words import reason_of

VERSION = 1
STATE_FILE, BACKUP_FILE = "state.json", "state.json.bak"
STATE = "state"
"""The part of the box whose faults these are."""


class Store(Protocol):
    """Where the memory is kept. Owner's thread."""

    @property
    def failed(self) -> str:
        """What went wrong at the last save that has ended; empty if nothing did."""
        ...

    def load(self) -> tuple[Memory, list[str]]:
        """The last memory and what was wrong on the way to it. Does not raise."""
        ...

    def save(self, memory: Memory) -> None:
        """Keep `memory`, now or soon. Does not raise."""
        ...

    def save_now(self, memory: Memory) -> None:
        """`save` at the start of a box, before any other: when it has returned and has not
        `failed`, `memory` is what the next start will find."""
        ...

    def close(self) -> None:
        """Return when everything is kept, or after some seconds."""
        ...


class FileStore:
    """`state.json` and `state.json.bak` in one folder. A save blocks for as long as the card
    takes to sync."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / STATE_FILE
        self._backup = folder / BACKUP_FILE
        self.failed = ""

    def load(self) -> tuple[Memory, list[str]]:
        forget_unfinished(self._path.parent)
        complaints: list[str] = []
        for path in (self._path, self._backup):
            try:
                memory = _parse(read_file(path))
                if path is self._backup:  # it was overtaken: nobody knows what played last
                    memory = replace(memory, was_playing=False)
                return memory, complaints
            except FileNotFoundError:
                continue
            except (OSError, ValueError) as error:
                reason = reason_of(error)
                complaints.append(f"{path.name} cannot be used: {reason}")
        return Memory(), complaints

    def save(self, memory: Memory) -> None:
        text = json.dumps({"version": VERSION, **asdict(memory)}, indent=1) + "\n"
        failed = ""
        try:
            with folder_for(self._path.parent), whole(self._path) as stream:
                stream.write(text.encode("utf-8"))
                sync(stream)  # a full card must not cost the file that is there
                self._keep_backup()
        except OSError as error:
            failed = f"the state could not be saved: {reason_of(error)}"
        self.failed = failed

    def save_now(self, memory: Memory) -> None:
        self.save(memory)

    def close(self) -> None:
        return

    def _keep_backup(self) -> None:
        """The file that is about to be replaced becomes the backup, unless it is unusable. A
        power cut between the two renames leaves the backup, which `load` finds."""
        try:
            _parse(read_file(self._path))
        except (OSError, ValueError):
            return
        self._path.replace(self._backup)


def heard_in(folder: Path) -> dict[str, Heard]:
    """What was played, by id, for whoever only asks. Raises OSError where nobody may tell us."""
    for name in (STATE_FILE, BACKUP_FILE):
        with contextlib.suppress(FileNotFoundError, ValueError):
            return {each.id: each for each in _parse(read_file(folder / name)).heard}
    return {}


def file_system(folder: Path, mounts: Path = Path("/proc/self/mountinfo")) -> str:
    """The type of the file system that `folder` lies on (proc(5)); empty if nobody can tell."""
    try:
        device = folder.stat().st_dev
        number = f"{os.major(device)}:{os.minor(device)}"
        for line in mounts.read_text(encoding="utf-8", errors="replace").splitlines():
            facts, _, kind = line.partition(" - ")
            if facts.split()[2:3] == [number]:
                return kind.split()[0]
    except (OSError, IndexError):
        return ""
    return ""


def _parse(raw: bytes) -> Memory:
    """Raises ValueError for what is not a state file."""
    found = parse_object(raw)
    if type(found.get("version")) is not int:
        raise ValueError("it is not a state file")
    return fill(Memory, found, FILE_NAMES)


class BackgroundStore:
    """Saves on a thread of its own. `tell` hears, on that thread, what went wrong with a save,
    and an empty string when one goes well again."""

    def __init__(self, store: Store, tell: Callable[[str], None]) -> None:
        self._store = store
        self._writer = Writer("state", self._save, tell)

    @property
    def failed(self) -> str:
        return self._writer.outcome or self._store.failed

    def load(self) -> tuple[Memory, list[str]]:
        return self._store.load()

    def save(self, memory: Memory) -> None:
        self._writer.put(memory)

    def save_now(self, memory: Memory) -> None:
        self._store.save(memory)

    def close(self) -> None:
        self._writer.close()

    def _save(self, memory: Memory) -> str:
        self._store.save(memory)
        return self._store.failed
