"""From another sampling rate to RATE_HZ, from any frame on. Pure.

A windowed-sinc filter in polyphase form, written as one matrix: `period_in` input frames
become `period_out` output frames, so a block is a product of strided windows with that
matrix. It has no memory: any output frame can be asked for first, which a seek needs.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nidra_box.units import RATE_HZ

_ZERO_CROSSINGS = 24
_BETA = 8.6  # Kaiser: stop band below -85 dB
_PASS = 0.945  # of the lower Nyquist frequency: 20.8 kHz for 44.1 kHz
_MAX_PERIOD = 1280


@dataclass(frozen=True, slots=True)
class Resampler:
    """`taps` input frames on either side are needed for one period of output."""

    period_in: int
    period_out: int
    taps: int
    matrix: NDArray[np.float32]

    @classmethod
    def from_rate(cls, rate_hz: int) -> Resampler:
        """Raises ValueError for a rate that has no small ratio to RATE_HZ."""
        divisor = math.gcd(rate_hz, RATE_HZ)
        period_in, period_out = rate_hz // divisor, RATE_HZ // divisor
        if period_out > _MAX_PERIOD or period_in > 8 * _MAX_PERIOD:
            raise ValueError(f"a sampling rate of {rate_hz} Hz is not supported")
        scale = min(1.0, RATE_HZ / rate_hz) * _PASS
        taps = math.ceil(_ZERO_CROSSINGS / scale)
        rows = np.arange(-taps, period_in + taps)[:, None]
        centres = (np.arange(period_out) * period_in / period_out)[None, :]
        x = rows - centres
        inside = np.clip(1.0 - (x / taps) ** 2, 0.0, None)
        window = np.where(np.abs(x) < taps, np.i0(_BETA * np.sqrt(inside)) / np.i0(_BETA), 0.0)
        matrix = np.sinc(scale * x) * window
        matrix /= matrix.sum(axis=0)
        return cls(period_in, period_out, taps, matrix.astype(np.float32))

    def frames_out(self, frames_in: int) -> int:
        """The length of a whole file after resampling."""
        return math.ceil(frames_in * self.period_out / self.period_in)

    def input_span(self, start: int, n: int) -> tuple[int, int]:
        """The input frames [first, last) needed for the output frames [start, start + n);
        they may lie outside the file, where they are zeros."""
        first = start // self.period_out
        last = -(-(start + n) // self.period_out)
        return first * self.period_in - self.taps, last * self.period_in + self.taps

    def convert(self, frames: NDArray[np.float32], start: int, n: int) -> NDArray[np.float32]:
        """Output frames [start, start + n) from the input frames of `input_span(start, n)`."""
        first = start // self.period_out
        last = -(-(start + n) // self.period_out)
        length = self.period_in + 2 * self.taps
        windows = np.lib.stride_tricks.sliding_window_view(frames, length, axis=0)
        windows = windows[:: self.period_in][: last - first]  # (periods, channels, length)
        out = windows @ self.matrix  # (periods, channels, period_out)
        out = out.transpose(0, 2, 1).reshape(-1, frames.shape[1])
        skip = start - first * self.period_out
        return np.ascontiguousarray(out[skip : skip + n], dtype=np.float32)
