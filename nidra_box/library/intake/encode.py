"""Writing what will play: 16-bit FLAC, or Opus where that would be too big. Both at 48 kHz."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from nidra_box.files import sync
from nidra_box.library.intake.sniff import NotNow
from nidra_box.library.intake.watched import Child, ChildFailed, program, running
from nidra_box.units import RATE_HZ
from nidra_box.words import reason_of

Frames = NDArray[np.float32]

FLAC, OPUS = "sound.flac", "sound.opus"
MOST_FLAC_BYTES_PER_HOUR = 100e6
OPUS_BITS = {1: 64_000, 2: 96_000}
_OPUS_COMPLEXITY = "0"  # at these rates the rest costs twice as much and is hardly heard
_OPUS_PACKET_MS = "60"  # the same sound as in three of 20 ms, for a quarter less to compute
_MOST_SOUND_BYTES = 16 << 30
_LEFT_OVER = 1 << 16


class Writing(Protocol):
    """Takes what will play, (n, channels) between −1 and 1. Raises NotNow."""

    def write(self, frames: Frames) -> None: ...


def to_16_bit(frames: Frames) -> NDArray[np.int16]:
    """Rounded to the nearest step; full scale is 32767."""
    scaled = np.rint(frames * np.float32(32768.0))
    return np.asarray(np.clip(scaled, -32768, 32767, out=scaled), np.int16)


def flac_size(frames: Frames) -> int:
    """How many bytes the frames take as FLAC."""
    held = io.BytesIO()
    soundfile.write(held, to_16_bit(frames), RATE_HZ, "PCM_16", format="FLAC")
    return len(held.getvalue())


def opus_bytes_per_second(channels: int) -> float:
    return OPUS_BITS[channels] / 8 * 1.06  # noise takes a little more than was asked for


class _Flac:
    def __init__(self, file: soundfile.SoundFile) -> None:
        self._file = file

    def write(self, frames: Frames) -> None:
        self._file.write(to_16_bit(frames))


class _OpusOfOurs:
    """By libsndfile. In small pieces: some versions overflow their stack with large ones."""

    def __init__(self, file: soundfile.SoundFile) -> None:
        self._file = file

    def write(self, frames: Frames) -> None:
        for begin in range(0, len(frames), 4800):
            self._file.write(frames[begin : begin + 4800])


class _OpusByFfmpeg:
    def __init__(self, child: Child) -> None:
        self._child = child

    def write(self, frames: Frames) -> None:
        self._child.write(memoryview(frames.tobytes()))


@contextmanager
def writing(path: Path, channels: int) -> Iterator[Writing]:
    """The file at `path` (FLAC or OPUS by its name) while it is written; after the block it is
    whole and on the disk. Raises NotNow when it cannot be written."""
    with _for_the_disk(), open(path, "xb+") as stream:
        yield from _written(path.name, stream, channels)
        sync(stream)


def _written(name: str, stream: BinaryIO, channels: int) -> Iterator[Writing]:
    ffmpeg = program("ffmpeg")
    if name == FLAC:
        with soundfile.SoundFile(stream, "w", RATE_HZ, channels, "PCM_16", format="FLAC") as file:
            yield _Flac(file)
    elif ffmpeg is None:
        with soundfile.SoundFile(stream, "w", **_opus(channels)) as file:
            yield _OpusOfOurs(file)
    else:
        descriptor = stream.fileno()
        command = [ffmpeg, "-v", "error", "-hide_banner", "-threads", "1", "-f", "f32le"]
        command += ["-ar", str(RATE_HZ), "-ac", str(channels), "-i", "pipe:0", "-c:a", "libopus"]
        command += ["-b:a", str(OPUS_BITS[channels]), "-compression_level", _OPUS_COMPLEXITY]
        command += ["-frame_duration", _OPUS_PACKET_MS]
        command += ["-map_metadata", "-1", "-f", "opus", f"pipe:{descriptor}"]
        with running(command, 24 * 3600, (descriptor,), _MOST_SOUND_BYTES, feed=True) as child:
            yield _OpusByFfmpeg(child)
            child.close_input()
            child.all_output(_LEFT_OVER)
            if failure := child.ended():
                raise ChildFailed(failure + "".join(f": {line}" for line in child.errors[:1]))


def _opus(channels: int) -> dict[str, Any]:
    """How libsndfile is asked for a bit rate: 6 to 256 kbit/s a channel, in older versions none."""
    level = (256_000 - OPUS_BITS[channels] / channels) / 250_000
    asked = {"samplerate": RATE_HZ, "channels": channels, "format": "OGG", "subtype": "OPUS"}
    can = tuple(map(int, soundfile.__version__.split(".")[:2])) >= (0, 13)
    return asked | ({"compression_level": level} if can else {})


@contextmanager
def _for_the_disk() -> Iterator[None]:
    try:
        yield
    except ChildFailed as error:
        raise NotNow(f"what would play could not be written: {error}") from error
    except (soundfile.SoundFileError, OSError, AssertionError) as error:
        raise NotNow(f"what would play could not be written: {reason_of(error)}") from error
