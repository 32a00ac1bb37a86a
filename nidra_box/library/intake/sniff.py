"""What a file is by its content, never by the ending of its name, and why some are not opened.

Anybody may have put the file there: it is opened once, without following a link and without
waiting for a FIFO, and everything after that goes through the open file.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nidra_box.words import reason_of

HEAD_BYTES = 4096
_CHUNK = 8  # a RIFF chunk's name and length


class Refused(Exception):
    """It will not be played, as long as it does not change: why, and what to do."""


class Forgotten(Refused):
    """The person does not want it any more, until they say otherwise."""

    def __init__(self, programme: str) -> None:
        super().__init__(f"you forgot it; nidra-box forget --undo {programme} brings it back")
        self.programme = programme


class NotNow(Exception):
    """It could not be taken in now; it may be tried again: why."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An ordinary file that is open for reading, as it was when it was opened."""

    path: Path
    stream: BinaryIO
    size: int
    changed_ns: int

    @property
    def descriptor(self) -> int:
        return self.stream.fileno()

    def is_unchanged(self) -> bool:
        """Whether the path still means this file, and nobody has written to it."""
        try:
            now, held = self.path.lstat(), os.fstat(self.descriptor)
        except OSError:
            return False
        same = (now.st_dev, now.st_ino) == (held.st_dev, held.st_ino)
        return same and (now.st_size, now.st_mtime_ns) == (self.size, self.changed_ns)


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """The file at `path`. Raises Refused for what is no ordinary file, and NotNow."""
    try:
        kind = path.lstat().st_mode
        if stat.S_ISLNK(kind):
            raise Refused("it is a link to another place: put the file itself there")
        if not stat.S_ISREG(kind):
            raise Refused("it is not an ordinary file, so there is no sound in it")
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY)
    except PermissionError as error:
        raise NotNow("it may not be read: allow it with chmod a+r") from error
    except (OSError, ValueError) as error:
        raise NotNow(f"it cannot be read: {reason_of(error).lower()}") from error
    with open(descriptor, "rb") as stream:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise Refused("it is not an ordinary file, so there is no sound in it")
        yield Opened(path, stream, found.st_size, found.st_mtime_ns)


def why_no_sound(file: Opened) -> str:
    """Why there is certainly no sound in it, in words, or an empty string. Raises NotNow."""
    head = read_at(file, 0, HEAD_BYTES)
    if not file.size:
        return "it is empty: copy it again"
    if not head.strip(b"\0"):
        return _why_zeros(file)
    for begin, kind in _NO_SOUND:
        if head.startswith(begin):
            return kind
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:512].lower()
    if text.startswith((b"<!doctype", b"<html", b"<head")):
        return "it is a web page, not a sound file: the download went wrong, fetch it again"
    if text.startswith((b"<?xml", b"<")) and _is_text(head):
        return "it is a text in XML, not a sound file"
    if text.startswith((b"#extm3u", b"[playlist]")):
        return "it is a list of files, not a sound file: put the files themselves there"
    if _is_text(head):
        return "it is a text, not a sound file"
    return ""


_NO_SOUND = (
    (b"PK\x03\x04", "it is a zip archive: unpack it, and put the sound files there"),
    (b"PK\x05\x06", "it is an empty zip archive"),
    (b"Rar!", "it is a RAR archive: unpack it, and put the sound files there"),
    (b"7z\xbc\xaf\x27\x1c", "it is a 7z archive: unpack it, and put the sound files there"),
    (b"\x1f\x8b", "it is a packed file (gzip): unpack it first"),
    (b"%PDF", "it is a PDF, not a sound file"),
    (b"\xff\xd8\xff", "it is a picture (JPEG), not a sound file"),
    (b"\x89PNG", "it is a picture (PNG), not a sound file"),
    (b"GIF8", "it is a picture (GIF), not a sound file"),
    (b"MThd", "it is MIDI, which holds notes and no sound: make a FLAC of it first"),
    (b"\x7fELF", "it is a program, not a sound file"),
    (b"MZ", "it is a program, not a sound file"),
)


def _why_zeros(file: Opened) -> str:
    """A download that made room for the whole file first begins with zeros, and ends with them."""
    for share in range(16):
        if read_at(file, file.size * share // 16, 512).strip(b"\0"):
            return ""
    return "it holds nothing but zeros: the copy or download was broken off, copy it again"


def _is_text(head: bytes) -> bool:
    """Whether it reads like letters: no control codes, and little that is not ASCII or UTF-8."""
    if any(byte < 9 or 13 < byte < 27 or 27 < byte < 32 for byte in head):
        return False
    text = head.decode("utf-8", "replace")
    return text.count("�") <= len(text) // 50


def read_at(file: Opened, offset: int, size: int) -> bytes:
    """Up to `size` bytes from `offset`. Raises NotNow."""
    try:
        return os.pread(file.descriptor, size, offset)
    except OSError as error:
        raise NotNow(f"it cannot be read: {reason_of(error).lower()}") from error


@dataclass(frozen=True, slots=True)
class Wav:
    """Where a WAV keeps its samples: `promised` bytes by its header from `begin` on. `is_honest`:
    what follows them are chunks to the end, or nothing."""

    begin: int
    promised: int
    is_honest: bool


def wav_of(file: Opened) -> Wav | None:
    """None for what is no WAV (or has no samples in its first megabytes)."""
    head = read_at(file, 0, 12)
    if head[:4] != b"RIFF" or head[8:12] != b"WAVE":
        return None
    at = 12
    for _ in range(64):
        chunk = read_at(file, at, _CHUNK)
        if len(chunk) < _CHUNK:
            return None
        size = int.from_bytes(chunk[4:], "little")
        if chunk[:4] == b"data":
            begin = at + _CHUNK
            return Wav(begin, size, _are_chunks(file, begin + size))
        at += _CHUNK + size + size % 2
    return None


def _are_chunks(file: Opened, at: int) -> bool:
    """Whether whole chunks fill the file from `at` to its end (some writers forget the byte that
    makes a length even)."""
    for start in (at, at + 1):
        here = start
        while here + _CHUNK <= file.size:
            chunk = read_at(file, here, _CHUNK)
            if not all(32 <= byte < 127 for byte in chunk[:4]):
                break
            size = int.from_bytes(chunk[4:], "little")
            here += _CHUNK + size + size % 2
        if file.size - 1 <= here <= file.size + 1 or file.size - start < _CHUNK:
            return True
    return False


_KINDS = (
    (0, b"fLaC", "FLAC"),
    (0, b"OggS", "Ogg"),
    (4, b"ftyp", "AAC in MP4"),
    (0, b"\x1a\x45\xdf\xa3", "Matroska"),
    (0, b"\x30\x26\xb2\x75", "Windows Media"),
    (0, b"FORM", "AIFF"),
    (0, b"caff", "CAF"),
    (0, b"MAC ", "Monkey's Audio"),
    (0, b"wvpk", "WavPack"),
    (0, b"#!AMR", "AMR"),
    (0, b"RIFF", "WAV"),
    (0, b"ID3", "MP3"),
)


def kind_of(file: Opened) -> str:
    """`AAC in MP4`, by its first bytes; an empty string for what is not known."""
    head = read_at(file, 0, HEAD_BYTES)
    for at, begin, kind in _KINDS:
        if head[at : at + len(begin)] == begin:
            return kind
    if len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0:
        return "AAC"
    return "MP3" if len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 else ""
