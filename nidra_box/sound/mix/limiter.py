"""The last thing before the card: no true peak above -3 dBTP. Pure, block by block.

A look-ahead limiter with finite memory, so that a block can be rendered again from a
remembered state: the gain needed at every sample (from a four-fold oversampled peak), its
minimum over the look-ahead, a moving average that makes the way down smooth, and the same
limit on the way up as everything else, 6 dB/s. It delays the sound by DELAY frames. While
nothing comes near the ceiling, which is nearly always at a bedside, it only delays.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.curves import amplitudes
from nidra_box.sound.mix.levels import Grid, rise_limited
from nidra_box.units import CEILING_DBTP, amplitude

Frames = NDArray[np.float32]

_MARGIN_DB = 0.5
"""What four-fold oversampling with 12 taps can miss of a peak, and the dither."""
LOOK_AHEAD = 120  # frames: 2.5 ms
_TAPS = 12
_PHASES = 4
DELAY = LOOK_AHEAD + _TAPS // 2 + 2
_HISTORY = 2 * DELAY


def _oversampling() -> NDArray[np.float32]:
    """(phases, taps): windowed sinc that reads the signal between two samples."""
    offsets = np.arange(_TAPS) - _TAPS // 2 + 1
    rows = []
    for phase in range(_PHASES):
        x = offsets - phase / _PHASES
        row = np.sinc(x) * np.i0(5.0 * np.sqrt(1.0 - (x / (_TAPS / 2 + 0.5)) ** 2))
        rows.append(row / row.sum())
    return np.array(rows, dtype=np.float32)


_FILTER = _oversampling()
_WORST_GAIN = float(np.abs(_FILTER).sum(axis=1).max())
_TARGET = amplitude(CEILING_DBTP - _MARGIN_DB)
_HARMLESS = _TARGET / _WORST_GAIN


@dataclass(frozen=True, slots=True)
class LimiterState:
    """The last _HISTORY input frames and the gain in dB of the frame just past."""

    history: Frames = field(default_factory=lambda: np.zeros((_HISTORY, 2), np.float32))
    gain_db: float = 0.0


def limit(frames: Frames, state: LimiterState) -> tuple[Frames, LimiterState]:
    """Limit `frames` (n, 2); the result is delayed by DELAY frames."""
    n = len(frames)
    joined = np.concatenate((state.history, frames))
    delayed = joined[_HISTORY - DELAY : _HISTORY - DELAY + n]
    history = joined[-_HISTORY:].copy()
    if state.gain_db == 0.0 and float(np.abs(joined).max(initial=0.0)) <= _HARMLESS:
        return delayed, LimiterState(history, 0.0)
    wanted_db = 20.0 * np.log10(_smooth(_needed(joined))[:n])
    gains_db, last = rise_limited(wanted_db, state.gain_db, Grid(0, n))
    limited = delayed * amplitudes(np.asarray(gains_db))[:, None].astype(np.float32)
    return limited, LimiterState(history, 0.0 if last > -1e-6 else last)


def _needed(joined: Frames) -> NDArray[np.float64]:
    """The gain (at most 1) that each frame of `joined` needs by itself."""
    windows = np.lib.stride_tricks.sliding_window_view(joined, _TAPS, axis=0)
    peaks = np.abs(np.einsum("nct,pt->ncp", windows, _FILTER)).max(axis=(1, 2))
    padded = np.zeros(len(joined))
    first = _TAPS // 2 - 1
    padded[first : first + len(peaks)] = peaks
    # A peak between two samples belongs to both of them.
    padded[1:] = np.maximum(padded[1:], padded[:-1])
    return np.minimum(1.0, _TARGET / np.maximum(padded, 1e-9))


def _smooth(needed: NDArray[np.float64]) -> NDArray[np.float64]:
    """Minimum over the LOOK_AHEAD frames to come, then the mean of the LOOK_AHEAD past; the
    result begins at the first delayed frame."""
    lowest = needed
    window = 1
    while window < LOOK_AHEAD:
        shift = min(window, LOOK_AHEAD - window)
        lowest = np.minimum(lowest[: len(lowest) - shift], lowest[shift:])
        window += shift
    sums = np.cumsum(np.concatenate(([0.0], lowest)))
    means = (sums[LOOK_AHEAD:] - sums[:-LOOK_AHEAD]) / LOOK_AHEAD
    # means[k] belongs to frame k + LOOK_AHEAD - 1 of `needed`.
    return np.asarray(means[_HISTORY - DELAY - LOOK_AHEAD + 1 :])
