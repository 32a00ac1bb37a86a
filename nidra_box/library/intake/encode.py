"""Writing what will play: 16-bit FLAC, or Opus where that would be too big. Both at 48 kHz."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
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
_FLAC = {"samplerate": RATE_HZ, "format": "FLAC", "subtype": "PCM_16"}
_FULL_BYTES = 1 << 20
NOT_WRITTEN = "what would play could not be written"
FULL = f"{NOT_WRITTEN}: the disk is full; make room"


class Writing(Protocol):
    """Takes what will play, (n, channels) between −1 and 1. Raises NotNow."""

    def write(self, frames: Frames) -> None: ...


def to_16_bit(frames: Frames) -> NDArray[np.int16]:
    """Rounded to the nearest step; full scale is 32767."""
    scaled = np.rint(frames * np.float32(32768.0))
    return np.asarray(np.clip(scaled, -32768, 32767, out=scaled), np.int16)


def flac_size(frames: Frames) -> int:
    """How many bytes the frames take as FLAC."""
    with tempfile.TemporaryFile() as held:
        kind = _FLAC | {"channels": frames.shape[1]}
        with soundfile.SoundFile(held.fileno(), "w", closefd=False, **kind) as file:
            file.write(to_16_bit(frames))
        return os.fstat(held.fileno()).st_size


def opus_bytes_per_second(channels: int) -> float:
    return OPUS_BITS[channels] / 8 * 1.06  # noise takes a little more than was asked for


class _BySndfile:
    """libsndfile writes to a descriptor: it must not call back into Python, since the unit allows
    no memory that is written and then run. In small pieces: some versions overflow their stack
    with large ones of Opus."""

    def __init__(self, file: soundfile.SoundFile, as_written: Callable[[Frames], Any]) -> None:
        self._file, self._as_written = file, as_written
        self.frames = 0

    def write(self, frames: Frames) -> None:
        for begin in range(0, len(frames), 4800):
            try:
                self._file.write(self._as_written(frames[begin : begin + 4800]))
            except AssertionError as error:  # so soundfile says that less was written
                raise _CutShort from error
        self.frames += len(frames)


class _CutShort(Exception):
    """Less was written than there was."""


class _OpusByFfmpeg:
    def __init__(self, child: Child) -> None:
        self._child = child

    def write(self, frames: Frames) -> None:
        try:
            self._child.write(memoryview(frames.tobytes()))
        except ChildFailed as error:  # here, or it would be taken for one of the decoder's
            raise _not_written(self._child, str(error)) from error


@contextmanager
def writing(path: Path, channels: int) -> Iterator[Writing]:
    """The file at `path` (FLAC or OPUS by its name) while it is written; after the block it is
    whole and on the disk. Raises NotNow when it cannot be written."""
    with _for_the_disk(path.parent), open(path, "xb+") as stream:
        yield from _written(path.name, stream, channels)
        sync(stream)


def _written(name: str, stream: BinaryIO, channels: int) -> Iterator[Writing]:
    ffmpeg, descriptor = program("ffmpeg"), stream.fileno()
    if name == FLAC or ffmpeg is None:
        kind = _FLAC | {"channels": channels} if name == FLAC else _opus(channels)
        with soundfile.SoundFile(descriptor, "w", closefd=False, **kind) as file:
            writer = _BySndfile(file, to_16_bit if name == FLAC else np.asarray)
            yield writer
        os.lseek(descriptor, 0, os.SEEK_SET)
        with soundfile.SoundFile(descriptor, closefd=False) as file:
            if file.frames != writer.frames:
                raise _CutShort
    else:
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
                raise _not_written(child, failure)


def _not_written(child: Child, failure: str) -> NotNow:
    """With what it said itself."""
    with suppress(ChildFailed):
        child.all_output(_LEFT_OVER)
    if any(os.strerror(errno.ENOSPC) in line for line in child.errors):
        return NotNow(FULL)
    return NotNow(NOT_WRITTEN + "".join(f": {why}" for why in [failure, *child.errors[:1]]))


def _opus(channels: int) -> dict[str, Any]:
    """How libsndfile is asked for a bit rate: 6 to 256 kbit/s a channel, in older versions none."""
    level = (256_000 - OPUS_BITS[channels] / channels) / 250_000
    asked = {"samplerate": RATE_HZ, "channels": channels, "format": "OGG", "subtype": "OPUS"}
    can = tuple(map(int, soundfile.__version__.split(".")[:2])) >= (0, 13)
    return asked | ({"compression_level": level} if can else {})


@contextmanager
def _for_the_disk(folder: Path) -> Iterator[None]:
    try:
        yield
    except (_CutShort, soundfile.SoundFileError) as error:  # libsndfile does not say why
        is_full = shutil.disk_usage(folder).free < _FULL_BYTES
        why = "" if isinstance(error, _CutShort) else f": {error}"
        raise NotNow(FULL if is_full else NOT_WRITTEN + why) from error
    except (OSError, ChildFailed) as error:
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise NotNow(FULL if is_full else f"{NOT_WRITTEN}: {reason_of(error)}") from error
