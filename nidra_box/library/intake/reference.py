"""Levels of a recording, and what each is held against: see `plan`. Pure; numpy only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROW_S = 0.1
BLOCK_ROWS = 4
OVER_DB = 8.0  # what stands higher above its reference is a jolt
HEARD_DB = 7.0  # a steady sound that is softened ends about here
WINDOW_S, BEFORE_DARK_S, LEAST_S = 600.0, 120.0, 30.0
PERCENTILE = 95.0
UNDER_MEDIAN_DB = 10.0  # the reference is never lower under the median of the dark
QUIETEST_DB = -90.0  # nobody hears what is softer
LOUDEST_DB = 20.0
_BIN_DB = 0.1
_SPARE_BLOCKS = 4  # whoever begins to count a block later or earlier finds no lower reference


def block_levels(power: Floats) -> Floats:
    """The level of each block in dB, never under QUIETEST_DB; block i begins with row i."""
    powers = np.maximum(blocks(power), 1e-12)
    return np.clip(10.0 * np.log10(powers), QUIETEST_DB, LOUDEST_DB)


def blocks(power: Floats) -> Floats:
    """The mean of each four rows that follow each other; of all where there are fewer."""
    if len(power) < BLOCK_ROWS:
        return np.array([power.mean() if len(power) else 0.0])
    sums = np.concatenate(([0.0], np.cumsum(power)))
    return np.asarray(np.maximum(sums[BLOCK_ROWS:] - sums[:-BLOCK_ROWS], 0.0) / BLOCK_ROWS)


def lowest_reference(levels: Floats, first: int) -> float:
    """What the reference never falls under, of a recording with these levels of its own."""
    return float(np.median(levels[first:])) - UNDER_MEDIAN_DB if first < len(levels) else -np.inf


def reference(
    levels: Floats, first: int, lowest: float, limit: bool = True, window_s: float = WINDOW_S
) -> Floats:
    """The reference at every block, for a dark part from block `first` on; before it, infinite.

    Known once a second: the lower of the values at both ends of the second. With `limit` what is
    more than OVER_DB above the reference counts as heard at HEARD_DB above it."""
    if first >= len(levels):
        return np.full(len(levels), np.inf)
    begin = max(first - round(BEFORE_DARK_S / ROW_S), 0)
    least = max(first - begin, round(LEAST_S / ROW_S))
    window, second = round(window_s / ROW_S), round(1 / ROW_S)
    bins = np.zeros(round((LOUDEST_DB - QUIETEST_DB) / _BIN_DB) + 1, np.int64)
    heard = _binned(levels)
    np.add.at(bins, heard[begin : begin + least], 1)
    inside = begin, min(begin + least, len(levels))
    found = np.full(len(levels) // second + 2, np.inf)
    for number in range(first // second, len(found)):
        # The first half minute is judged by itself: nothing else is known of it.
        end = max(number * second, inside[1])
        low = max(begin, min(end - window, len(levels)))
        np.subtract.at(bins, heard[inside[0] : low], 1)
        np.add.at(bins, heard[inside[1] : end], 1)
        inside = max(low, inside[0]), min(max(end, inside[1]), len(levels))
        count = inside[1] - inside[0]
        above = np.cumsum(bins)
        at = int(np.searchsorted(above, count * PERCENTILE / 100.0 - _SPARE_BLOCKS))
        found[number] = max(QUIETEST_DB + at * _BIN_DB, lowest)
        if limit and end == number * second:
            later = heard[end : end + second]
            most, softened = (
                round((found[number] + over_db - QUIETEST_DB) / _BIN_DB)
                for over_db in (OVER_DB, HEARD_DB)
            )
            later[later > most] = softened
    both = np.minimum(found[:-1], found[1:])
    result = np.repeat(both, second)[: len(levels)]
    result[:first] = np.inf
    return np.asarray(result)


def lowest_anywhere(levels: Floats) -> float:
    """As `lowest_reference` for a dark part of which nobody knows where it begins."""
    step = len(levels) // 16 + 1
    return min(lowest_reference(levels, first) for first in range(0, len(levels), step))


def reference_anywhere(levels: Floats, first: int, lowest: float, limit: bool = True) -> Floats:
    """Likewise: of the last ten minutes or of the last two, whichever is lower."""
    whole = reference(levels, first, lowest, limit)
    return np.minimum(whole, reference(levels, first, lowest, limit, BEFORE_DARK_S))


def _binned(levels: Floats) -> NDArray[np.int64]:
    """Rounded down: a reference is rather too low than too high."""
    return np.asarray(((levels - QUIETEST_DB) / _BIN_DB).astype(np.int64))
