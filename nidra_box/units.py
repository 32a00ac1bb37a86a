"""Rates, levels, and the numbers of the promises (docs/promises.md): each written once, here.

For every room; imports nothing of the package. Tests keep literals of their own, so that a
changed number fails.
"""

from __future__ import annotations

import math

RATE_HZ = 48_000
"""Frames per second everywhere. 48 kHz is the native rate of cheap USB and I2S cards and the
only one of Opus."""

LIGHT_HZ = 50
"""Writes to the lamp per second, at most: steps that follow each other faster are one to an eye."""

NOTHING_DB = -120.0
"""The level that digital silence is given: under every sound, and a number to reckon with."""

SILENT_LUFS = -90.0
"""Promise 4: a fade ends here, and what begins, begins here: below the noise of 16 bits. A bed at
or below this level is off."""

MAX_RISE_DB_PER_S = 6.0
"""Promise 1: no level rises faster."""

CEILING_DBTP = -3.0
"""Promise 2: no true peak above it leaves the box."""

MAX_WRITE_STEP = 0.5
"""Promise 6, in L*: no write changes the lamp by more."""

COMFORT_PEAK = 10.0
"""Promise 6, in L*: the red light that a hand gets in the dark, and the most that a sleep stage
ever shows. From CONTENT."""


def amplitude(db: float) -> float:
    """The factor of a level in dB: 0 → 1, -20 → 0.1."""
    return float(10.0 ** (db / 20.0))


def decibels(power: float) -> float:
    """The level of a power (a mean square): 1 → 0; NOTHING_DB at least."""
    return max(NOTHING_DB, 10.0 * math.log10(max(power, 1e-12)))
