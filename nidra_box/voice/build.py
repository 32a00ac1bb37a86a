"""Render the voice of a script: only what changed, whole or not at all."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import soundfile

from nidra_box.library.voices import Voice, VoiceClip, read_voice, write_voice
from nidra_box.score.compile import spoken_words
from nidra_box.score.script import Script
from nidra_box.score.vocabulary import RATE_HZ
from nidra_box.sound.loudness import integrated_lufs, true_peak_db
from nidra_box.voice.engines import Engine
from nidra_box.voice.process import VERSION, process

SUFFIX = ".opus"
OPUS_COMPRESSION = 0.9
"""libsndfile's measure from 0 (large) to 1 (small); about 31 kbit/s of mono here."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did: file names."""

    rendered: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]


def clip_key(words: str, engine: Engine, lufs: float) -> str:
    """Ties a clip to the words and settings it was made from."""
    text = "\n".join((words, engine.name, engine.settings, f"{lufs:g}", str(VERSION)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def wanted_clips(script: Script, engine: Engine) -> dict[str, tuple[str, str]]:
    """Key → (words, file name) of every clip the script needs, in order."""
    wanted: dict[str, tuple[str, str]] = {}
    for stage, cue in script.spoken():
        words = spoken_words(cue)
        key = clip_key(words, engine, script.voice.lufs)
        wanted.setdefault(key, (words, f"{stage.id}-{key[:8]}{SUFFIX}"))
    return wanted


def build(
    script: Script,
    folder: Path,
    engine: Engine,
    progress: Callable[[int, int, str], None] = lambda done, of, name: None,
) -> Built:
    """Bring the clips in `folder` in line with the script. Raises EngineError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    before = read_voice(folder)
    known = {clip.key: clip for clip in before.clips} if before else {}
    clips: list[VoiceClip] = []
    rendered: list[str] = []
    kept: list[str] = []
    wanted = wanted_clips(script, engine)
    for number, (key, (words, name)) in enumerate(wanted.items()):
        progress(number, len(wanted), name)
        clip = known.get(key)
        if clip is not None and (folder / clip.file).is_file():
            kept.append(clip.file)
        else:
            clip = render(words, key, folder / name, engine, script.voice.lufs)
            rendered.append(name)
        clips.append(clip)
    progress(len(wanted), len(wanted), "")
    voice = Voice(script.id, f"{engine.name} {engine.settings}", engine.licence, tuple(clips))
    if voice != before:
        write_voice(folder, voice)
    removed = sorted(
        name
        for name in os.listdir(folder)
        if name.endswith(SUFFIX) and name not in {clip.file for clip in clips}
    )
    for name in removed:
        (folder / name).unlink()
    return Built(tuple(rendered), tuple(kept), tuple(removed))


def render(words: str, key: str, path: Path, engine: Engine, lufs: float) -> VoiceClip:
    """Speak, process and write one clip; its facts are measured on what was written."""
    sound = process(engine.speak(words), lufs)
    part = path.with_name(path.name + ".part")
    soundfile.write(
        part, sound, RATE_HZ, format="OGG", subtype="OPUS", compression_level=OPUS_COMPRESSION
    )
    part.replace(path)
    heard, _ = soundfile.read(path, dtype="float32", always_2d=True)
    return VoiceClip(
        file=path.name,
        words=words,
        key=key,
        frames=len(heard),
        lufs=round(integrated_lufs(heard), 3),
        true_peak_db=round(true_peak_db(heard), 3),
    )


def differences(script: Script, voice: Voice | None) -> list[tuple[int, str]]:
    """(line, message) for every cue that has no clip made from its words, and one for clips
    that no cue uses."""
    clips = {clip.words for clip in voice.clips} if voice else set()
    spoken = script.spoken()
    missing = [
        (cue.line, f"no clip was made from these words: {spoken_words(cue)!r}")
        for _, cue in spoken
        if spoken_words(cue) not in clips
    ]
    unused = clips - {spoken_words(cue) for _, cue in spoken}
    return missing + [
        (0, f"a clip says what nobody is to say: {words!r}") for words in sorted(unused)
    ]
