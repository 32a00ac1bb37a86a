"""Render the voice of a script: only what changed, whole or not at all."""

from __future__ import annotations

import errno
import hashlib
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from nidra_box.files import folder_for, whole
from nidra_box.library import titles
from nidra_box.library.voices import Voice, VoiceClip, read_voice, write_voice
from nidra_box.score.compile import spoken_title, spoken_words
from nidra_box.score.script import Script
from nidra_box.score.vocabulary import DEFAULT_TRUE_PEAK_DB, VOICE_LUFS
from nidra_box.sound.loudness import integrated_lufs, noise_floor_dbfs, true_peak_db
from nidra_box.studio.voice.engines import Engine, EngineError
from nidra_box.studio.voice.process import (
    CLEAN_SPEECH_DB,
    CODEC_DB,
    SPEECH_DB,
    VERSION,
    Mono,
    process,
)
from nidra_box.units import RATE_HZ

SUFFIX = ".opus"
_OURS = re.compile(r".+-[0-9a-f]{8}\.opus")
"""Stage and key, as `wanted_clips` and a take name a clip."""
OPUS_COMPRESSION = 0.9
"""libsndfile's measure from 0 (large) to 1 (small); about 31 kbit/s of mono here."""

TAIL_S = 0.005
"""Silence after the sound: Opus rings for a moment, and a clip must not end in a click."""
LUFS_TOLERANCE = 0.5
MAX_FLOOR_DBFS = -60.0


@dataclass(frozen=True, slots=True)
class Built:
    """What a build did (file names), and the voice that is there now."""

    rendered: tuple[str, ...]
    kept: tuple[str, ...]
    removed: tuple[str, ...]
    voice: Voice


