"""The sound of a file as blocks at 48 kHz, decoded in a child: by ffmpeg where it is installed,
else by libsndfile in a Python of its own."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nidra_box.documents.untrusted import parse_object
from nidra_box.installed import install
from nidra_box.library.intake.probe import Found, asked_of_ffmpeg, probe
from nidra_box.library.intake.sniff import NotNow, Opened, Refused, kind_of, why_no_sound
from nidra_box.library.intake.watched import Child, ChildFailed, program, running
from nidra_box.units import RATE_HZ

Frames = NDArray[np.float32]

LONGEST_S = 13 * 3600.0
BLOCK_FRAMES = 4 * RATE_HZ
_SAMPLE_BYTES = 4
# Pictures and subtitles beside the sound are not read; what ffmpeg says of them is no damage.
_NOT_OF_THE_SOUND = re.compile(r"\[(mjpeg|png|bmp|gif|webp|h264|hevc|mpeg4|image2)\b")
INSTALL = f"install ffmpeg ({install('ffmpeg', '')}) and it will be taken in"


def examine(file: Opened) -> Found:
    """What it is. Raises Refused and NotNow."""
    if reason := why_no_sound(file):
        raise Refused(reason)
    if ffprobe := program("ffprobe"):
        return probe(ffprobe, file)
    return _examine_without(file)


def _examine_without(file: Opened) -> Found:
    try:
        with running(_sndfile(file, "look"), 60, (file.descriptor,)) as child:
            answer = child.all_output(1 << 16)
            failure = child.ended()
        found = parse_object(answer) if not failure else {}
    except (ChildFailed, ValueError):
        found = {}
    if not found:
        kind = kind_of(file)
        raise Refused(f"it is {kind}: {INSTALL}" if kind else "there is no sound in it")
    channels = int(found["channels"])
    if channels > 2:
        raise Refused(f"it has {channels} channels: {INSTALL}")
    seconds = float(found["seconds"])
    return Found(str(found["kind"]), "", channels, seconds, seconds > 0 and bool(found["promises"]))


@dataclass(slots=True)
class Stream:
    """A file that is being decoded."""

    _child: Child
    _channels: int

    def blocks(self, frames: int = BLOCK_FRAMES) -> Iterator[Frames]:
        """(frames, channels) each, the last shorter; to its end or LONGEST_S. Raises Refused
        when the decoder ended badly without a sound, ChildFailed when it broke."""
        size, left = frames * self._channels * _SAMPLE_BYTES, int(LONGEST_S * RATE_HZ)
        buffer = bytearray()
        while left > 0:
            piece = self._child.read()
            buffer += piece
            while len(buffer) >= size or (not piece and buffer):
                whole = min(len(buffer), size) // (self._channels * _SAMPLE_BYTES)
                used = whole * self._channels * _SAMPLE_BYTES
                if not whole:
                    return
                block = np.frombuffer(bytes(buffer[:used]), np.float32)
                del buffer[:used]
                left -= whole
                yield block.reshape(-1, self._channels)
            if not piece:
                return

    def ended(self) -> str:
        """How the decoder ended, in words; an empty string for well."""
        return self._child.ended()

    @property
    def errors(self) -> list[str]:
        """What it said of damage in the sound."""
        return [line for line in self._child.errors if not _NOT_OF_THE_SOUND.match(line)]


@contextmanager
def decoding(
    file: Opened, found: Found, begin_s: float = 0.0, length_s: float = 0.0
) -> Iterator[Stream]:
    """A stream of it, all or (about) a part. Raises NotNow when no child can be started."""
    cpu_s = 120 + file.size // 100_000
    if ffmpeg := program("ffmpeg"):
        part = ["-ss", f"{begin_s:.3f}"] if begin_s else []
        command = [ffmpeg, "-nostdin", "-v", "error", "-hide_banner", "-threads", "1"]
        command += [*part, *found.options, "-vn", "-sn", "-dn", *asked_of_ffmpeg(file.descriptor)]
        command += ["-map", "0:a:0", *(["-t", f"{length_s:.3f}"] if length_s else [])]
        command += ["-ac", str(found.channels), "-ar", str(RATE_HZ)]
        command += ["-c:a", "pcm_f32le", "-f", "f32le", "pipe:1"]
    else:
        command = _sndfile(file, "read", f"{begin_s:.3f}", f"{length_s:.3f}", str(found.channels))
    try:
        with running(command, cpu_s, (file.descriptor,)) as child:
            yield Stream(child, found.channels)
    except ChildFailed as error:
        raise NotNow(str(error)) from error


def _sndfile(file: Opened, *arguments: str) -> list[str]:
    module = "nidra_box.library.intake.sndfile"
    return [sys.executable, "-P", "-m", module, str(file.descriptor), *arguments]
