"""Take in a person's own recordings: all of them or none.

`gather` finds out which sound belongs to which cue (`from_folder`, `from_file`), `take` makes
the clips in a folder of its own and, when nothing at all is wrong, moves them to their place,
the manifest last: whoever reads meanwhile finds the old voice or the new one, whole.
"""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nidra_box.files import folder_for
from nidra_box.library.voices import (
    MANIFEST,
    RECORDED,
    Voice,
    VoiceClip,
    read_voice,
    write_voice,
)
from nidra_box.score.breath import BreathLine
from nidra_box.score.script import Script
from nidra_box.sound.loudness import integrated_lufs
from nidra_box.sound.sources import BadSound, FileSource
from nidra_box.studio.voice.build import (
    LUFS_TOLERANCE,
    MAX_FLOOR_DBFS,
    SUFFIX,
    forget_clips,
    write_clip,
)
from nidra_box.studio.voice.cues import NumberedCue, sentence_of
from nidra_box.studio.voice.fit import misfits
from nidra_box.studio.voice.gather import Gathered, Piece
from nidra_box.studio.voice.process import KEEP_S, VERSION, Mono, high_pass
from nidra_box.units import RATE_HZ, decibels

LICENCE = "voice: a person's own recording"
LONGEST_CUE_S = (
    180.0  # [D] 220 characters are read in a fifth of it; what is longer is not processed
)
WORST_FLOOR_DBFS = -50.0
ODD_RATIO = 2.0  # [D] so much longer or shorter than expected: perhaps another cue's words
ODD_S = 1.5  # and at least by this
QUIETER = "record the room quieter or closer to the microphone"


class BadTake(Exception):
    """Recordings that cannot be taken: `problems` names all of them, one line each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Taken:
    """The voice that is there now, and what a person should know of it."""

    voice: Voice
    warnings: tuple[str, ...]


def take(
    script: Script,
    cues: tuple[NumberedCue, ...],
    gathered: Gathered,
    folder: Path,
    breath: BreathLine,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Taken:
    """Make the voice in `folder` from what was gathered. Raises BadTake, OSError; then
    nothing there has changed."""
    problems, warnings = list(gathered.problems), list(gathered.warnings)
    seconds: dict[str, float] = {}
    clips: list[VoiceClip] = []
    with (
        folder_for(folder.parent) as parent,
        tempfile.TemporaryDirectory(prefix=".take-", dir=parent) as name,
    ):
        for cue in cues:
            progress(cue.number - 1, len(cues))
            piece = gathered.pieces.get(cue.number)
            if piece is None:
                continue
            made = _make(script, cue, piece, gathered.room_power, Path(name))
            problems += made.problems
            warnings += made.warnings
            if made.clip is not None:
                clips.append(made.clip)
                seconds[cue.words] = made.clip.frames / RATE_HZ
        problems += [sentence_of(misfit, cues) for misfit in misfits(script, seconds, breath)]
        if problems:
            raise BadTake(problems)
        voice = Voice(script.id, RECORDED, LICENCE, tuple(clips))
        write_voice(Path(name), voice)
        _move(Path(name), folder, voice)
    progress(len(cues), len(cues))
    return Taken(voice, tuple(warnings))


@dataclass(frozen=True, slots=True)
class _Made:
    clip: VoiceClip | None
    problems: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def _make(script: Script, cue: NumberedCue, piece: Piece, room: float, into: Path) -> _Made:
    """One clip out of its piece of a recording."""
    who = f"cue {cue.number} ({piece.name})"
    if piece.span.length_s > LONGEST_CUE_S:
        over_s = piece.span.length_s - min(LONGEST_CUE_S, cue.longest_s)
        takes = f"takes {piece.span.length_s:.1f} s, {over_s:.1f} s too long for its place"
        return _Made(None, (f"{who}: {takes}",))
    try:
        sound = _read(piece)
        gain_db = script.voice.lufs - integrated_lufs(high_pass(sound))
        digest = hashlib.sha256(sound.tobytes()).hexdigest()
        text = "\n".join((cue.words, RECORDED, digest, f"{script.voice.lufs:g}", str(VERSION)))
        key = hashlib.sha256(text.encode()).hexdigest()[:16]
        path = into / f"{cue.stage.id}-{key[:8]}{SUFFIX}"
        clip = write_clip(sound, cue.words, key, path, script.voice.lufs)
    except (BadSound, ValueError) as error:
        return _Made(None, (f"{who}: {error}",))
    problems, warnings = [], []
    floor = decibels(max(piece.floor_power, room)) + gain_db
    if floor > MAX_FLOOR_DBFS:
        line = f"{who}: its noise floor is {floor:.0f} dBFS, {{}}: {QUIETER}"
        if floor > WORST_FLOOR_DBFS:
            problems.append(line.format(f"over {WORST_FLOOR_DBFS:g}"))
        else:
            warnings.append(line.format(f"better would be {MAX_FLOOR_DBFS:g}"))
    if abs(clip.lufs - script.voice.lufs) > LUFS_TOLERANCE:
        warnings.append(f"{who}: reaches only {clip.lufs:.1f} LUFS: its peaks are too high")
    length = clip.frames / RATE_HZ
    ratio = max(length / cue.target_s, cue.target_s / length)
    if ratio > ODD_RATIO and abs(length - cue.target_s) > ODD_S:
        warnings.append(
            f"{who}: takes {length:.1f} s where about {cue.target_s:.1f} were expected: "
            f"is it {cue.say.text!r}?"
        )
    return _Made(clip, tuple(problems), tuple(warnings))


def _read(piece: Piece) -> Mono:
    """The piece at RATE_HZ, mixed down, with a moment before and after it. Raises BadSound."""
    source = FileSource(piece.path)
    try:
        begin = max(0, round((piece.span.begin_s - KEEP_S) * RATE_HZ))
        end = min(source.frames, round((piece.span.end_s + KEEP_S) * RATE_HZ))
        return np.ascontiguousarray(source.read(begin, end - begin).mean(axis=1, keepdims=True))
    finally:
        source.close()


def _move(made: Path, folder: Path, voice: Voice) -> None:
    """Put the clips beside those that are there, then the manifest in place of the old one.
    The clips of the voice before stay until the next take: a box that plays may need them."""
    try:
        before = read_voice(folder)
    except ValueError:
        before = None
    with folder_for(folder):
        for clip in voice.clips:
            (made / clip.file).replace(folder / clip.file)
        (made / MANIFEST).replace(folder / MANIFEST)
    if before is not None:
        forget_clips(folder, {clip.file for clip in (*voice.clips, *before.clips)})
