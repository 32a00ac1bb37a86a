"""What was forgotten: recordings that a person does not want any more.

Forgetting moves a recording's folder into `.gone` of the store, and bringing it back moves it out
again; each is one rename. After 30 days its sound is removed, but not its name: a file that still
lies in `library/` would be taken in again otherwise. The person's own files are never touched.
"""

from __future__ import annotations

import calendar
import contextlib
import math
import os
import re
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

from nidra_box.files import open_to_group, sync_folder
from nidra_box.library.record import GONE, RECORD, is_id, read_record

KEPT_DAYS = 30
_STAMPED = re.compile(r"(\d{4})(\d\d)(\d\d)-(\d\d)(\d\d)(\d\d)", re.ASCII)
_STAMP = "%Y%m%d-%H%M%S"


@dataclass(frozen=True, slots=True)
class Forgotten:
    """`is_whole`: its sound is still there, so that it can be brought back as it was. `at`: when
    it was forgotten, in seconds since 1970; what the name does not tell counts as just now."""

    id: str
    place: Path
    is_whole: bool
    at: float


def forget(store: Path, programme: str, now: float) -> Path:
    """Move a recording to `.gone`; gives its place there. Raises OSError."""
    gone = store / GONE
    if not gone.is_dir():
        gone.mkdir()
        open_to_group(gone)  # the intake is another user than whoever forgets
    place = gone / f"{programme}-{time.strftime(_STAMP, time.gmtime(now))}"
    os.rename(store / programme, place)
    _sync(store, gone)
    return place


def bring_back(store: Path, found: Forgotten) -> bool:
    """Undo that, and say whether it is back as it was; of one without its sound, or with a broken
    record, only the name is given free, so that its file is taken in again. Raises OSError."""
    is_back = found.is_whole and bool(title_of(found))
    if is_back:
        os.rename(found.place, store / found.id)
    elif found.is_whole:  # its sound may be the only one that there is
        os.rename(found.place, found.place.with_name(f"broken-{found.place.name}"))
    else:
        shutil.rmtree(found.place)
    _sync(store, store / GONE)
    return is_back


def forgotten(store: Path) -> list[Forgotten]:
    """All that was forgotten, the newest last. Does not raise."""
    try:
        places = sorted((store / GONE).iterdir(), key=lambda place: place.name[12:])
    except OSError:
        return []
    return [
        Forgotten(place.name[:12], place, (place / RECORD).is_file(), _when(place.name[13:]))
        for place in places
        if is_id(place.name[:12]) and place.name[12:13] == "-"
    ]


def empty_gone(store: Path, now: float) -> None:
    """Remove the sounds of what was forgotten more than 30 days ago; the names stay. The intake
    only. Does not raise."""
    for found in forgotten(store):
        with contextlib.suppress(OSError):
            if found.is_whole and found.at < now - KEPT_DAYS * 86_400:
                for inside in found.place.iterdir():
                    inside.unlink()


def title_of(found: Forgotten) -> str:
    """What it was called; empty where nobody knows any more."""
    with contextlib.suppress(OSError, ValueError):
        return read_record(found.place, found.id).title
    return ""


def _when(stamp: str) -> float:
    found = _STAMPED.fullmatch(stamp)
    try:
        return calendar.timegm((*map(int, found.groups()), 0, 0, 0)) if found else math.inf
    except ValueError:  # a month 99
        return math.inf


def _sync(*folders: Path) -> None:
    for folder in folders:
        with contextlib.suppress(OSError):
            sync_folder(folder)
