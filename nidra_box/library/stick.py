"""A stick with a folder `nidra-box`: what is in it is copied into the library.

Runs in a process of its own, on a stick that is mounted read-only. What came of it is
kept in the library as `.incoming/stick.json`, for the commands that tell what became of everything
and for the lamp, which answers whoever has put it in.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from nidra_box.documents.untrusted import FILE_NAMES, fill, parse_object
from nidra_box.files import boot_id, read_file, write_whole
from nidra_box.library.filenames import is_passed_over
from nidra_box.library.incoming import (
    INCOMING,
    MOST_FILES,
    CannotCopy,
    copy_in,
    sweep,
)
from nidra_box.library.record import Item
from nidra_box.words import natural

FOLDER = "nidra-box"
LAST, FORMAT = "stick.json", "nidra-stick/1"
UDEV = Path("/run/udev/data")


@dataclass(frozen=True, slots=True)
class Refusal:
    """What was not copied from the last stick, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Names in the library; `was_there` lay in it before."""

    copied: tuple[str, ...] = ()
    was_there: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()


@dataclass(frozen=True, slots=True)
class Stick:
    """The last stick: what of it lies in the library, what was not copied, and when it was put
    in, by CLOCK_MONOTONIC of the boot `boot`; `put_in_at_s` 0: nobody knows when."""

    names: tuple[str, ...] = ()
    refused: tuple[Refusal, ...] = ()
    boot: str = ""
    put_in_at_s: float = 0.0


NO_STICK = Stick()


def take_stick(mounted: Path, library: Path, pause: Callable[[], None] = lambda: None) -> Outcome:
    """Copy everything in the folder `nidra-box` of a stick, small files first: words are there
    before the sound they belong to. `pause` is called between blocks, and may wait. Nothing
    where there is no such folder. Raises OSError when the stick cannot be read."""
    folder = next((one for one in _inside(mounted) if one.name.casefold() == FOLDER), None)
    if folder is None or folder.is_symlink() or not folder.is_dir():
        return Outcome()
    put_in_at_s = _put_in_at_s(mounted)
    sweep(library)
    copied: list[str] = []
    was_there: list[str] = []
    refused: list[Refusal] = []
    entries = [one for one in _inside(folder) if not is_passed_over(one.name)]
    if len(entries) > MOST_FILES:
        refused.append(Refusal(FOLDER, f"has more than {MOST_FILES:,} files → use folders"))
        entries = []
    for entry in sorted(entries, key=_size):
        pause()
        try:
            done = copy_in(entry, library, lambda *_: pause())
        except CannotCopy as error:
            refused.append(Refusal(entry.name, str(error)))
        else:
            (was_there if done.was_there else copied).append(done.name)
    outcome = Outcome(tuple(copied), tuple(was_there), tuple(refused))
    names = (*outcome.copied, *outcome.was_there)
    write_stick(library, Stick(names, outcome.refused, boot_id(), put_in_at_s))
    return outcome


def _put_in_at_s(mounted: Path) -> float:
    """When the system first saw the disk that is mounted there, as udev has it; 0 where nobody
    knows. A stick may wait for hours until a session has ended."""
    number = mounted.stat().st_dev
    try:
        known = (UDEV / f"b{os.major(number)}:{os.minor(number)}").read_bytes()
    except OSError:
        return 0.0
    found = re.search(rb"^I:(\d{1,18})$", known, re.MULTILINE)
    return int(found[1]) / 1e6 if found else 0.0


def read_stick(library: Path) -> Stick:
    """The last stick; an empty one where there was none. Raises OSError and ValueError."""
    try:
        found = parse_object(read_file(library / INCOMING / LAST))
    except FileNotFoundError:
        return NO_STICK
    if found.get("format") != FORMAT:
        raise ValueError(f"it is not {FORMAT}")
    return fill(Stick, found, FILE_NAMES)


def as_items(library: Path) -> tuple[Item, ...]:
    """The same for a list of everything in the library. Does not raise."""
    try:
        refused = read_stick(library).refused
    except (OSError, ValueError):
        return ()
    told = "was not copied from the stick: it"
    return tuple(Item(each.name, "refused", reason=f"{told} {each.reason}") for each in refused)


def write_stick(library: Path, stick: Stick) -> None:
    """Whole or not at all; not synced. Raises OSError."""
    content = {"format": FORMAT, **asdict(stick)}
    (library / INCOMING).mkdir(parents=True, exist_ok=True)
    write_whole(library / INCOMING / LAST, json.dumps(content) + "\n", lasting=False, mode=0o644)


def _inside(folder: Path) -> list[Path]:
    return [folder / name for name in sorted(os.listdir(folder), key=natural)]


def _size(entry: Path) -> tuple[bool, int]:
    """Files before folders, the smallest first."""
    try:
        return entry.is_dir(), entry.lstat().st_size
    except OSError:
        return False, 0
