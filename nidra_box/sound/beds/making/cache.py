"""Sounds as files in a cache folder: whole or not there, and known when they are damaged.

A file's name has a hash of its recipe, so that another recipe is another file. Beside it lies
its SHA-256 in the format of `sha256sum -c`. That is the hash of the file as this machine made
it: two machines may differ in the last bit of an FFT. A look at every start compares sizes and
headers (a few hundred bytes are read); the whole file is hashed where there is time.
"""

from __future__ import annotations

import fcntl
import os
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import numpy as np

from nidra_box.files import folder_for, forget_unfinished, read_file, whole, write_whole
from nidra_box.sound.beds.making.recipe import Sound
from nidra_box.sound.beds.making.recipes import RECIPES, synthesise
from nidra_box.units import RATE_HZ

_FRAME_BYTES = 4  # two channels of 16 bits
_PIECE = 1 << 16  # frames


def file_name(name: str) -> str:
    """Where a sound is cached: its name and a hash of its recipe."""
    recipe = RECIPES[name]
    words = f"{name} {recipe.version} {recipe.seed} {recipe.seconds} {recipe.lufs} {RATE_HZ}"
    return f"{name.replace(':', '-')}-{zlib.crc32(words.encode()):08x}.wav"


def missing(folder: Path, thorough: bool = False) -> list[str]:
    """The sounds that are not in the cache, or not whole: a wrong size, a wrong header, no hash
    beside it. `thorough` hashes every file as well, which takes as long as reading it."""
    return [name for name in RECIPES if not _is_whole(folder, name, thorough)]


def make_into(folder: Path, name: str, unless_whole: bool = False) -> Path:
    """Synthesise `name` into the cache; whole or not at all, also when the power goes or when
    another process does the same (it waits; with `unless_whole` it then takes what the other
    has made). Raises OSError."""
    path = folder / file_name(name)
    with folder_for(folder), _alone_in(folder):
        forget_unfinished(folder)  # half a sound must not keep a full card full
        if unless_whole and _is_whole(folder, name, thorough=True):
            return path
        with whole(path) as stream:
            _write(stream, synthesise(name))
        # The hash comes last: where it lies, the sound is there.
        write_whole(_hash_path(path), f"{_digest(path)}  {path.name}\n")
    return path


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One maker at a time; the kernel gives the lock back whatever becomes of the process."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(stream: BinaryIO, sound: Sound) -> None:
    """`sound` (frames, 2) within ±1 as 16 bits, rounded to the nearest (libsndfile rounds down:
    half a step of DC, and a step where a sound ends)."""
    stream.write(_header(len(sound)))
    for begin in range(0, len(sound), _PIECE):
        piece = np.rint(sound[begin : begin + _PIECE] * 32768.0)
        stream.write(piece.clip(-32768, 32767).astype("<i2").tobytes())


def _is_whole(folder: Path, name: str, thorough: bool) -> bool:
    path = folder / file_name(name)
    header = _header(RECIPES[name].frames)
    try:
        if path.stat().st_size != len(header) + RECIPES[name].frames * _FRAME_BYTES:
            return False
        with path.open("rb") as stream:
            if stream.read(len(header)) != header:
                return False
        digest, _, named = read_file(_hash_path(path), 256).decode("ascii").partition("  ")
        if len(digest) != 64 or named != f"{path.name}\n":
            return False
        return not thorough or _digest(path) == digest
    except (OSError, UnicodeDecodeError):
        return False


def _header(frames: int) -> bytes:
    """The 44 bytes before the samples of a WAV file of 16 bits in two channels."""
    size = frames * _FRAME_BYTES
    form = struct.pack("<HHIIHH", 1, 2, RATE_HZ, RATE_HZ * _FRAME_BYTES, _FRAME_BYTES, 16)
    return (
        b"RIFF" + struct.pack("<I", size + 36) + b"WAVEfmt " + struct.pack("<I", len(form)) + form
    ) + (b"data" + struct.pack("<I", size))


def _hash_path(path: Path) -> Path:
    return path.with_name(f"{path.name}.sha256")


def _digest(path: Path) -> str:
    # In here: it brings libcrypto, 4 MiB that a box whose beds are made need not carry.
    import hashlib

    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
