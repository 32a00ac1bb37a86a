"""CIE 1976 lightness L* (0 to 100) and relative luminance Y (0 to 1). Pure.

The eye sees equal steps of L* as equal; a duty cycle is luminance. (A widely copied
version of this formula has 119 for 116 and is wrong.)
"""

from __future__ import annotations

_LINEAR_TO = 8.0
_KAPPA = 903.3


def luminance(lightness: float) -> float:
    """Y of an L*: 8 → 0.0089, 50 → 0.184, 100 → 1. Clamped to [0, 1]."""
    if lightness <= 0.0:
        return 0.0
    if lightness <= _LINEAR_TO:
        return lightness / _KAPPA
    return float(min(1.0, ((lightness + 16.0) / 116.0) ** 3))


def lightness(luminance: float) -> float:
    """L* of a Y; the inverse of `luminance`."""
    if luminance <= 0.0:
        return 0.0
    if luminance <= _LINEAR_TO / _KAPPA:
        return luminance * _KAPPA
    return float(min(100.0, 116.0 * luminance ** (1.0 / 3.0) - 16.0))
