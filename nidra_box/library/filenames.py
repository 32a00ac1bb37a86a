"""Names of files in `library/`: which are no recording, and how one is made harmless. Pure."""

from __future__ import annotations

import os
import unicodedata
from pathlib import PurePath

PASSED_OVER = frozenset({"@eadir", "thumbs.db", "desktop.ini", "system volume information"})
"""What a NAS, Windows and cameras leave; names that begin with a dot are passed over, too."""
CUE_ENDINGS = (".lrc", ".cues")
LONGEST_NAME = 200
"""In bytes: 255 are the most, and the intake adds to it."""


def is_passed_over(name: str) -> bool:
    """Whether a file or folder of this name is nobody's recording."""
    return name.startswith(".") or name.casefold() in PASSED_OVER


def is_cues(name: str) -> bool:
    """Whether it is the cue file of the recording that it is called like."""
    return PurePath(name).suffix.lower() in CUE_ENDINGS


def safe_name(name: str) -> str:
    """A name in `library/` that moves no cursor, hides nothing and leads nowhere: UTF-8 in NFC, its
    ending kept when it must be shortened."""
    raw = os.fsencode(name)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    text = "".join(_harmless(letter) for letter in unicodedata.normalize("NFC", text))
    text = text.strip(" ").lstrip(".").strip(" ") or "recording"
    stem, ending = os.path.splitext(text)
    if len(ending.encode()) > 20:
        stem, ending = text, ""
    while len((stem + ending).encode()) > LONGEST_NAME:
        stem = stem[:-1]
    return stem + ending


def _harmless(letter: str) -> str:
    if unicodedata.category(letter) == "Zs":
        return " "
    return letter if letter.isprintable() and letter not in "/\\" else "_"
