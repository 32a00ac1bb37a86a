"""Which sound belongs to which cue: a folder with a file for each, or one long recording that
is split at its silences. Everything that is wrong is named, never only the first of it.

Names and sounds are untrusted: a name is only looked at for the number that it begins with.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from pathlib import Path

from nidra_box.sound.sources import SUFFIXES, BadSound
from nidra_box.studio.voice.cues import NumberedCue
from nidra_box.studio.voice.listen import Survey, floor_of, survey
from nidra_box.studio.voice.split import Span, pieces, silence_for, sounds
from nidra_box.words import natural, printable

LONGEST_FILE_S = 2 * 3600.0
LONGEST_CUE_FILE_S = 600.0  # with all silence around the words
MAX_FILES = 1000
SOUND_SUFFIXES = (*SUFFIXES, ".aac", ".aif", ".aiff", ".au", ".caf", ".m4a", ".w64", ".wma")
_NUMBER = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class Piece:
    """The words of one cue: `span` of the file at `path`, and the mean square of the quietest
    moments around them. `name` is printable."""

    path: Path
    name: str
    span: Span
    floor_power: float


@dataclass(slots=True)
class Gathered:
    """Cue number → piece. `room_power` is the mean square of an empty room, 0 if nobody
    recorded one."""

    pieces: dict[int, Piece] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    room_power: float = 0.0


def from_folder(cues: tuple[NumberedCue, ...], folder: Path) -> Gathered:
    """A recording for each cue, by the numbers that their names begin with. Raises OSError."""
    found = Gathered()
    files: dict[int, list[str]] = {}
    names = sorted((n for n in os.listdir(folder) if not n.startswith(".")), key=natural)
    if len(names) > MAX_FILES:
        found.problems.append(f"over {MAX_FILES} files: this is not a folder of recordings")
        return found
    stereo: list[str] = []
    for name in names:
        digits = _NUMBER.match(name)
        if digits is not None:
            files.setdefault(int(digits[0][:9]), []).append(name)
        elif name.lower().startswith("room"):
            _room(folder / name, found)
        elif name.lower().endswith(SOUND_SUFFIXES):
            found.problems.append(
                f"{printable(name)}: one file too many: its name begins with no cue number"
            )
    for number in sorted(files.keys() - {cue.number for cue in cues}):
        for name in files[number]:
            found.problems.append(
                f"{printable(name)}: one file too many: there is no cue {number} (1 to {len(cues)})"
            )
    for cue in cues:
        taken = files.get(cue.number, [])
        if not taken:
            found.problems.append(f"cue {cue.number} is missing: {cue.say.text!r}")
        elif len(taken) > 1:
            listed = ", ".join(printable(name) for name in taken)
            found.problems.append(f"cue {cue.number} has {len(taken)} files, keep one: {listed}")
        for name in taken:
            _cue_file(cue.number, folder / name, found, stereo)
    _tell_stereo(stereo, found)
    return found


def _cue_file(number: int, path: Path, found: Gathered, stereo: list[str]) -> None:
    name = printable(path.name)
    heard = _survey(path, LONGEST_CUE_FILE_S, f"cue {number} ({name})", found)
    if heard is None:
        return
    if heard.channels > 1:
        stereo.append(name)
    spans = sounds(heard.powers, heard.window_s)
    if not spans:
        found.problems.append(f"cue {number} ({name}): nothing in it lasts as long as a word")
        return
    whole = Span(spans[0].begin_s, spans[-1].end_s)
    found.pieces[number] = Piece(path, name, whole, floor_of(heard.powers))


def from_file(cues: tuple[NumberedCue, ...], path: Path, silence_s: float) -> Gathered:
    """One long recording: as many pieces between silences of `silence_s` as there are cues."""
    found, name = Gathered(), printable(path.name)
    heard = _survey(path, LONGEST_FILE_S, name, found)
    if heard is None:
        return found
    spans = sounds(heard.powers, heard.window_s)
    parts = pieces(spans, silence_s)
    if len(parts) != len(cues):
        found.problems.append(_miscount(name, parts, spans, len(cues), silence_s))
        return found
    if heard.channels > 1:
        _tell_stereo([name], found)
    for number, part in enumerate(parts):
        begin = 0.0 if not number else (parts[number - 1].end_s + part.begin_s) / 2
        last = number + 1 == len(parts)
        end = heard.length_s if last else (part.end_s + parts[number + 1].begin_s) / 2
        around = heard.powers[round(begin / heard.window_s) : round(end / heard.window_s)]
        label = f"{name}, {clock(part.begin_s)}"
        found.pieces[cues[number].number] = Piece(path, label, part, floor_of(around))
    return found


def _miscount(name: str, parts: list[Span], spans: list[Span], count: int, silence_s: float) -> str:
    better = silence_for(spans, count)
    hint = f"; --silence {better:g} would give {count}" if better is not None else ""
    listed = ", ".join(f"{clock(part.begin_s)}–{clock(part.end_s)}" for part in parts)
    return (
        f"{name}: {len(parts)} pieces between silences of {silence_s:g} s, but {count} cues"
        f"{hint}; found at {listed}"
    )


def _room(path: Path, found: Gathered) -> None:
    try:
        heard = survey(path, LONGEST_CUE_FILE_S)
    except BadSound as error:
        found.problems.append(f"{printable(path.name)}: {error}")
        return
    found.room_power = max(found.room_power, floor_of(heard.powers))


def _survey(path: Path, longest_s: float, who: str, found: Gathered) -> Survey | None:
    """A look through a file that words are in; what is wrong with it goes to `found`."""
    try:
        heard = survey(path, longest_s)
    except BadSound as error:
        found.problems.append(f"{who}: {error}")
        return None
    if heard.cancels:
        found.problems.append(f"{who}: its two channels cancel each other: record one channel")
    elif heard.is_silent:
        found.problems.append(f"{who}: is all silence")
    if heard.clipped_at:
        places = ", ".join(clock(at_s) for at_s in heard.clipped_at[:5])
        more = " and more" if len(heard.clipped_at) > 5 else ""
        found.problems.append(f"{who}: is clipped at {places}{more}: turn the level down")
    usable = not (heard.cancels or heard.is_silent)
    return heard if usable else None


def _tell_stereo(names: list[str], found: Gathered) -> None:
    if names:
        found.warnings.append(f"stereo, mixed down to one channel: {', '.join(names)}")


def clock(seconds: float) -> str:
    """`m:ss.s`, for a place in a recording."""
    tenths = round(seconds * 10)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"