def clip_key(words: str, engine: Engine, lufs: float) -> str:
    """Ties a clip to the words and settings it was made from."""
    text = "\n".join((words, engine.name, engine.settings, f"{lufs:g}", str(VERSION)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A voice that shall be: `clips` by their key, in order, each as (words, file name)."""

    name: str
    lufs: float
    clips: dict[str, tuple[str, str]]


def wanted_clips(script: Script, engine: Engine) -> dict[str, tuple[str, str]]:
    """Key → (words, file name) of every clip the script needs, in order: its title first."""
    title = spoken_title(script)
    key = clip_key(title, engine, script.voice.lufs)
    wanted = {key: (title, f"title-{key[:8]}{SUFFIX}")}
    for stage, cue in script.spoken():
        words = spoken_words(cue)
        key = clip_key(words, engine, script.voice.lufs)
        wanted.setdefault(key, (words, f"{stage.id}-{key[:8]}{SUFFIX}"))
    return wanted


def titles_of_recordings(engine: Engine) -> Wanted:
    """What a second press says of a recording."""
    keys = {clip_key(words, engine, VOICE_LUFS): words for words in titles.all_words()}
    clips = {key: (words, f"title-{key[:8]}{SUFFIX}") for key, words in keys.items()}
    return Wanted(titles.VOICE, VOICE_LUFS, clips)


def build(
    script: Script,
    folder: Path,
    engine: Engine,
    progress: Callable[[int, int, str], None] = lambda done, of, name: None,
) -> Built:
    """Bring the clips in `folder` in line with the script. Raises EngineError, OSError."""
    wanted = Wanted(script.id, script.voice.lufs, wanted_clips(script, engine))
    return build_clips(wanted, folder, engine, progress)


def build_clips(
    wanted: Wanted,
    folder: Path,
    engine: Engine,
    progress: Callable[[int, int, str], None] = lambda done, of, name: None,
) -> Built:
    """Bring the clips in `folder` in line with what is wanted. Raises EngineError, OSError."""
    before = read_voice(folder)
    known = {clip.key: clip for clip in before.clips} if before else {}
    clips: list[VoiceClip] = []
    rendered: list[str] = []
    kept: list[str] = []
    with folder_for(folder):
        try:
            for number, (key, (words, name)) in enumerate(wanted.clips.items()):
                progress(number, len(wanted.clips), name)
                clip = known.get(key)
                if clip is not None and (folder / clip.file).is_file():
                    kept.append(clip.file)
                else:
                    clip = render(words, key, folder / name, engine, wanted.lufs)
                    rendered.append(name)
                clips.append(clip)
            progress(len(wanted.clips), len(wanted.clips), "")
            made_by = f"{engine.name} {engine.settings}"
            voice = Voice(wanted.name, made_by, engine.licence, tuple(clips))
            if voice != before:
                write_voice(folder, voice)
        except BaseException:  # no manifest names these clips: the next build makes them anew
            for name in rendered:
                (folder / name).unlink(missing_ok=True)
            raise
        removed = forget_clips(folder, {clip.file for clip in clips})
    return Built(tuple(rendered), tuple(kept), removed, voice)


def forget_clips(folder: Path, needed: set[str]) -> tuple[str, ...]:
    """Remove the clips in `folder`, by names that only we give, that are not `needed`."""
    removed = sorted(
        name for name in os.listdir(folder) if _OURS.fullmatch(name) and name not in needed
    )
    for name in removed:
        (folder / name).unlink()
    return tuple(removed)


def render(words: str, key: str, path: Path, engine: Engine, lufs: float) -> VoiceClip:
    """Speak, process and write one clip. Raises EngineError, OSError."""
    try:
        return write_clip(engine.speak(words), words, key, path, lufs, CLEAN_SPEECH_DB)
    except ValueError as error:
        raise EngineError(f"{engine.name} said {error}: {words!r}") from error


def write_clip(
    sound: Mono, words: str, key: str, path: Path, lufs: float, speech_db: float = SPEECH_DB
) -> VoiceClip:
    """Process `sound` (n, 1) and write it as one clip, whole or not at all; its facts are
    measured on what was written. Raises ValueError for silence, OSError."""
    headroom_db = CODEC_DB
    for _ in range(3):  # Opus may raise a peak by more than was foreseen
        clip = process(sound, lufs, headroom_db, speech_db)
        tail = np.zeros((round(TAIL_S * RATE_HZ), 1), np.float32)
        heard = _written(np.concatenate((clip, tail)), path)
        peak = true_peak_db(heard)
        if peak <= DEFAULT_TRUE_PEAK_DB:
            break
        headroom_db += peak - DEFAULT_TRUE_PEAK_DB + 0.2
    return VoiceClip(
        file=path.name,
        words=words,
        key=key,
        frames=len(heard),
        lufs=round(integrated_lufs(heard), 3),
        true_peak_db=round(peak, 3),
    )


def _written(clip: Mono, path: Path) -> Mono:
    """Write a clip; what a reader hears of it."""
    try:
        with whole(path) as stream:
            soundfile.write(
                stream.fileno(),
                clip,
                RATE_HZ,
                format="OGG",
                subtype="OPUS",
                closefd=False,
                compression_level=OPUS_COMPRESSION,
            )
    except soundfile.SoundFileError as error:
        raise OSError(errno.EIO, f"cannot be written ({error})", str(path)) from error
    heard, _ = soundfile.read(path, dtype="float32", always_2d=True)
    return np.asarray(heard)


def complaints(folder: Path, clips: Iterable[VoiceClip], lufs: float) -> list[str]:
    """What the processing could not bring within its bounds, one line for each clip."""
    found = []
    for clip in clips:
        heard, _ = soundfile.read(folder / clip.file, dtype="float32", always_2d=True)
        floor = noise_floor_dbfs(heard)
        for wrong, what in (
            (abs(clip.lufs - lufs) > LUFS_TOLERANCE, f"{clip.lufs:.1f} LUFS, not {lufs:g}"),
            (clip.true_peak_db > DEFAULT_TRUE_PEAK_DB, f"peaks at {clip.true_peak_db:.1f} dBTP"),
            (floor > MAX_FLOOR_DBFS, f"a noise floor of {floor:.0f} dBFS"),
        ):
            if wrong:
                found.append(f"{clip.file}: {what}: {clip.words!r}")
    return found
