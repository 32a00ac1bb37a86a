"""Listening to a whole recording once: its levels, a row for each tenth of a second, as they are
kept in `levels.npy` (see `library.record`). Pure; numpy only.

The K filter is applied as what it does to the power of each row's spectrum: a row is cut out
softly, so that the softness of two neighbours adds up to one, and nothing has to be transformed
back. A true peak is looked for only around the highest samples of a row.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nidra_box.sound.loudness import k_response
from nidra_box.units import RATE_HZ

Frames = NDArray[np.float32]
Rows = NDArray[np.float32]

ROW = RATE_HZ // 10
_SOFT = 1200  # frames on either side of a row's edge that both rows hear: with fewer, what rumbles
# under 20 Hz would leak into what is heard (0.3 dB of a brown noise with 480)
_SIZE = ROW + 2 * _SOFT  # 7200: transformed fast
_AT_ONCE = 20  # rows: as much as stays near the processor

_OVERSAMPLING, _TAPS = 8, 32
_NEAR = 0.7  # of the row's highest sample: a peak between samples is next to one of these
_MOST_SPOTS = 24  # per row and channel


class Listener:
    """Takes the sound in pieces of any size; `rows()` at the end."""

    def __init__(self, channels: int) -> None:
        self._channels = channels
        self._held = np.zeros((_SOFT, channels), np.float32)  # from _SOFT before the next row on
        self._found: list[Rows] = []
        self._window = _window()
        self._weights = _weights()

    def hear(self, frames: Frames) -> None:
        """(n, channels), each sample finite."""
        self._held = np.concatenate([self._held, frames])
        whole = (len(self._held) - 2 * _SOFT) // ROW
        if whole > 0:
            self._measure(whole)
            self._held = self._held[whole * ROW :].copy()

    def rows(self) -> Rows:
        """(n, 3) float32 for all that was heard; what is left over at the end is a row, too."""
        left = len(self._held) - _SOFT
        if left > 0:
            rows = -(-left // ROW)
            missing = rows * ROW + _SOFT - left
            self._held = np.pad(self._held, ((0, missing), (0, 0)))
            self._measure(rows)
            last = self._found[-1]
            last[-1, :2] *= ROW / (left - (rows - 1) * ROW)
            self._held = self._held[:_SOFT]
        return np.concatenate(self._found) if self._found else np.zeros((0, 3), np.float32)

    def _measure(self, rows: int) -> None:
        for first in range(0, rows, _AT_ONCE):
            count = min(_AT_ONCE, rows - first)
            part = self._held[first * ROW : (first + count) * ROW + 2 * _SOFT]
            found = np.zeros((count, 3), np.float32)
            for channel in range(self._channels):
                sound = np.ascontiguousarray(part[:, channel])
                inside = sound[_SOFT:-_SOFT].reshape(count, ROW)
                found[:, 0] += np.einsum("ij,ij->i", inside, inside) / ROW
                found[:, 1] += self._k_power(sound)
                np.maximum(found[:, 2], true_peaks(sound, inside), out=found[:, 2])
            self._found.append(found)

    def _k_power(self, sound: NDArray[np.float32]) -> NDArray[np.float32]:
        cut = np.lib.stride_tricks.sliding_window_view(sound, _SIZE)[::ROW] * self._window
        spectrum = np.fft.rfft(cut, axis=1)
        power = np.square(spectrum.real) + np.square(spectrum.imag)
        return np.asarray(power @ self._weights, np.float32)


def _window() -> NDArray[np.float32]:
    """One, with soft edges whose squares add up to one with those of the next row."""
    rise = np.sin(np.pi / 2 * (np.arange(2 * _SOFT) + 0.5) / (2 * _SOFT))
    flat = np.ones(_SIZE - 4 * _SOFT)
    return np.concatenate([rise, flat, rise[::-1]]).astype(np.float32)


def _weights() -> NDArray[np.float32]:
    """What each line of a row's spectrum adds to the mean square behind the K filter."""
    weights = 2.0 * np.abs(k_response(_SIZE)) ** 2
    weights[0] /= 2.0
    weights[-1] /= 2.0
    return np.asarray(weights / (_SIZE * ROW), np.float32)


def _between() -> NDArray[np.float32]:
    """(_TAPS, 2 * _OVERSAMPLING - 1): the sound between a sample and its neighbours, in steps of
    an eighth on either side."""
    steps = np.arange(1 - _OVERSAMPLING, _OVERSAMPLING) / _OVERSAMPLING
    x = (np.arange(_TAPS) - _TAPS // 2)[:, None] - steps[None, :]
    taper = np.i0(8.0 * np.sqrt(np.clip(1.0 - (x / (_TAPS // 2 + 1)) ** 2, 0.0, None))) / np.i0(8.0)
    return np.asarray(np.sinc(x) * taper, np.float32)


_BETWEEN = _between()


def true_peaks(sound: NDArray[np.float32], inside: Frames) -> NDArray[np.float32]:
    """The highest true peak in each row of `inside` (rows, ROW), which is `sound` without _SOFT
    frames at both ends; linear."""
    size = np.abs(inside)
    highest = size.max(axis=1)
    rows, at = np.nonzero(size >= np.maximum(highest * _NEAR, 1e-6)[:, None])
    if not len(rows):
        return np.asarray(highest, np.float32)
    flat = np.abs(sound[_SOFT - 1 : len(sound) - _SOFT + 1])
    place = rows * ROW + at + 1  # in `flat`
    here = flat[place]
    tops = (here >= flat[place - 1]) & (here >= flat[place + 1])
    rows, place, here = rows[tops], place[tops], here[tops]
    if len(rows) > _MOST_SPOTS * len(inside):
        rows, place = _highest_spots(rows, place, here)
    begin = place - 1 + _SOFT - _TAPS // 2
    near = np.lib.stride_tricks.sliding_window_view(sound, _TAPS)[begin]
    peaks = np.abs(near @ _BETWEEN).max(axis=1)
    np.maximum.at(highest, rows, peaks)
    return np.asarray(highest, np.float32)


def _highest_spots(
    rows: NDArray[np.intp], place: NDArray[np.intp], here: NDArray[np.float32]
) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Of each row the _MOST_SPOTS highest."""
    order = np.lexsort((-here, rows))
    rows, place = rows[order], place[order]
    first = np.searchsorted(rows, rows)  # where each one's row begins
    kept = np.arange(len(rows)) - first < _MOST_SPOTS
    return rows[kept], place[kept]
