"""What outlives the power: a few values in one small JSON file, whole or not at all.

The last good file stays as `.bak`. Nothing here ever stops the sound: a full, read-only or
dying card is a complaint.

An unknown field is ignored and an unknown version is read all the same, so an older box can
read what a newer one wrote. A known field of a wrong kind makes the whole file unusable.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Protocol

from nidra_box.appliance.memory import Memory
from nidra_box.documents.untrusted import FILE_NAMES, fill, parse_object
from nidra_box.files import Writer, folder_for, forget_unfinished, read_file, sync, whole
from nidra_box.words import reason_of

VERSION = 1
TURN_DELAY_S = 5.0
POSITION_EVERY_S = 285.0
"""A power cut may cost five minutes at most, and a card takes its time: with 300 s between two
saves 302 s were lost at the worst of a hundred moments (tests/rig/test_power_moments.py)."""
RETRY_S = 300.0


class Store(Protocol):
    """Where the memory is kept. Owner's thread."""

    def load(self) -> tuple[Memory, list[str]]:
        """The last memory and what was wrong on the way to it. Does not raise."""
        ...

    def save(self, memory: Memory) -> str:
        """Keep `memory`; returns what went wrong, or an empty string. Does not raise."""
        ...

    def save_now(self, memory: Memory) -> str:
        """`save` at the start of a box, before any other: when it returns an empty string,
        `memory` is what the next start will find."""
        ...

    def close(self) -> None:
        """Return when everything is kept, or after some seconds."""
        ...


class FileStore:
    """`state.json` and `state.json.bak` in one folder. A save blocks for as long as the card
    takes to sync."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "state.json"
        self._backup = folder / "state.json.bak"

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

    def save(self, memory: Memory) -> str:
        text = json.dumps({"version": VERSION, **asdict(memory)}, indent=1) + "\n"
        try:
            with folder_for(self._path.parent), whole(self._path) as stream:
                stream.write(text.encode("utf-8"))
                sync(stream)  # a full card must not cost the file that is there
                self._keep_backup()
        except OSError as error:
            return f"the state could not be saved: {reason_of(error)}"
        return ""

    def save_now(self, memory: Memory) -> str:
        return self.save(memory)

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
    """Saves on a thread of its own. A save that fails is told to `complain`, on that thread;
    the next one returns it, too."""

    def __init__(self, store: Store, complain: Callable[[str], None]) -> None:
        self._store = store
        self._writer = Writer("state", store.save, complain)

    def load(self) -> tuple[Memory, list[str]]:
        return self._store.load()

    def save(self, memory: Memory) -> str:
        self._writer.put(memory)
        return self._writer.outcome

    def save_now(self, memory: Memory) -> str:
        return self._store.save(memory)

    def close(self) -> None:
        self._writer.close()


@dataclass(slots=True)
class Keeper:
    """Decides when to save: volume 5 s after the last turn, a position every POSITION_EVERY_S, a
    stop at once. Nothing else touches the card while a night plays."""

    store: Store
    due_at: float = math.inf
    failed: str = ""

    def soon(self, at: float) -> None:
        """Something small changed; wait for the hand to come to rest."""
        self.due_at = at + TURN_DELAY_S

    def save(self, memory: Memory, at: float, playing: bool) -> str:
        """Save now; returns a complaint that was not made before, or an empty string."""
        self.due_at = at + POSITION_EVERY_S if playing else math.inf
        return self.complain(self.store.save(memory), at)

    def complain(self, complaint: str, at: float) -> str:
        """How a save went: one that failed is tried again in a while. Returns what was not
        said before."""
        if complaint:
            self.due_at = min(self.due_at, at + RETRY_S)
        news = complaint if complaint != self.failed else ""
        self.failed = complaint
        return news
