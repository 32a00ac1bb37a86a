"""Copies files and folders into `library/`, whole or not at all, from wherever a person has them.

Shared by `nidra-box add` and by what takes a USB stick. A copy grows in `library/.incoming`, is
synced, and then gets its name in `library/` in one step, so that the intake and the box never see
half of it. What was there before is never replaced.

Only ordinary files are copied: no link is followed, a FIFO and a device are not opened. Names are
made harmless; what systems leave beside files is passed over.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import itertools
import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path, PurePath

from nidra_box.files import open_to_group, sync_folder
from nidra_box.library.filenames import is_passed_over, safe_name
from nidra_box.words import natural, reason_of

INCOMING = ".incoming"
LEFT_BYTES = 1_000_000_000
"""So much stays free on the disk of the library."""
MOST_BYTES = 64 * 1024**3
MOST_FILES = 1000
DEEPEST = 3
"""A folder in a folder in a folder: the parts of an audio book have two."""
SAME_S = 2.0
"""FAT keeps times to two seconds."""
FILE_MODE = 0o664
"""Whatever the umask of who copies: the intake is another user, of the library's group."""
BLOCK = 1 << 20
SYNCED_BYTES = 8 << 20
"""No more than this waits to be written at any time: a session that begins finds the disk free
after a moment, and the memory is left to others."""
NO_LINK = os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY


class CannotCopy(Exception):
    """Why nothing was copied, in words for a person."""


@dataclass(frozen=True, slots=True)
class Copied:
    """`name` in `library/`; `was_there`: the same files lay there before, nothing was written."""

    name: str
    size: int
    was_there: bool = False


@dataclass(frozen=True, slots=True)
class _File:
    """A file to copy, its place within the folder; `parts` is empty for a single file."""

    parts: tuple[str, ...]
    path: Path
    size: int
    mtime_s: float


Progress = Callable[[int, int], None]
"""Told the bytes copied so far, and all of them."""
Writing = Callable[[], AbstractContextManager[None]]
"""Around everything that is written: root does it with the rights of the library's owner."""


def copy_in(
    source: Path,
    library: Path,
    progress: Progress = lambda done, total: None,
    writing: Writing = contextlib.nullcontext,
) -> Copied:
    """Copy a file, or a folder as one programme, into `library`. Raises CannotCopy, after which
    nothing of it is left."""
    if (place := _inside(source, library)) is not None:
        return Copied(place, 0, was_there=True)
    try:
        files = list(_files(source))
    except OSError as error:
        raise CannotCopy(f"cannot be read: {reason_of(error).lower()}") from error
    total = sum(file.size for file in files)
    name = safe_name(source.name)
    if not files:
        raise CannotCopy("is a folder without a file in it → put the recordings into it")
    if total > MOST_BYTES or len(files) > MOST_FILES:
        raise CannotCopy(f"is more than {MOST_FILES:,} files or {MOST_BYTES >> 30} GB")
    if (there := _same(library, name, files)) is not None:
        return Copied(there, total, was_there=True)
    try:
        with contextlib.ExitStack() as held:
            with writing():
                work = held.enter_context(_workplace(library))
            _check_room(library, total)
            done = 0
            for file in files:
                with _opened(file.path) as stream, writing():
                    done = _copy(stream, work.joinpath(name, *file.parts), progress, done, total)
            with writing():
                _sync_folders(work / name)
                return Copied(_place(work, name, library), total)
    except OSError as error:
        raise CannotCopy(_why(error)) from error


def sweep(library: Path) -> None:
    """Remove what is left in `.incoming` of copies that were killed. Does not raise."""
    with contextlib.suppress(OSError):
        for work in (library / INCOMING).iterdir():
            with contextlib.suppress(OSError), _locked(work, fcntl.LOCK_EX | fcntl.LOCK_NB):
                shutil.rmtree(work, ignore_errors=True)


