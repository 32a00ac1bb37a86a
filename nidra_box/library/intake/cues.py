"""The cue file beside a person's recording: copied into the store, as text that can be read."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

from nidra_box.documents.node import Problems
from nidra_box.files import MAX_BYTES, CannotRead, read_file, write_whole
from nidra_box.library.record import CUES
from nidra_box.score.along import parse_along

ENDINGS = (".lrc", ".cues")


def copy_cues(original: Path, place: Path, end_s: float) -> tuple[str, ...]:
    """Make the cue file in `place`, a recording's folder of the store, that which lies beside
    `original`: `name.lrc` or `name.cues` (of a folder: beside the folder). One that was taken
    away goes here, too; a missing original changes nothing. Sentences for the person about what
    is wrong in it. Raises OSError for what cannot be written."""
    if not os.path.lexists(original):
        return ()
    found = _beside(original)
    kept = place / CUES
    if found is None:
        kept.unlink(missing_ok=True)
        return ()
    if found.is_symlink():
        return (f"its cue file {found.name} is not used: it is a link",)
    try:
        text = _text(read_file(found, MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        return (f"its cue file {found.name} is not used: {_reason(error)}",)
    if not kept.exists() or kept.read_bytes() != text.encode():
        write_whole(kept, text, mode=0o644)
    problems = Problems(found.name)
    parse_along(text, problems, end_s)
    return tuple(f"its cue file, line {p.line}: {p.message}" for p in problems.found)


def _beside(original: Path) -> Path | None:
    """Endings in any case; `name.lrc` goes before `name.mp3.lrc`."""
    stems = [original.name] if original.is_dir() else [original.stem, original.name]
    try:
        names = sorted(os.listdir(original.parent))
    except OSError:
        return None
    for stem in stems:
        for ending in ENDINGS:
            for name in names:
                if name.lower() == (stem + ending).lower():
                    return original.parent / name
    return None


def _text(raw: bytes) -> str:
    """As most editors write it: UTF-8, UTF-16 with its mark, or the Windows of western Europe."""
    if len(raw) > MAX_BYTES:
        raise ValueError(f"may have {MAX_BYTES >> 20} MB")
    if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252")


def _reason(error: OSError | ValueError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return "it is no text"
    if isinstance(error, OSError) and not isinstance(error, CannotRead):
        return (error.strerror or "it cannot be read").lower()
    return str(error)
