"""Files that are read within bounds, files that are written whole or not at all, the folders for
them, and a thread to write on.

Anybody may have put a file there: only an ordinary one is read, so that a FIFO cannot block and a
device cannot be endless, and never more than the bytes allowed.

A temporary file with a name that nobody can guess, fsync, rename, fsync of the folder: after
power cuts with a lossy write cache that was always whole (measured; a rename without fsync left
empty files, writing in place zeroed ones). A link is never followed: a file takes its place.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import queue
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Generic, TypeVar

from nidra_box.diary.entry import Entry
from nidra_box.words import reason_of
from nidra_box.worker import Worker

GROUP_WRITES = 0o2775

Item = TypeVar("Item")

CLOSING_S = 3.0
_UNFINISHED = ".nidra-box-{}.part"
MAX_BYTES = 1 << 20
"""The longest manifest that we ship has 24 kB, a cue file of a whole night 400 kB."""


class CannotRead(OSError):
    """Why a file cannot be read, in words for a person; `line` is 0 for the whole file."""

    def __init__(self, reason: str, line: int = 0) -> None:
        super().__init__(reason)
        self.line = line


def read_file(path: Path, max_bytes: int = MAX_BYTES) -> bytes:
    """What an ordinary file holds, cut at `max_bytes` (JSON that is cut is no JSON any more).
    Links are followed; never waits for a FIFO or a device. Raises OSError."""
    with open(path, "rb", opener=_open_at_once) as stream:
        if not stat.S_ISREG(os.fstat(stream.fileno()).st_mode):
            raise CannotRead("is not an ordinary file")
        return stream.read(max_bytes)


def read_text(path: Path, max_bytes: int = MAX_BYTES) -> str:
    """The whole of an ordinary file as UTF-8 without its byte order mark. Raises CannotRead."""
    try:
        raw = read_file(path, max_bytes + 1)
        if len(raw) > max_bytes:
            size = max(path.stat().st_size, len(raw))
            raise CannotRead(f"may have {_words(max_bytes)}; this one has {_words(size)}")
    except CannotRead:
        raise
    except (OSError, ValueError) as error:  # ValueError: NUL in the name
        reason = reason_of(error)
        raise CannotRead(f"cannot be read: {reason.lower()}") from error
    raw = raw.removeprefix(codecs.BOM_UTF8)
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CannotRead("is not UTF-8 text", line) from error


def _words(size: int) -> str:
    """kB, or MB from 1 MB on; rounded up, so that what is over the limit reads as over it."""
    unit, name = (1 << 20, "MB") if size >= 1 << 20 else (1 << 10, "kB")
    return f"{-(-size // unit):,} {name}"


def _open_at_once(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK | os.O_NOCTTY)


@contextlib.contextmanager
def whole(
    path: Path, lasting: bool = True, mode: int | None = None, grows_in: Path | None = None
) -> Iterator[BinaryIO]:
    """A stream that becomes the file `path`, with the mode and, if we may, the owner that one
    had, unless another `mode` is given. If the block raises, `path` stays as it was. Blocks as
    long as the disk takes; what need not be `lasting` over a power cut is not synced. Until then
    it grows beside `path`, or in a folder `grows_in` of the same disk. Raises OSError."""
    part = (grows_in or path.parent) / _UNFINISHED.format(os.urandom(8).hex())
    try:
        with open(part, "xb", opener=no_link) as stream:
            yield stream
            if lasting:
                sync(stream)
            _as_before(path, stream.fileno())
            if mode is not None:
                os.fchmod(stream.fileno(), mode)
        part.replace(path)
    except OSError as error:
        if error.errno is not None and error.filename in (None, str(part)):
            error.filename = str(path)  # what a person knows of
        raise
    finally:
        with contextlib.suppress(OSError):  # gone if all went well
            part.unlink()
    if lasting:
        sync_folder(path.parent)


def write_whole(
    path: Path,
    content: bytes | str,
    lasting: bool = True,
    mode: int | None = None,
    grows_in: Path | None = None,
) -> None:
    """`content` (a text as UTF-8) becomes the file `path`, as `whole` does it. Raises OSError."""
    with whole(path, lasting, mode, grows_in) as stream:
        stream.write(content.encode("utf-8") if isinstance(content, str) else content)


def sync(stream: BinaryIO) -> None:
    """Everything written to `stream` is on the disk. Raises OSError."""
    stream.flush()
    os.fsync(stream.fileno())


def sync_folder(folder: Path) -> None:
    """The names in `folder` are on the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def no_link(path: str, flags: int) -> int:
    """An opener for `open` that never follows a link: OSError (ELOOP) for one."""
    return os.open(path, flags | os.O_NOFOLLOW, 0o666)


