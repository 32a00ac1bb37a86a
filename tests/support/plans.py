"""The promise about jolts, judged on samples by the plain definition, slowly."""

import numpy as np

RATE_HZ = 1000  # enough for levels of 0.4 s
ROW = RATE_HZ // 10


def rows_of(sound, peak=None):
    """The rows of a mono sound at RATE_HZ; K-weighted as it is."""
    whole = sound[: len(sound) // ROW * ROW].reshape(-1, ROW)
    power = (whole**2).mean(axis=1)
    peaks = np.abs(whole).max(axis=1) if peak is None else np.full(len(power), peak)
    return np.stack([power, power, peaks], axis=1).astype(np.float32)


def heard(sound, plan):
    """The sound with its softening."""
    at = np.arange(len(sound)) / RATE_HZ
    soft = np.interp(at, plan.softening_s or (0.0,), plan.softening_db or (0.0,))
    return sound * 10.0 ** (soft / 20.0)


def levels(sound, every):
    """dB of the 0.4 s from each `every`-th sample on, never under −90."""
    sums = np.concatenate(([0.0], np.cumsum(sound.astype(np.float64) ** 2)))
    begins = np.arange(0, len(sound) - 4 * ROW + 1, every)
    power = (sums[begins + 4 * ROW] - sums[begins]) / (4 * ROW)
    return np.maximum(10.0 * np.log10(np.maximum(power, 1e-12)), -90.0)


def worst_over(sound, lit_s, original=None):
    """By how many dB a heard sound stands above its reference at most, in 0.4 s that begin
    anywhere in the dark. The reference is known once a second, and never 10 dB under the median
    of the `original` in the dark (default: of what is heard)."""
    blocks = levels(sound, ROW)
    windows = levels(sound, ROW // 10)
    own = blocks if original is None else levels(original, ROW)
    floor = np.median(own[int(lit_s * 10) :]) - 10.0
    begin = max(int((lit_s - 120.0) * 10), 0)
    worst = -np.inf
    for second in range(int(np.ceil(lit_s)), len(sound) // RATE_HZ):
        end = max(second * 10, begin + max(round(lit_s * 10) - begin, 300))
        known = blocks[max(begin, second * 10 - 6000) : end]
        reference = max(np.percentile(known, 95.0), floor)
        inside = windows[second * 100 : second * 100 + 100]
        if len(inside):
            worst = max(worst, inside.max() - reference)
    return worst
