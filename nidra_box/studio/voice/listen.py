"""What a recording is like before anything is done to it: how loud it is every 10 ms, where it
is clipped, whether its channels cancel. Files are untrusted: any header may lie.

Read once from its first frame to its last in blocks, so that two hours need no more memory
than a minute. numpy and the file reader only.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nidra_box.sound.sources import BadSound, FileSource
from nidra_box.studio.voice.process import WINDOW_S, Mono, high_pass
from nidra_box.units import RATE_HZ, decibels
from nidra_box.words import format_duration

Powers = NDArray[np.float64]

MIN_RATE_HZ, MAX_RATE_HZ = 16_000, 192_000
BLOCK_S = 10.0
MARGIN_S = 0.1  # of sound on either side of a block, for the high-pass
FULL_SCALE = 0.99995
"""A sample at or above it stands at the end of 16 bits (32767/32768 = 0.99997)."""
FLAT = 0.002  # how far beyond it a flat top may be: decoders and dither move it a little
FLAT_S = 3 / RATE_HZ  # so long: a sine of 100 Hz up to full scale is there for half of that
LOUDEST = 64.0  # 36 dB over full scale, which only a damaged file of floats reaches
CANCEL_DB = 15.0  # a mix so far below its channels is no mix
SILENT_DBFS = -60.0


@dataclass(frozen=True, slots=True)
class Survey:
    """`powers` is the mean square of each window of `window_s` seconds, mixed down to mono and
    without what is below 80 Hz; `clipped_at` the seconds at which the sound is clipped."""

    rate_hz: int
    channels: int
    length_s: float
    window_s: float
    powers: Powers
    clipped_at: tuple[float, ...]
    cancels: bool

    @property
    def is_silent(self) -> bool:
        """Whether nothing in it is above SILENT_DBFS."""
        return not len(self.powers) or decibels(float(self.powers.max())) < SILENT_DBFS


def survey(path: Path, longest_s: float) -> Survey:
    """Look through the whole file. Raises BadSound, with the mend, for what cannot be used:
    no sound file, over `longest_s` seconds, a rate outside 16 to 192 kHz, a torn WAV."""
    source = FileSource(path)
    try:
        rate, length_s = source.rate_hz, source.native_frames / source.rate_hz
        _check_wav_is_whole(path)
        if rate < MIN_RATE_HZ:
            raise BadSound(f"is of {rate / 1000:g} kHz, too dull for words: record at 44.1 or 48")
        if rate > MAX_RATE_HZ:
            raise BadSound(f"is of {rate / 1000:g} kHz; at most {MAX_RATE_HZ // 1000}")
        if length_s > longest_s:
            raise BadSound(
                f"is {format_duration(length_s)} long; at most {format_duration(longest_s)}"
            )
        return _survey(source, length_s)
    finally:
        source.close()


def _check_wav_is_whole(path: Path) -> None:
    """libsndfile reads what there is of a torn WAV without a word; a cue's end would be missing."""
    with path.open("rb") as stream:
        head = stream.read(12)
    promised, size = int.from_bytes(head[4:8], "little") + 8, path.stat().st_size
    if head.startswith(b"RIFF") and head[8:] == b"WAVE" and promised > size + 1:
        raise BadSound(f"is cut off: its header promises {promised} bytes, it has {size}")


def _survey(source: FileSource, length_s: float) -> Survey:
    rate, size = source.rate_hz, round(WINDOW_S * source.rate_hz)
    clipped: list[float] = []
    loudness = np.zeros(2)  # energy of the channels, and of their mix

    def mixed() -> Iterator[Mono]:
        n = round(BLOCK_S * rate)
        for begin in range(0, source.native_frames, n):
            block = source.native(begin, min(n, source.native_frames - begin))
            if not (np.abs(block) <= LOUDEST).all():
                raise BadSound(f"holds what is no sound at {begin / rate:.0f} s")
            for frame in _flat_tops(block, rate):
                if not clipped or begin / rate + frame / rate - clipped[-1] > BLOCK_S / 10:
                    clipped.append((begin + frame) / rate)
            mono = block.mean(axis=1, keepdims=True)
            loudness[0] += float((block.astype(np.float64) ** 2).mean(axis=1).sum())
            loudness[1] += float((mono.astype(np.float64) ** 2).sum())
            yield mono

    powers = np.concatenate([*_powers(mixed(), rate, size), np.zeros(0)])
    cancels = loudness[0] > 0 and loudness[1] < loudness[0] * 10.0 ** (-CANCEL_DB / 10)
    return Survey(
        rate, source.channels, length_s, size / rate, powers, tuple(clipped), bool(cancels)
    )


def _powers(blocks: Iterator[Mono], rate: int, size: int) -> Iterator[Powers]:
    """The mean square of every whole window of `size` frames after the high-pass, which is
    given some sound on either side of each block."""
    margin = math.ceil(MARGIN_S * rate / size) * size
    waiting, done = np.zeros((0, 1), np.float32), 0
    for block in blocks:
        waiting = np.concatenate((waiting, block))
        ready = max(done, (len(waiting) - margin) // size * size)
        yield _windows(waiting, done, ready, rate, size)
        cut = max(0, ready - margin)
        waiting, done = waiting[cut:], ready - cut
    yield _windows(waiting, done, len(waiting) // size * size, rate, size)


def _windows(sound: Mono, begin: int, end: int, rate: int, size: int) -> Powers:
    if end <= begin:
        return np.zeros(0)
    part = high_pass(sound, rate_hz=rate)[begin:end, 0].astype(np.float64)
    return np.asarray((part.reshape(-1, size) ** 2).mean(axis=1))


def _flat_tops(block: Mono, rate: int) -> NDArray[np.intp]:
    """The frames at which a run of samples at the end of the scale begins, in any channel."""
    run = max(3, round(FLAT_S * rate))
    level = np.abs(block)
    hot = (level >= FULL_SCALE) & (level <= FULL_SCALE + FLAT)
    for _ in range(run - 1):
        hot = hot[:-1] & hot[1:] if len(hot) > 1 else hot[:0]
        # after k rounds hot[i] says that i … i + k are all there
    return np.flatnonzero(hot.any(axis=1))


def floor_of(powers: Powers) -> float:
    """The mean square of the quietest fiftieth of these windows: what is there when nobody
    speaks. 0 for none."""
    if not len(powers):
        return 0.0
    return float(np.sort(powers)[: max(3, len(powers) // 50)].mean())
