"""Whether a file may hold sound, by its first bytes: enough to say so before a folder of pictures
is copied. What it really holds is found out by decoding it. Does not raise."""

from __future__ import annotations

import os
from pathlib import Path

from nidra_box.files import read_file
from nidra_box.library.filenames import is_passed_over

HEAD_BYTES = 64
_BEGINS = (
    b"fLaC",
    b"riff\x2e\x91\xcf\x11",  # Wave64
    b"OggS",
    b"ID3",
    b"RF64",
    b"caff",
    b"wvPk",
    b"MAC ",
    b"TTA1",
    b"MPCK",
    b"MP+",
    b".snd",
    b"#!AMR",
    b"\x0b\x77",  # AC-3
    b"\x1a\x45\xdf\xa3",  # Matroska, WebM
    b"\x30\x26\xb2\x75",  # Windows Media
)
_FORMS = {b"WAVE", b"AIFF", b"AIFC", b"AVI "}
_STILLS = {b"heic", b"heix", b"mif1", b"avif"}
MOST_FILES = 1000


def may_be_sound(head: bytes) -> bool:
    """Whether a file that begins so is of a kind that holds sound."""
    if head.startswith(_BEGINS) or (head[:4] in (b"RIFF", b"FORM") and head[8:12] in _FORMS):
        return True
    if head[4:8] == b"ftyp":
        return head[8:12] not in _STILLS
    return len(head) > 1 and head[0] == 0xFF and head[1] & 0xE0 == 0xE0 and head[:2] != b"\xff\xfe"


def holds_sound(folder: Path) -> bool:
    """Whether any file in `folder` may be sound; also if none of them can be looked at."""
    seen = 0
    for place, inside, names in os.walk(folder):
        inside[:] = [name for name in inside if not is_passed_over(name)]
        for name in names:
            if is_passed_over(name):
                continue
            seen += 1
            try:
                if may_be_sound(read_file(Path(place) / name, HEAD_BYTES)):
                    return True
            except (OSError, ValueError):
                continue
            if seen > MOST_FILES:
                return True
    return False
