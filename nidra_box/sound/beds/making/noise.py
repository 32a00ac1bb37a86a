"""Noise of any spectrum that repeats every N frames, made about a second at a time. numpy only.

White noise of N frames, taken round and round, is filtered with a response of TAPS taps:
block by block through an FFT, each block's tail added where it falls, modulo N. What comes
out is exactly N-periodic, so it has no seam, and it needs a hundredth of the memory of one
FFT over all N frames (whose factor 61, 73 or 89 is slow as well).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from nidra_box.sound.beds.making.recipe import Sound
from nidra_box.units import RATE_HZ

Wave = NDArray[np.float32]
Magnitude = Callable[[NDArray[np.float64]], NDArray[np.float64]]
"""Amplitude over frequency in Hz."""

LOW_HZ, HIGH_HZ = 40.0, 16_000.0
"""[D] Nothing under 40 Hz (small loudspeakers only rattle) and over 16 kHz."""

TAPS, SIZE = 1 << 15, 1 << 16
"""Length of a filter (a resolution of 1.5 Hz) and of the FFTs that apply it, in frames."""


def falling(exponent: float, low: tuple[float, float], high: tuple[float, float]) -> Magnitude:
    """(f / 1 kHz) ** exponent between two soft edges, each a raised cosine over log f: it
    opens between the two frequencies of `low`, closes between those of `high`, in Hz."""

    def magnitude(hz: NDArray[np.float64]) -> NDArray[np.float64]:
        inside = np.clip(hz, low[0], high[1])
        opened = np.clip(np.log(inside / low[0]) / np.log(low[1] / low[0]), 0.0, 1.0)
        closed = np.clip(np.log(inside / high[0]) / np.log(high[1] / high[0]), 0.0, 1.0)
        edges = (0.5 - 0.5 * np.cos(np.pi * opened)) * (0.5 + 0.5 * np.cos(np.pi * closed))
        return np.asarray((inside / 1000.0) ** exponent * edges)

    return magnitude


def add_around(wave: Wave, start: int, piece: Wave) -> None:
    """Add `piece`, no longer than `wave`, from frame `start` on, modulo the wave's length."""
    at = start % len(wave)
    before_end = min(len(piece), len(wave) - at)
    wave[at : at + before_end] += piece[:before_end]
    wave[: len(piece) - before_end] += piece[before_end:]


def filtered_blocks(
    frames: int, seed: Sequence[int], magnitudes: Sequence[Magnitude]
) -> Iterator[tuple[int, list[Wave]]]:
    """One white noise through several filters: (start, a piece of SIZE frames for each filter).
    The pieces overlap and are to be added up, modulo `frames` (at least SIZE)."""
    responses = [_response(magnitude) for magnitude in magnitudes]
    random = np.random.default_rng(seed)
    for start in range(0, frames, SIZE - TAPS):
        white = random.standard_normal(min(SIZE - TAPS, frames - start), np.float32)
        spectrum = np.fft.rfft(white, SIZE)
        pieces = [np.fft.irfft(spectrum * response, SIZE) for response in responses]
        yield start, [np.asarray(piece, np.float32) for piece in pieces]


def _response(magnitude: Magnitude) -> NDArray[np.complex64]:
    """The spectrum over SIZE frames of a symmetric filter of TAPS taps."""
    hz = np.asarray(np.fft.rfftfreq(TAPS, 1 / RATE_HZ), np.float64)
    taps = np.fft.irfft(magnitude(hz), TAPS)
    return np.fft.rfft(np.roll(taps, TAPS // 2) * np.hanning(TAPS), SIZE).astype(np.complex64)


def noise(magnitude: Magnitude) -> Callable[[int, int], Sound]:
    """A maker of (frames, 2) of noise, the two channels independent of each other."""

    def make(frames: int, seed: int) -> Sound:
        sound = np.zeros((frames, 2), np.float32)
        for channel in range(2):
            for start, (piece,) in filtered_blocks(frames, (seed, channel), [magnitude]):
                add_around(sound[:, channel], start, piece)
        return sound

    return make