def _files(source: Path, parts: tuple[str, ...] = ()) -> Iterator[_File]:
    """All ordinary files to copy, in natural order. Raises OSError and CannotCopy."""
    found = source.lstat()
    if stat.S_ISREG(found.st_mode):
        yield _File(parts, source, found.st_size, found.st_mtime)
    elif not stat.S_ISDIR(found.st_mode):
        if not parts:
            raise CannotCopy("is no ordinary file and no folder")
    elif len(parts) == DEEPEST:
        raise CannotCopy("has folders within folders within folders → put the files side by side")
    else:
        names: set[str] = set()
        for inner in sorted(os.listdir(source), key=natural):
            if not is_passed_over(inner):
                name = _free_name(safe_name(inner), names.__contains__)
                names.add(name)
                yield from _files(source / inner, (*parts, name))


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    """A descriptor of an ordinary file that is no link. Raises OSError and CannotCopy."""
    descriptor = os.open(path, os.O_RDONLY | NO_LINK)
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise CannotCopy("is no ordinary file")
        yield descriptor
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _locked(folder: Path, how: int) -> Iterator[None]:
    """Hold the lock of a folder; it goes with the process. Raises OSError where another holds it
    and `how` does not wait."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def _workplace(library: Path) -> Iterator[Path]:
    """A new folder in `.incoming`, locked while it is in use and gone afterwards."""
    incoming = library / INCOMING
    incoming.mkdir(parents=True, exist_ok=True)
    work = incoming / os.urandom(8).hex()
    work.mkdir()
    with _locked(work, fcntl.LOCK_EX):
        try:
            yield work
        finally:
            shutil.rmtree(work, ignore_errors=True)


def _check_room(library: Path, total: int) -> None:
    free = shutil.disk_usage(library).free
    if free - total < LEFT_BYTES:
        raise CannotCopy(
            f"needs {_gb(total)}, and {_gb(free)} are free, of which {_gb(LEFT_BYTES)} must stay "
            "→ make room"
        )


def _copy(stream: int, target: Path, progress: Progress, done: int, total: int) -> int:
    """One file, synced as it grows. Returns `done` and what was copied. Raises OSError, and
    CannotCopy when it is not the same any more at its end."""
    before = os.fstat(stream)
    target.parent.mkdir(parents=True, exist_ok=True)
    written = unsynced = 0
    into = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o664)
    try:
        with contextlib.suppress(OSError):  # FAT has no modes
            os.fchmod(into, FILE_MODE)
        while block := os.read(stream, BLOCK):
            written += len(block)
            unsynced += len(block)
            if written > before.st_size:
                break
            view = memoryview(block)
            while view:
                view = view[os.write(into, view) :]
            if unsynced >= SYNCED_BYTES:
                unsynced = 0
                _flush(stream, into)
            progress(done + written, total)
        after = os.fstat(stream)
        if written != before.st_size or after.st_mtime_ns != before.st_mtime_ns:
            raise CannotCopy("was changed while it was copied → try again when it is whole")
        os.utime(into, ns=(before.st_mtime_ns, before.st_mtime_ns))
        _flush(stream, into)
    finally:
        os.close(into)
    return done + written


def _flush(stream: int, into: int) -> None:
    os.fsync(into)
    for descriptor in (stream, into):
        with contextlib.suppress(OSError):
            os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)


def _sync_folders(copy: Path) -> None:
    for folder, _, _ in os.walk(copy):
        with contextlib.suppress(OSError):
            open_to_group(Path(folder))
        sync_folder(Path(folder))
    sync_folder(copy.parent)


def _place(work: Path, name: str, library: Path) -> str:
    """Give the copy its name in `library`, another one where that is taken. Returns it."""
    with _locked(library / INCOMING, fcntl.LOCK_EX):
        free = _free_name(name, lambda one: os.path.lexists(library / one))
        os.rename(work / name, library / free)
    sync_folder(library)
    return free


def _names(name: str) -> Iterator[str]:
    """`name`, `name (2)` and so on."""
    stem, ending = PurePath(name).stem, PurePath(name).suffix
    yield name
    for number in itertools.count(2):
        yield f"{stem} ({number}){ending}"


def _free_name(name: str, is_taken: Callable[[str], bool]) -> str:
    return next(one for one in _names(name) if not is_taken(one))


def _same(library: Path, name: str, files: list[_File]) -> str | None:
    """The name of what lies in `library` already with the same files: this one, or one that was
    given because it was taken."""
    wanted = {file.parts: file for file in files}
    for one in _names(name):
        if not os.path.lexists(library / one):
            return None
        with contextlib.suppress(OSError, CannotCopy):
            there = {file.parts: file for file in _files(library / one)}
            if there.keys() == wanted.keys() and all(
                _is_same(file, there[parts]) for parts, file in wanted.items()
            ):
                return one
    return None


def _is_same(one: _File, other: _File) -> bool:
    """By size and time; where only the times differ (it was fetched again, say), by content."""
    if one.size != other.size:
        return False
    if abs(one.mtime_s - other.mtime_s) <= SAME_S:
        return True
    with _opened(one.path) as left, _opened(other.path) as right:
        while block := os.read(left, BLOCK):
            if os.read(right, BLOCK) != block:
                return False
    return True


def _inside(source: Path, library: Path) -> str | None:
    """What of `library` `source` is, or lies in. Raises CannotCopy if it is the library, or holds
    it."""
    here, there = source.resolve(), library.resolve()
    if here == there or here in there.parents:
        raise CannotCopy("holds the library itself → name what is in it")
    return here.relative_to(there).parts[0] if there in here.parents else None


def _why(error: OSError) -> str:
    if error.errno == errno.ENOSPC:
        return "did not fit on the disk → make room"
    if error.errno in (errno.EIO, errno.ENODEV, errno.ENXIO, errno.ENOENT):
        return "could not be read to its end → was it pulled out? put it in again"
    return f"could not be copied: {reason_of(error).lower()}"


def _gb(size: int) -> str:
    return f"{size / 1e9:.1f} GB"
