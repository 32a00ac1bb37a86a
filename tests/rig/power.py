"""A power cut with a disk that has a volatile write cache.

While such a guest runs, its writes and flushes are logged (QEMU's blklogwrites, the format of
Linux' dm-log-writes) beside an untouched disk.raw. `settle` decides afterwards what reached the
medium: everything up to the last flush, and of the rest whatever the dice say.
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tests.rig.places import RigError

MAGIC = 0x6A736677736872
SUPER = struct.Struct("<QQQI")
ENTRY = struct.Struct("<QQQQ")
FLUSH, FUA, DISCARD = 1, 2, 4


@dataclass(frozen=True, slots=True)
class Cut:
    """Writes logged in all; not flushed; lost of these; whether one was torn in its middle."""

    writes: int
    unflushed: int
    lost: int
    torn: bool


@dataclass(frozen=True, slots=True)
class Write:
    """One entry: where on the disk and how much, in sectors, and where its content stands."""

    sector: int
    sectors: int
    flags: int
    at: int


def _entries(log: BinaryIO, sector: int, size: int) -> Iterator[Write]:
    at = sector
    while at + ENTRY.size <= size:
        log.seek(at)
        start, count, flags, length = ENTRY.unpack(log.read(ENTRY.size))
        if not (start or count or flags or length):
            return
        at += sector
        length = 0 if flags & DISCARD else count * sector
        if at + length > size:
            return
        yield Write(start, count, flags, at)
        at += length


def settle(folder: Path, lose: float, seed: int | None = None) -> Cut:
    """Bring folder/disk.log into folder/disk.raw and remove it."""
    path = folder / "disk.log"
    cut = put(path, folder / "disk.raw", lose, seed)
    path.unlink()
    (folder / "live.qcow2").unlink(missing_ok=True)
    return cut


def put(
    path: Path, medium: Path, lose: float, seed: int | None = None, size: int | None = None
) -> Cut:
    """Bring the log at `path` into the disk image `medium`: as it was when it was `size` bytes
    long, for it only grows.

    Each write after the last flush is lost with the probability `lose`, and one of those that
    were not may be cut short. FUA writes reach the medium at once, whatever the cache holds.
    """
    dice = random.Random(seed)
    with path.open("rb") as log:
        head = log.read(SUPER.size)
        found: list[Write] = []
        sector = 512
        if len(head) == SUPER.size:
            magic, _, _, sector = SUPER.unpack(head)
            if magic != MAGIC:
                raise RigError(f"{path}: not a log of writes")
            found = list(_entries(log, sector, path.stat().st_size if size is None else size))
        flushed = max((i for i, write in enumerate(found) if write.flags & FLUSH), default=-1)
        pending = [
            i
            for i, write in enumerate(found)
            if i > flushed and write.sectors and not write.flags & FUA
        ]
        lost = {i for i in pending if dice.random() < lose}
        candidates = [i for i in pending if i not in lost and found[i].sectors > 1]
        torn = dice.choice(candidates) if lose and candidates else None
        with medium.open("r+b") as disk:
            for i, write in enumerate(found):
                if i in lost or not write.sectors or write.flags & DISCARD:
                    continue
                sectors = dice.randrange(1, write.sectors) if i == torn else write.sectors
                log.seek(write.at)
                disk.seek(write.sector * sector)
                disk.write(log.read(sectors * sector))
    return Cut(len(found), len(pending), len(lost), torn is not None)
