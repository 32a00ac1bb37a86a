"""The rendered voice of a programme: a folder of clips and a manifest that ties each of
them to the words and the settings it was made from."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from nidra_box.documents.untrusted import fill, is_file_name, parse_object
from nidra_box.files import read_file, write_whole
from nidra_box.score.compile import spoken_title, spoken_words
from nidra_box.score.score import ClipFacts
from nidra_box.score.script import Script
from nidra_box.units import RATE_HZ
from nidra_box.words import reason_of

FORMAT = "nidra-voice/1"
MANIFEST = "manifest.json"
RECORDED = "recording"
"""What a manifest names as the engine of a person's own voice."""


@dataclass(frozen=True, slots=True)
class VoiceClip:
    """One clip: `words` as the engine was given them, `key` a hash of words, engine and
    settings, `frames` at 48 kHz, measured `lufs` and `true_peak_db`."""

    file: str
    words: str
    key: str
    frames: int
    lufs: float
    true_peak_db: float


@dataclass(frozen=True, slots=True)
class Voice:
    """A programme's voice: who speaks, under which licence, and the clips."""

    programme: str
    engine: str
    licence: str
    clips: tuple[VoiceClip, ...]

    @property
    def is_recorded(self) -> bool:
        """Whether a person spoke: this cannot be made again by a machine."""
        return self.engine == RECORDED

    def seconds(self) -> dict[str, float]:
        """Spoken words → the seconds that they take."""
        return {clip.words: clip.frames / RATE_HZ for clip in self.clips}

    def facts(self) -> dict[str, ClipFacts]:
        """Spoken words → what the compiler needs."""
        return {
            clip.words: ClipFacts(f"voice:{self.programme}/{clip.file}", clip.frames, clip.lufs)
            for clip in self.clips
        }


def read_voice(folder: Path) -> Voice | None:
    """The voice in `folder`, or None when there is none. Raises ValueError for a manifest
    that is damaged."""
    path = folder / MANIFEST
    try:
        found = parse_object(read_file(path))
        if found.get("format") != FORMAT:
            raise ValueError(f"it is not {FORMAT}")
        voice = fill(Voice, found)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        reason = reason_of(error)
        raise ValueError(f"{path}: cannot be read as a voice manifest: {reason}") from error
    for clip in voice.clips:
        if not is_file_name(clip.file) or clip.frames == 0:
            raise ValueError(f"{path}: {clip.file!r} is not a clip beside it")
        if not -60.0 <= clip.lufs <= 0.0:  # it would be turned up, or down, by the difference
            raise ValueError(f"{path}: {clip.file!r} cannot be at {clip.lufs:g} LUFS")
    return voice


def lacking(folder: Path, voice: Voice, words: Iterable[str]) -> tuple[str, ...]:
    """The `words` that have no clip in `folder`: none was made, or it is not there."""
    try:
        there = set(os.listdir(folder))
    except OSError:
        there = set()
    spoken = {clip.words for clip in voice.clips if clip.file in there}
    return tuple(dict.fromkeys(text for text in words if text not in spoken))


def choose_voice(folders: Sequence[Path], words: Sequence[str]) -> Voice | None:
    """The voice, of those in `folders`, that lacks the fewest of `words`; the first of equals.

    One that is damaged is passed over while there is another. Raises ValueError when there
    is none but damaged ones.
    """
    found: list[tuple[int, Voice]] = []
    damaged: list[ValueError] = []
    for folder in folders:
        try:
            voice = read_voice(folder)
            if voice is not None and voice.programme != folder.name:
                raise ValueError(f"{folder / MANIFEST}: is of {voice.programme!r}")
        except ValueError as error:
            damaged.append(error)
            continue
        if voice is not None:
            found.append((len(lacking(folder, voice, words)), voice))
    if damaged and not found:
        raise damaged[0]
    return min(found, key=lambda each: each[0])[1] if found else None


def why_not(folder: Path, chosen: Voice, words: Sequence[str]) -> str:
    """Why the voice in `folder` was not chosen; empty when it was, or when there is none."""
    try:
        voice = read_voice(folder)
    except ValueError as error:
        return str(error)
    if voice is None or voice == chosen:
        return ""
    missing = lacking(folder, voice, words)
    if not missing:
        return f"{folder / MANIFEST}: is of {voice.programme!r}"
    return (
        f"your own voice is not used: it lacks {len(missing)} of {len(set(words))} cues, "
        f"such as {missing[0]!r}"
    )


def unspoken(script: Script, voice: Voice) -> list[tuple[int, str]]:
    """(line, message) for every cue that has no clip made from its words. A person need not
    record the title."""
    clips = {clip.words for clip in voice.clips}
    title = spoken_title(script)
    missing = [
        (cue.line, f"no clip was made from these words: {spoken_words(cue)!r}")
        for _, cue in script.spoken()
        if spoken_words(cue) not in clips
    ]
    if title not in clips and not voice.is_recorded:
        missing.append((0, f"no clip says the title: {title!r}"))
    return missing


def unused(script: Script, voice: Voice) -> list[str]:
    """A message for every clip that no cue uses."""
    clips = {clip.words for clip in voice.clips}
    wanted = {spoken_title(script), *(spoken_words(cue) for _, cue in script.spoken())}
    return [f"a clip says what nobody is to say: {words!r}" for words in sorted(clips - wanted)]


def write_voice(folder: Path, voice: Voice) -> None:
    """Write the manifest, whole or not at all. Raises OSError."""
    content = {
        "format": FORMAT,
        "programme": voice.programme,
        "engine": voice.engine,
        "licence": voice.licence,
        "clips": [asdict(clip) for clip in voice.clips],
    }
    write_whole(folder / MANIFEST, json.dumps(content, indent=1, ensure_ascii=False) + "\n")
