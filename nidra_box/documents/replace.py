"""A file replaced by a new text: whole or not at all, with the mode and owner it had; and the fsync
that everything needs which is to outlive the power."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

NEW_MODE = 0o644


def replace_text(path: Path, text: str) -> None:
    """Temporary file, fsync, rename, fsync of the folder; a link is followed, and stays.
    Blocks for as long as the disk takes. Raises OSError; the old file is then untouched."""
    target = path.resolve()
    descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(text.encode("utf-8"))
            stream.flush()
            _as_before(target, stream.fileno())
            os.fsync(stream.fileno())
        part.replace(target)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    sync(target.parent)


def sync(path: Path) -> None:
    """fsync of a file or a folder by its name. Blocks for as long as the disk takes. Raises
    OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _as_before(target: Path, descriptor: int) -> None:
    try:
        was = target.stat()
    except FileNotFoundError:
        os.fchmod(descriptor, NEW_MODE)
        return
    now = os.fstat(descriptor)
    if (was.st_uid, was.st_gid) != (now.st_uid, now.st_gid):
        os.fchown(descriptor, was.st_uid, was.st_gid)
    os.fchmod(descriptor, was.st_mode & 0o7777)
