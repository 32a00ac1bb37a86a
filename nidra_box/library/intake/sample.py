"""A few slices of a recording, looked at before the whole of it: are both channels the same, and
how big would it be as FLAC? The same file gives the same answer every time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nidra_box.library.intake import encode
from nidra_box.library.intake.damage import BY_PLACE
from nidra_box.library.intake.decode import decoding
from nidra_box.library.intake.part import Part
from nidra_box.library.intake.sniff import Refused
from nidra_box.units import RATE_HZ
from nidra_box.words import format_duration

Frames = NDArray[np.float32]

SLICES, SLICE_S = 6, 5.0
MAX_S = 12 * 3600.0


@dataclass(frozen=True, slots=True)
class Sample:
    channels: int  # 1: all that was looked at is the same in both
    flac_bytes_per_s: float

    def choice(self, quality: str) -> str:
        """The name of the file that will play."""
        if quality == "auto":
            per_hour = self.flac_bytes_per_s * 3600
            return encode.FLAC if per_hour < encode.MOST_FLAC_BYTES_PER_HOUR else encode.OPUS
        return encode.FLAC if quality == "lossless" else encode.OPUS

    def bytes_per_s(self, name: str) -> float:
        if name == encode.FLAC:
            return self.flac_bytes_per_s
        return encode.opus_bytes_per_second(self.channels)


def sample(parts: Sequence[Part]) -> Sample:
    """Raises NotNow when nothing can be decoded at all now, and Refused."""
    for part in parts:
        _check_length(part)
    slices = [each for part, at in _places(parts) if len(each := _slice(part, at))]
    if not slices:  # the header told a length that is not there
        slices = [each for part in parts[:1] if len(each := _slice(part, 0.0))]
    channels = 1 if all(is_mono(each) for each in slices) else 2
    if not slices:
        return Sample(max(part.found.channels for part in parts), 0.0)
    together = np.concatenate([as_channels(each, channels) for each in slices])
    return Sample(channels, encode.flac_size(together) / (len(together) / RATE_HZ))


def _check_length(part: Part) -> None:
    """What says that it is too long, and has sound so late, need not be decoded to there. Where a
    place is only guessed from bytes, that says nothing."""
    if part.found.seconds > MAX_S and part.found.codec not in BY_PLACE:
        late = _slice(part, MAX_S)
        if len(late) >= SLICE_S * RATE_HZ / 2:
            raise too_long(part.found.seconds)


def too_long(seconds: float = 0.0) -> Refused:
    known = format_duration(seconds) if seconds else "more than 12 hours"
    return Refused(f"it is {known} long; at most 12 hours can be played: cut it in two")


def is_mono(frames: Frames) -> bool:
    return frames.shape[1] == 1 or np.array_equal(frames[:, 0], frames[:, 1])


def as_channels(frames: Frames, channels: int) -> Frames:
    """With so many channels: the first of two that are the same, or the one twice."""
    if frames.shape[1] == channels:
        return frames
    return np.ascontiguousarray(frames[:, :1] if channels == 1 else np.repeat(frames, 2, axis=1))


def _places(parts: Sequence[Part]) -> Iterator[tuple[Part, float]]:
    """Where to look: in the middles of equal shares of the whole."""
    total_s = sum(part.found.seconds for part in parts)
    for number in range(SLICES if total_s > 2 * SLICES * SLICE_S else 1):
        at = total_s * (number + 0.5) / SLICES if total_s > 2 * SLICES * SLICE_S else 0.0
        for part in parts:
            if at < part.found.seconds or part is parts[-1]:
                yield part, at
                break
            at -= part.found.seconds


def _slice(part: Part, at_s: float) -> Frames:
    with decoding(part.file, part.found, at_s, SLICE_S) as stream:
        blocks = list(stream.blocks(int(SLICE_S * RATE_HZ)))
    if not blocks:
        return np.zeros((0, part.found.channels), np.float32)
    return np.clip(np.nan_to_num(blocks[0], posinf=0.0, neginf=0.0), -1.0, 1.0)