def forget_unfinished(folder: Path) -> None:
    """Remove what a power cut left half written in `folder`. Only for whoever alone writes
    there. Does not raise."""
    with contextlib.suppress(OSError):
        for part in folder.glob(_UNFINISHED.format("*")):
            part.unlink()


@contextlib.contextmanager
def folder_for(folder: Path) -> Iterator[Path]:
    """`folder`, made with its parents if it is not there; what is still empty in the end of
    what was made is taken away again. Raises OSError."""
    made = [place for place in (folder, *folder.parents) if not place.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    finally:
        with contextlib.suppress(OSError):  # in use: it stays, and so do those around it
            for place in made:
                place.rmdir()


def _as_before(path: Path, descriptor: int) -> None:
    """Not every file system and not every user can give a file away; its content counts more."""
    with contextlib.suppress(FileNotFoundError, PermissionError):
        was, now = path.lstat(), os.fstat(descriptor)
        if not stat.S_ISREG(was.st_mode):
            return
        os.fchmod(descriptor, was.st_mode & 0o777)
        if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
            os.fchown(descriptor, was.st_uid, was.st_gid)


class Writer(Generic[Item]):
    """A thread for writing: a worn SD card may take seconds to sync, and neither the light nor
    the sound can wait for it.

    Gives what is put to `write`, in order; what a newer one `replaces` (newer, older) while
    it waits is not written. `write` returns what went wrong, or an empty string; `tell` hears it
    whenever that changes, on the writer's thread."""

    def __init__(
        self,
        name: str,
        write: Callable[[Item], str],
        tell: Callable[[str], None],
        replaces: Callable[[Item, Item], bool] = lambda newer, older: True,
    ) -> None:
        self.outcome = ""
        """How the last write went."""
        self._name = name
        self._write = write
        self._tell = tell
        self._replaces = replaces
        self._waiting: queue.SimpleQueue[Item | None] = queue.SimpleQueue()
        self._thread: Worker | None = None

    def put(self, item: Item) -> None:
        """Owner's thread; does not block."""
        if self._thread is None or self._thread.died:
            self._thread = Worker(f"{self._name} writer", self._run, self._died).start()
        self._waiting.put(item)

    def close(self) -> None:
        """Return when everything is written, or after CLOSING_S."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(CLOSING_S)

    def _died(self, entry: Entry) -> None:
        self.outcome = entry.sentence()
        self._tell(self.outcome)

    def _run(self) -> None:
        waiting: list[Item | None] = []
        while True:
            if not waiting:
                waiting.append(self._waiting.get())
            while not self._waiting.empty():
                waiting.append(self._waiting.get())
            item = waiting.pop(0)
            if item is None:
                return
            while waiting and waiting[0] is not None and self._replaces(waiting[0], item):
                item = waiting[0]
                del waiting[0]
            before, self.outcome = self.outcome, self._write(item)
            if self.outcome != before:
                self._tell(self.outcome)


def open_to_group(folder: Path) -> None:
    """Its group may write in `folder`, and owns what is made there, whatever the umask. Asked for
    only where it is not so: the units may not set that bit (RestrictSUIDSGID), and need not, by
    their umask and the folder above. Raises OSError."""
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode | GROUP_WRITES != mode:
        folder.chmod(mode | GROUP_WRITES)


def boot_id() -> str:
    """The kernel's name for the time since it was started; empty where nobody knows it."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    except OSError:
        return ""
