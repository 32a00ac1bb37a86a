"""A made night as people have it on their telephones: speech, then noise, ten decibels more of it at
3:10:00 and a bell at 7:58:00, 8:07:24 in all. Written block by block, in five formats at once.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from benchmarks.house import ROOT

Sound = NDArray[np.float32]

RATE_HZ = 48_000
LENGTH_S, SPEECH_S, LOUDER_AT_S, BELL_AT_S, STEP_AT_S = 29_244, 900, 11_400, 28_680, 840
NOISE_DB, LOUDER_DB, SPEECH_DB = -50.0, 10.0, -18.0
BELL_S, BELL_HZ, BELL_PEAK = 4.0, 660.0, 0.5
BLOCK_S = 10
ENCODERS = {
    "flac": ["-c:a", "flac", "-sample_fmt", "s16"],
    "ogg": ["-c:a", "libvorbis", "-q:a", "4"],
    "opus": ["-c:a", "libopus", "-b:a", "96k"],
    "mp3": ["-c:a", "libmp3lame", "-b:a", "128k"],
    "m4a": ["-c:a", "aac", "-b:a", "128k"],
}


@dataclass(frozen=True, slots=True)
class Track:
    """The files by their endings; where speech was at minute 14, and what was to be found when."""

    files: dict[str, Path]
    length_s: float
    louder_at_s: float
    bell_at_s: float
    spoken_at_s: float
    spoken: Sound


def make(folder: Path, scale: float = 1.0) -> Track:
    """All times are multiplied by `scale`. What lies in `folder` already is made no second time."""
    files = {ending: folder / f"night-{scale:g}.{ending}" for ending in ENCODERS}
    spoken_at_s = STEP_AT_S * scale
    if not all(file.exists() for file in files.values()):
        folder.mkdir(parents=True, exist_ok=True)
        _encode(files, scale)
    spoken = next(block for at_s, block in _blocks(scale) if at_s <= spoken_at_s < at_s + BLOCK_S)
    return Track(
        files,
        round(LENGTH_S * scale, 3),
        LOUDER_AT_S * scale,
        BELL_AT_S * scale,
        float(spoken_at_s // BLOCK_S * BLOCK_S),
        spoken,
    )


def _encode(files: dict[str, Path], scale: float) -> None:
    command = ["ffmpeg", "-v", "error", "-y", "-f", "f32le", "-ar", str(RATE_HZ), "-ac", "1"]
    command += ["-i", "pipe:0"]
    for ending, file in files.items():
        command += ["-map", "0:a", *ENCODERS[ending], str(file.with_stem("making"))]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as encoder:
        assert encoder.stdin is not None
        for _, block in _blocks(scale):
            encoder.stdin.write(block.tobytes())
        encoder.stdin.close()
        if encoder.wait():
            raise RuntimeError("ffmpeg could not make the track")
    for file in files.values():
        file.with_stem("making").rename(file)


def _blocks(scale: float) -> Iterator[tuple[float, Sound]]:
    """(when it begins, the sound) of each BLOCK_S seconds; the same each time."""
    speech = _speech(round(SPEECH_S * scale * RATE_HZ))
    total = round(LENGTH_S * scale * RATE_HZ)
    louder, bell = (round(at_s * scale * RATE_HZ) for at_s in (LOUDER_AT_S, BELL_AT_S))
    frames = np.arange(round(BELL_S * RATE_HZ)) / RATE_HZ
    struck = BELL_PEAK * np.sin(2 * np.pi * BELL_HZ * frames) * 10.0 ** (-frames)
    for number, begin in enumerate(range(0, total, BLOCK_S * RATE_HZ)):
        end = min(begin + BLOCK_S * RATE_HZ, total)
        random = np.random.default_rng([8724, number])
        block = random.standard_normal(end - begin, np.float32)
        db = np.where(np.arange(begin, end) < louder, NOISE_DB, NOISE_DB + LOUDER_DB)
        block *= 10.0 ** (db / 20.0)
        for sound, at in ((speech, 0), (struck, bell)):
            first, last = max(begin, at), min(end, at + len(sound))
            if first < last:
                block[first - begin : last - begin] += sound[first - at : last - at]
        yield begin / RATE_HZ, block.astype(np.float32)


def _speech(frames: int) -> Sound:
    """The words of our first night one after the other, with pauses, as often as it takes."""
    random, said, length = np.random.default_rng(1), [], 0
    clips = sorted((ROOT / "audio/voice/lower-back-night").glob("*.opus"))
    while length < frames:
        words, rate = soundfile.read(clips[random.integers(len(clips))], dtype="float32")
        assert rate == RATE_HZ
        pause = np.zeros(round(random.uniform(0.5, 4.0) * RATE_HZ), np.float32)
        said += [words * np.float32(10.0 ** (SPEECH_DB / 20.0)), pause]
        length += len(words) + len(pause)
    return np.concatenate(said)[:frames]
