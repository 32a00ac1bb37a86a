"""Writing what will play: 16-bit FLAC, or Opus where that would be too big. Both at 48 kHz."""

from __future__ import annotations

import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, BinaryIO, Protocol, TypeVar

import numpy as np
import soundfile
from numpy.typing import NDArray

from nidra_box.files import sync
from nidra_box.library.intake.sniff import NotNow
from nidra_box.library.intake.watched import Child, ChildFailed, program, running
from nidra_box.units import RATE_HZ
from nidra_box.words import reason_of

Frames = NDArray[np.float32]
T = TypeVar("T")

FLAC, OPUS = "sound.flac", "sound.opus"
MOST_FLAC_BYTES_PER_HOUR = 100e6
OPUS_BITS = {1: 64_000, 2: 96_000}
_OPUS_COMPLEXITY = "0"  # at these rates the rest costs twice as much and is hardly heard
_OPUS_PACKET_MS = "60"  # the same sound as in three of 20 ms, for a quarter less to compute
_MOST_SOUND_BYTES = 16 << 30
_LEFT_OVER = 1 << 16
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
    held = io.BytesIO()
    soundfile.write(held, to_16_bit(frames), RATE_HZ, "PCM_16", format="FLAC")
    return len(held.getvalue())


def opus_bytes_per_second(channels: int) -> float:
    return OPUS_BITS[channels] / 8 * 1.06  # noise takes a little more than was asked for


class _Disk:
    """A file as libsndfile writes it. It calls back from C, where an error could only be printed:
    the first is kept until `check`, and the rest is thrown away."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._failed: OSError | None = None

    def write(self, data: bytes) -> int:
        self._do(lambda: self._stream.write(data))
        return len(data)

    def read(self, size: int = -1) -> bytes:
        return bytes(self._do(lambda: self._stream.read(size)) or b"")

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._do(lambda: self._stream.seek(offset, whence)) or 0

    def tell(self) -> int:
        return self._do(self._stream.tell) or 0

    def check(self) -> None:
        """Raises OSError."""
        if self._failed is not None:
            raise self._failed

    def _do(self, act: Callable[[], T]) -> T | None:
        if self._failed is None:
            try:
                return act()
            except OSError as error:
                self._failed = error
        return None


class _Flac:
    def __init__(self, file: soundfile.SoundFile, disk: _Disk) -> None:
        self._file, self._disk = file, disk

    def write(self, frames: Frames) -> None:
        self._file.write(to_16_bit(frames))
        self._disk.check()


class _OpusOfOurs:
    """By libsndfile. In small pieces: some versions overflow their stack with large ones."""

    def __init__(self, file: soundfile.SoundFile, disk: _Disk) -> None:
        self._file, self._disk = file, disk

    def write(self, frames: Frames) -> None:
        for begin in range(0, len(frames), 4800):
            self._file.write(frames[begin : begin + 4800])
        self._disk.check()


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
    with _for_the_disk(), open(path, "xb+") as stream:
        yield from _written(path.name, stream, channels)
        sync(stream)


def _written(name: str, stream: BinaryIO, channels: int) -> Iterator[Writing]:
    ffmpeg, disk = program("ffmpeg"), _Disk(stream)
    if name == FLAC:
        with soundfile.SoundFile(disk, "w", RATE_HZ, channels, "PCM_16", format="FLAC") as file:
            yield _Flac(file, disk)
        disk.check()
    elif ffmpeg is None:
        with soundfile.SoundFile(disk, "w", **_opus(channels)) as file:
            yield _OpusOfOurs(file, disk)
        disk.check()
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
def _for_the_disk() -> Iterator[None]:
    try:
        yield
    except (soundfile.SoundFileError, OSError, ChildFailed) as error:
        is_full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise NotNow(FULL if is_full else f"{NOT_WRITTEN}: {reason_of(error)}") from error
