"""A file that a recording is made of, opened, examined and hashed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from nidra_box.library.intake.decode import examine
from nidra_box.library.intake.probe import Found
from nidra_box.library.intake.sniff import Opened, read_at
from nidra_box.library.intake.tags import Tags, read_tags
from nidra_box.library.record import Original

_PIECE = 1 << 20


@dataclass(frozen=True, slots=True)
class Part:
    """`name` is that within the library."""

    name: str
    file: Opened
    found: Found
    tags: Tags
    sha256: str

    @property
    def original(self) -> Original:
        return Original(self.name, self.sha256, float(self.file.size))


def part_of(name: str, file: Opened) -> Part:
    """Raises Refused and NotNow."""
    return Part(name, file, examine(file), read_tags(file), sha256_of(file))


def sha256_of(file: Opened) -> str:
    """Of the whole file. Raises NotNow."""
    digest, at = hashlib.sha256(), 0
    while piece := read_at(file, at, _PIECE):
        digest.update(piece)
        at += len(piece)
    return digest.hexdigest()


def id_of(hashes: Sequence[str]) -> str:
    """Twelve digits of a file's hash; of a folder of the hash of its files' hashes."""
    whole = hashes[0] if len(hashes) == 1 else hashlib.sha256("".join(hashes).encode()).hexdigest()
    return whole[:12]
