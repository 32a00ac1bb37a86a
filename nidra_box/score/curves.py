"""Piecewise linear curves and dB arithmetic. Pure; numpy only for whole blocks of frames."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nidra_box.units import NOTHING_DB

FloatArray = NDArray[np.float64]


def amplitudes(db: FloatArray) -> FloatArray:
    """The factors of levels in dB."""
    result: FloatArray = np.exp(db * (math.log(10.0) / 20.0))
    return result


def power_sum_db(levels: list[float], silent: float = NOTHING_DB) -> float:
    """The level of several uncorrelated sounds together, in dB."""
    total = sum(10.0 ** (level / 10.0) for level in levels)
    return 10.0 * math.log10(total) if total > 10.0 ** (silent / 10.0) else silent


@dataclass(frozen=True, slots=True)
class Curve:
    """Straight lines between points, constant before the first and after the last.

    Two points may share an x: the curve steps there and takes the later value.
    """

    xs: tuple[float, ...]
    ys: tuple[float, ...]

    def at(self, x: float) -> float:
        right = bisect_right(self.xs, x)
        if right == 0:
            return self.ys[0]
        if right == len(self.xs):
            return self.ys[-1]
        x0, x1 = self.xs[right - 1], self.xs[right]
        y0, y1 = self.ys[right - 1], self.ys[right]
        return y0 + (y1 - y0) * (x - x0) / (x1 - x0)

    def over(self, xs: NDArray[Any]) -> FloatArray:
        """The curve at every x (numpy's interpolation; a step is a line of zero width)."""
        result: FloatArray = np.interp(xs, self.xs, self.ys)
        return result

    def highest(self, x0: float, x1: float) -> float:
        """The largest value in [x0, x1]."""
        inside = [y for x, y in zip(self.xs, self.ys, strict=True) if x0 <= x <= x1]
        return max([self.at(x0), self.at(x1), *inside])

    def is_constant(self, x0: float, x1: float) -> bool:
        """Whether the curve keeps one value over the whole of [x0, x1]."""
        value = self.at(x0)
        if self.at(x1) != value:
            return False
        first, last = bisect_right(self.xs, x0), bisect_right(self.xs, x1)
        return all(y == value for y in self.ys[first:last])


@dataclass(slots=True)
class CurveBuilder:
    """Collects points from left to right; x must not fall."""

    xs: list[float]
    ys: list[float]

    @classmethod
    def starting(cls, x: float, y: float) -> CurveBuilder:
        return cls([x], [y])

    @property
    def last(self) -> float:
        return self.ys[-1]

    def to(self, x: float, y: float) -> None:
        """A straight line from the last point to (x, y)."""
        if x < self.xs[-1] - 1e-9:
            raise ValueError(f"x runs back from {self.xs[-1]} to {x}")
        self.xs.append(max(x, self.xs[-1]))
        self.ys.append(y)

    def hold_until(self, x: float) -> None:
        """The last value, kept until `x`."""
        if x > self.xs[-1]:
            self.to(x, self.ys[-1])

    def build(self) -> Curve:
        return Curve(tuple(self.xs), tuple(self.ys))
