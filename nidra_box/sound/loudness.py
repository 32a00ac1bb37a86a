"""Loudness after ITU-R BS.1770-4, true peak, and what else is measured of a sound. numpy only.

Runs when beds and clips are made and in tests, never while a night plays.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from nidra_box.units import NOTHING_DB, RATE_HZ, decibels

Sound = NDArray[np.floating]

# BS.1770-4, tables 1 and 2: the pre-filter (head) and the RLB high-pass, at 48 kHz.
_SHELF = (
    (1.53512485958697, -2.69169618940638, 1.19839281085285),
    (1.0, -1.69065929318241, 0.73248077421585),
)
_HIGH_PASS = ((1.0, -2.0, 1.0), (1.0, -1.99004745483398, 0.99007225036621))
_OFFSET = -0.691
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0
_BLOCK_S = 0.4
BLOCK_STEP_S = 0.1
"""From the start of one block to the next; blocks overlap."""


def k_weighted(sound: Sound) -> NDArray[np.float64]:
    """`sound` (n,) or (n, channels) at RATE_HZ after the K filter, as (n, channels).

    The recursion is applied as its frequency response, with room for its tail.
    """
    columns = np.atleast_2d(np.asarray(sound, np.float64).T).T
    size = len(columns) + RATE_HZ // 4
    response = k_response(size)
    filtered = np.fft.irfft(np.fft.rfft(columns, size, axis=0) * response[:, None], size, axis=0)
    return np.asarray(filtered[: len(columns)])


def k_response(size: int) -> NDArray[np.complex128]:
    """The K filter at the frequencies of a real transform of `size` frames at RATE_HZ."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    response = np.ones_like(z)
    for numerator, denominator in (_SHELF, _HIGH_PASS):
        response *= np.polyval(numerator[::-1], z) / np.polyval(denominator[::-1], z)
    return np.asarray(response)


def integrated_lufs(sound: Sound) -> float:
    """Gated loudness of `sound` (n,) or (n, channels) at RATE_HZ; -120 for silence. Sounds
    shorter than 0.4 s are measured as one block."""
    return gated_lufs(block_powers(sound))


def block_powers(sound: Sound, block_s: float = _BLOCK_S) -> NDArray[np.float64]:
    """Mean K-weighted power of all channels in blocks of `block_s`, one every 0.1 s; of the
    whole sound where it is shorter than a block. Works through the sound in pieces, so that a
    long one needs little memory."""
    step, lead = round(BLOCK_STEP_S * RATE_HZ), RATE_HZ // 4
    block, steps, size = round(block_s / BLOCK_STEP_S), len(sound) // step, 24 * step
    if steps < block:
        return np.array([(k_weighted(sound) ** 2).sum(axis=1).mean()])
    energies = np.empty(steps)
    for begin in range(0, steps * step, size):
        end = min(begin + size, steps * step)
        before = min(begin, lead)  # by then the filter has forgotten what came earlier
        power = (k_weighted(sound[begin - before : end])[before:] ** 2).sum(axis=1)
        energies[begin // step : end // step] = power.reshape(-1, step).sum(axis=1)
    sums = np.concatenate(([0.0], np.cumsum(energies)))
    return np.asarray(np.maximum(sums[block:] - sums[:-block], 0.0) / (block * step))


def gated_lufs(powers: NDArray[np.float64]) -> float:
    """The loudness of blocks of 0.4 s by their K-weighted powers: what is far below the rest
    does not count. -120 for silence."""
    loud = powers[_lufs(powers) > _ABSOLUTE_GATE]
    if not len(loud):
        return NOTHING_DB
    kept = loud[_lufs(loud) > _lufs(loud.mean()) + _RELATIVE_GATE]
    return float(_lufs(kept.mean()))


def _lufs(power: NDArray[np.float64] | float) -> NDArray[np.float64]:
    return np.asarray(_OFFSET + 10.0 * np.log10(np.maximum(power, 1e-12)))


def true_peak_db(sound: Sound, oversampling: int = 8) -> float:
    """The highest level between samples, dBTP, by band-limited interpolation in pieces."""
    columns = np.atleast_2d(np.asarray(sound, np.float64).T).T
    piece, margin, highest = 1 << 15, 256, 0.0
    for begin in range(0, len(columns), piece):
        first = max(0, begin - margin)
        part = columns[first : begin + piece + margin]
        window = np.ones(len(part))
        taper = min(margin // 2, len(part) // 2)
        if first > 0:
            window[:taper] = np.linspace(0.0, 1.0, taper)
        if begin + piece + margin < len(columns):
            window[-taper:] = np.linspace(1.0, 0.0, taper)
        padded = np.pad(part * window[:, None], ((margin, margin), (0, 0)))
        size = len(padded)
        spectrum = np.fft.rfft(padded, axis=0)
        fine = np.fft.irfft(spectrum, size * oversampling, axis=0) * oversampling
        highest = max(highest, float(np.abs(fine).max()))
    return 20.0 * float(np.log10(max(highest, 1e-6)))


def rms_dbfs(sound: Sound) -> float:
    """Root mean square of all samples in dB under full scale (1.0); -120 for silence."""
    power = float(np.mean(np.square(np.asarray(sound, np.float64)))) if len(sound) else 0.0
    return decibels(power)


def noise_floor_dbfs(sound: Sound, window_s: float = 0.01) -> float:
    """The level of the quietest fiftieth of a recording's windows: what is there when nobody
    speaks, even in one breath of words."""
    mono = np.asarray(sound, np.float64)
    mono = mono.mean(axis=1) if mono.ndim > 1 else mono
    size = round(window_s * RATE_HZ)
    windows = mono[: len(mono) // size * size].reshape(-1, size)
    if not len(windows):
        return rms_dbfs(mono)
    powers = np.sort((windows**2).mean(axis=1))
    quiet = powers[: max(3, len(powers) // 50)].mean()
    return decibels(float(quiet))
