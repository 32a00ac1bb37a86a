"""What is known of a recording that was taken in: `record.json`, and the list of all of them.

Written by the intake alone, read by everybody. The store is a folder (`Folders.recordings`):

    index.json           all recordings that are ready
    library.json         the state of every file and folder in `library/`
    taken-in.txt         the same for whoever has no terminal, with every reason
    <id>/record.json     all that is known of one recording
    <id>/sound.flac      what plays, 48 kHz, one or two channels (or `sound.opus`)
    <id>/levels.npy      its level every 0.1 s, from which softening and gain are computed again
    <id>/person.yaml     what the person says of it (`library/person.py`)
    <id>/cues.txt        the cue file that lay beside the original (`score/along.py`), if one did
    .gone/               what was forgotten, for 30 days
    .taking/             what is being made; the next run throws it away

A record is untrusted like every file: whatever is odd in it is a ValueError with a reason.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nidra_box.documents.untrusted import FILE_NAMES, fill, parse_object
from nidra_box.files import read_file, write_whole
from nidra_box.units import RATE_HZ

FORMAT = "nidra-recording/1"
INDEX_FORMAT, ITEMS_FORMAT = "nidra-recordings/1", "nidra-library/1"
RECORD, LEVELS, PERSON, CUES = "record.json", "levels.npy", "person.yaml", "cues.txt"
INDEX, ITEMS = "index.json", "library.json"
SOUNDS = ("sound.flac", "sound.opus")
GONE, TAKING = ".gone", ".taking"
MAX_RECORD_BYTES = 4 << 20  # twelve hours of levels are 300 kB
MAX_INDEX_BYTES = 32 << 20  # ten thousand recordings are 3 MB
_ID = re.compile("[0-9a-f]{12}")


def is_id(name: str) -> bool:
    """Whether `name` is the id of a recording: the first twelve hex digits of the original's
    SHA-256 (of a folder: of its files' hashes, in their order)."""
    return _ID.fullmatch(name) is not None


@dataclass(frozen=True, slots=True)
class Original:
    """A file in `library/` that a recording was made of; `name` within that folder."""

    name: str
    sha256: str
    size: float  # bytes: a whole number, but it may be over 2³¹


@dataclass(frozen=True, slots=True)
class Jolt:
    """A stretch in the dark that stands more than 8 dB above what came before it."""

    start_s: float
    end_s: float
    over_db: float  # above the reference, at its highest


@dataclass(frozen=True, slots=True)
class Damage:
    """A place where the original could not be decoded, in seconds of what plays."""

    at_s: float
    lost_s: float  # how much of the original is missing; 0 when nobody knows


@dataclass(frozen=True, slots=True)
class Chapter:
    title: str
    start_s: float


@dataclass(frozen=True, slots=True)
class Record:
    """Everything that was found out by decoding the original once. Levels are those of the
    stored sound: dB of the power of all channels together, before `gain_db`."""

    id: str
    title: str
    originals: tuple[Original, ...]
    sound: str
    frames: int  # at 48 kHz
    channels: int
    lufs: float  # gated, after softening
    true_peak_db: float  # the highest, after softening
    gain_db: float  # what brings it to −24 LUFS
    held_by: str = ""  # why the gain is not all of it: "", "range" or "peak"
    lit_s: float = 1200.0  # softening was computed for a dark part that begins here
    soften: str = "auto"  # auto, always or never
    loop: bool = False  # softening is that of a loop, alike in each round
    softening_s: tuple[float, ...] = ()
    softening_db: tuple[float, ...] = ()  # straight lines between these; never above 0
    anywhere_s: tuple[float, ...] = ()  # the same for a dark part that begins anywhere
    anywhere_db: tuple[float, ...] = ()
    jolts: tuple[Jolt, ...] = ()
    damage: tuple[Damage, ...] = ()
    chapters: tuple[Chapter, ...] = ()
    levels_db: tuple[float, ...] = ()  # for each second the highest level of 0.4 s in it
    ends_softly: bool = False  # the last 3 s are 20 dB under the minute before the last
    even: bool = False  # an even noise under an hour: a loop is suggested
    promised_s: float = 0.0  # what the header said, if that is not what was found; else 0
    kind: str = ""  # "AAC in MP4"
    teacher: str = ""
    album: str = ""
    language: str = ""
    date: str = ""
    comment: str = ""
    notes: tuple[str, ...] = ()  # sentences for the person

    @property
    def duration_s(self) -> float:
        return self.frames / RATE_HZ


@dataclass(frozen=True, slots=True)
class Entry:
    """A recording that is ready, as the index lists it: enough for a list and a choice."""

    id: str
    title: str
    name: str  # of the file or folder in `library/`
    length_s: float
    teacher: str = ""


@dataclass(frozen=True, slots=True)
class Item:
    """A file or folder in `library/` and what becomes of it. `state` is ready, waiting, taking
    or refused; `reason` says why it is not played and what to do."""

    name: str
    state: str
    id: str = ""
    reason: str = ""
    share: float = 0.0  # how much of it has been taken in, 0 to 1
    left_s: float = 0.0


@dataclass(frozen=True, slots=True)
class _Index:
    recordings: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class _Items:
    library: tuple[Item, ...]


def read_record(folder: Path, programme: str = "") -> Record:
    """The record in a recording's folder, which is called like its id unless that is given.
    Raises OSError, and ValueError for one that is not to be believed."""
    found = parse_object(read_file(folder / RECORD, MAX_RECORD_BYTES))
    if found.get("format") != FORMAT:
        raise ValueError(f"it is not {FORMAT}")
    record = fill(Record, found, FILE_NAMES)
    if record.id != (programme or folder.name):
        raise ValueError(f"is the record of {record.id!r}")
    if record.sound not in SOUNDS or record.channels not in (1, 2) or record.frames == 0:
        raise ValueError("names no sound that can be played")
    for at, db in (
        (record.softening_s, record.softening_db),
        (record.anywhere_s, record.anywhere_db),
    ):
        if list(at) != sorted(at) or len(at) != len(db):
            raise ValueError("its softening is no curve")
        if max(db, default=0.0) > 0.0:
            raise ValueError("its softening is out of range")
    if not -60.0 <= record.gain_db <= 20.0:
        raise ValueError("its gain is out of range")
    return record


def write_record(folder: Path, record: Record) -> None:
    """Whole or not at all. The intake only. Raises OSError."""
    content = {"format": FORMAT, **asdict(record)}
    text = json.dumps(content, ensure_ascii=True) + "\n"
    write_whole(folder / RECORD, text, mode=0o644, grows_in=apart(folder))


def apart(folder: Path) -> Path:
    """Where a file of the intake's in a recording's folder grows: there the next run finds what
    was left of it, without looking into ten thousand folders."""
    taking = folder.parent / TAKING
    return taking if taking.is_dir() else folder


def read_index(store: Path) -> tuple[Entry, ...]:
    """All recordings that are ready, by title in natural order, those too whose file is gone.
    None where nothing was taken in yet. Raises OSError and ValueError."""
    found = _read(store / INDEX, INDEX_FORMAT)
    recordings = fill(_Index, found, FILE_NAMES).recordings if found else ()
    if not all(is_id(entry.id) for entry in recordings):
        raise ValueError("it lists what is no recording")
    return recordings


def write_index(store: Path, recordings: tuple[Entry, ...]) -> None:
    """Whole or not at all; not synced: it can be made again. The intake only. Raises OSError."""
    _write(store / INDEX, INDEX_FORMAT, asdict(_Index(recordings)))


def read_items(store: Path) -> tuple[Item, ...]:
    """What becomes of everything in `library/`, in natural order. Raises OSError and ValueError."""
    found = _read(store / ITEMS, ITEMS_FORMAT)
    return fill(_Items, found, FILE_NAMES).library if found else ()


def write_items(store: Path, items: tuple[Item, ...]) -> None:
    """As `write_index`."""
    _write(store / ITEMS, ITEMS_FORMAT, asdict(_Items(items)))


def _read(path: Path, form: str) -> dict[str, Any]:
    try:
        found = parse_object(read_file(path, MAX_INDEX_BYTES))
    except FileNotFoundError:
        return {}
    if found.get("format") != form:
        raise ValueError(f"it is not {form}")
    return found


def _write(path: Path, form: str, content: dict[str, Any]) -> None:
    write_whole(path, json.dumps({"format": form, **content}) + "\n", lasting=False, mode=0o644)
