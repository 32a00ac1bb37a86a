"""What lies in the library: its files and folders, each a recording to be, in natural order."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePath

from nidra_box.library.filenames import CUE_ENDINGS, is_passed_over
from nidra_box.library.incoming import DEEPEST, MOST_FILES
from nidra_box.words import natural

WORDS = {*CUE_ENDINGS, ".txt"}  # beside a sound of the same name: its words and cues
REPORT = "taken-in.txt"  # what we ourselves write for people
COMPANIONS = WORDS | {
    *(".jpg", ".jpeg", ".png", ".gif", ".webp", ".bmp", ".pdf", ".nfo", ".cue", ".log", ".m3u"),
    *(".m3u8", ".pls", ".url", ".html", ".htm", ".ini", ".md", ".opf", ".json", ".yaml", ".sfv"),
}
"""What people have in a folder beside the sounds."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """`name` in the library; `files` for a folder, in their order. `stamp` changes with any of
    its names, sizes and times; `changed_s` is the newest of the times. `too_many`: files."""

    name: str
    path: Path
    files: tuple[Path, ...]
    is_folder: bool
    stamp: str
    changed_s: float


def candidates(library: Path) -> list[Candidate]:
    """Raises OSError where the library cannot be read."""
    names = sorted(os.listdir(library), key=natural)
    stems = {PurePath(name).stem.casefold() for name in names if _suffix(name) not in WORDS}
    found = []
    for name in names:
        beside = _suffix(name) in WORDS and PurePath(name).stem.casefold() in stems
        if is_passed_over(name) or beside or name.casefold() == REPORT:
            continue
        try:
            found.append(_candidate(library / name))
        except OSError:  # it went away
            continue
    return found


def _candidate(path: Path) -> Candidate:
    kind = path.lstat()
    if not stat.S_ISDIR(kind.st_mode):
        stamp = f"{kind.st_size} {kind.st_mtime_ns}"
        return Candidate(path.name, path, (), False, stamp, kind.st_mtime)
    files = _inside(path, DEEPEST)[: MOST_FILES + 1]
    digest, newest = hashlib.sha256(), 0.0
    for file in files:
        each = file.lstat()
        digest.update(os.fsencode(file) + f"\0{each.st_size} {each.st_mtime_ns}\n".encode())
        newest = max(newest, each.st_mtime)
    stamp = digest.hexdigest()[:32]
    return Candidate(path.name, path, tuple(files), True, stamp, newest or kind.st_mtime)


def _inside(folder: Path, deep: int) -> list[Path]:
    """Every file that may be a part of a folder's programme, in natural order."""
    found: list[Path] = []
    for name in sorted(os.listdir(folder), key=natural):
        place = folder / name
        if is_passed_over(name) or len(found) > MOST_FILES:
            continue
        if place.is_dir() and not place.is_symlink():
            found += _inside(place, deep - 1) if deep > 1 else []
        elif _suffix(name) not in COMPANIONS:
            found.append(place)
    return found


def _suffix(name: str) -> str:
    return PurePath(name).suffix.lower()
