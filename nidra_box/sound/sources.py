"""Sound files as streams of frames at RATE_HZ, through libsndfile. Blocks; not for the
owner's thread.

What libsndfile refuses becomes a `BadSound` with a reason that a person understands. The length of
a file is what libsndfile says; a person's own files are judged by the intake, to their end.
"""

from __future__ import annotations

import os
import stat
from contextlib import nullcontext
from pathlib import Path
from typing import Protocol

import numpy as np
import soundfile
from numpy.typing import NDArray

from nidra_box.sound.decoder_noise import caught
from nidra_box.sound.resample import Resampler
from nidra_box.units import RATE_HZ
from nidra_box.words import reason_of

Frames = NDArray[np.float32]

SUFFIXES = (".flac", ".ogg", ".opus", ".oga", ".mp3", ".wav")
MP3_PRE_ROLL = 4 * 1152  # frames that a decoder needs before a place (measured: 1,600)


class BadSound(Exception):
    """A file that cannot be played, with the reason in a person's words."""


class Source(Protocol):
    """`frames` at RATE_HZ and `channels` (1 or 2). `read` gives exactly n frames, zeros
    outside [0, frames); it blocks for as long as the disk takes and raises BadSound."""

    frames: int
    channels: int

    def read(self, start: int, n: int) -> Frames: ...

    def close(self) -> None: ...


class _Stream(soundfile.SoundFile):  # type: ignore[misc]
    """A file that is read on and on. soundfile seeks after every read of a seekable file, and
    an MP3 decoder that is sought starts afresh: a gap at every block (measured, soundfile
    0.14). It does not when it is told that there is no seeking; `seek` works all the same."""

    def seekable(self) -> bool:
        return False


class FileSource:
    """One file of any rate and up to two channels (more are refused). `rate_hz` and
    `native_frames` are the file's own, `frames` its length at RATE_HZ."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = _open(path)
        self.channels = self._file.channels
        self.native_frames = self._file.frames
        self.rate_hz = rate = int(self._file.samplerate)
        self._resampler: Resampler | None = None
        self.frames = self.native_frames
        self._at = 0
        try:
            if self.channels > 2:
                raise BadSound(f"has {self.channels} channels; one or two can be played")
            if rate != RATE_HZ:
                self._resampler = Resampler.from_rate(rate)
                self.frames = self._resampler.frames_out(self.native_frames)
        except (BadSound, ValueError) as error:
            self._file.close()
            raise BadSound(str(error)) from error

    def read(self, start: int, n: int) -> Frames:
        if self._resampler is None:
            return self.native(start, n)
        first, last = self._resampler.input_span(start, n)
        return self._resampler.convert(self.native(first, last - first), start, n)

    def native(self, start: int, n: int) -> Frames:
        """Exactly n frames at the file's own `rate_hz`, zeros outside it. Raises BadSound."""
        out = np.zeros((n, self.channels), np.float32)
        begin, end = max(start, 0), min(start + n, self.native_frames)
        if end <= begin:
            return out
        try:
            with caught(self._path.name) if self._file.format == "MP3" else nullcontext():
                if self._at != begin:
                    self._seek(begin)
                got = self._file.read(end - begin, dtype="float32", always_2d=True)
        except (soundfile.SoundFileError, RuntimeError) as error:
            self._at = -1
            raise BadSound(f"breaks off at {begin / self._file.samplerate:.0f} s") from error
        if begin + len(got) < min(end, self.native_frames - self._file.samplerate):
            self._at = -1
            raise BadSound(f"breaks off at {(begin + len(got)) / self._file.samplerate:.0f} s")
        self._at = begin + len(got)
        out[begin - start : begin - start + len(got)] = got
        return out

    def _seek(self, frame: int) -> None:
        """An MP3 needs the frames before a place to decode it (else 1,600 frames are wrong)."""
        before = min(MP3_PRE_ROLL, frame) if self._file.format == "MP3" else 0
        self._file.seek(frame - before)
        if before:
            self._file.read(before, dtype="float32")

    def close(self) -> None:
        self._file.close()


class LoopSource:
    """A file that is played round and round: every frame number has a sound. The file is
    exactly periodic, so there is no seam to hear."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.channels = source.channels
        self.frames = 2**62

    def read(self, start: int, n: int) -> Frames:
        length = self._source.frames
        pieces, at, left = [], start % length, n
        while left:
            take = min(left, length - at)
            pieces.append(self._source.read(at, take))
            at, left = 0, left - take
        return pieces[0] if len(pieces) == 1 else np.concatenate(pieces)

    def close(self) -> None:
        self._source.close()


def _open(path: Path) -> _Stream:
    """The ordinary file at `path`, which may be on a slow disk: opened once, and judged by its
    content, never by its name."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    except (OSError, ValueError) as error:
        raise BadSound(reason_of(error).lower()) from error
    info = os.fstat(descriptor)
    if not stat.S_ISREG(info.st_mode) or info.st_size == 0:
        os.close(descriptor)
        if stat.S_ISDIR(info.st_mode):
            raise BadSound("is a folder")
        raise BadSound("is empty" if stat.S_ISREG(info.st_mode) else "is not an ordinary file")
    try:
        with caught(path.name):
            file = _Stream(descriptor)  # which is the one to close it, also if this fails
    except (soundfile.SoundFileError, RuntimeError, OSError, ValueError) as error:
        raise BadSound("is not a sound file that can be read (or is damaged)") from error
    if file.frames <= 0 or file.frames >= 2**50:
        file.close()
        raise BadSound("has no sound in it, or is cut off")
    return file
