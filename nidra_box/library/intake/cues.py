"""The cue file beside a person's recording: copied into the store, as text that can be read."""

from __future__ import annotations

import codecs
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePath

from nidra_box.documents.node import Problems
from nidra_box.files import MAX_BYTES, CannotRead, read_file, write_whole
from nidra_box.library.filenames import CUE_ENDINGS, is_cues
from nidra_box.library.record import CUES, apart, read_record, write_record
from nidra_box.score.along import parse_along
from nidra_box.words import printable

TOLD = "its cue file"
"""So every sentence about one begins."""


def bring_cues(library: Path, store: Path, recordings: Mapping[str, str]) -> None:
    """Look after the cue files of these recordings (name in the library → id): what lies there is
    copied, what was taken away goes, and what is wrong is noted in the record. Raises OSError."""
    names = os.listdir(library)
    have = {name.casefold().rpartition(".")[0] for name in names if is_cues(name)}
    for name, programme in recordings.items():
        place = store / programme
        called = {name.casefold(), PurePath(name).stem.casefold()}
        if not have & called and not (place / CUES).exists():
            continue
        try:
            record = read_record(place)
        except ValueError:
            continue  # no recording, so it has no words
        said = copy_cues(library / name, place, record.duration_s)
        notes = (*(note for note in record.notes if not note.startswith(TOLD)), *said)
        if notes != record.notes:
            write_record(place, replace(record, notes=notes))


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
        return (f"{TOLD} {printable(found.name)} is not used: it is a link",)
    try:
        text = _text(read_file(found, MAX_BYTES + 1))
    except (OSError, ValueError) as error:
        return (f"{TOLD} {printable(found.name)} is not used: {_reason(error)}",)
    if not kept.exists() or kept.read_bytes() != text.encode():
        write_whole(kept, text, mode=0o644, grows_in=apart(place))
    problems = Problems(found.name)
    parse_along(text, problems, end_s)
    return tuple(f"{TOLD}, line {p.line}: {p.message}" for p in problems.found)


def _beside(original: Path) -> Path | None:
    """Endings in any case; `name.lrc` goes before `name.mp3.lrc`."""
    stems = [original.name] if original.is_dir() else [original.stem, original.name]
    try:
        names = sorted(os.listdir(original.parent))
    except OSError:
        return None
    for stem in stems:
        for ending in CUE_ENDINGS:
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
