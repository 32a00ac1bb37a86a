"""Clocks: the machine's own, one that runs faster for demonstrations, and none at all."""

from __future__ import annotations

import time

from nidra_box.files import boot_id


class SystemClock:
    """CLOCK_MONOTONIC; the wall clock is only ever written down, never waited for."""

    def __init__(self, speed: float = 1.0) -> None:
        began = time.monotonic()
        self._pace = speed, began, began  # replaced as a whole: several threads read it

    @property
    def speed(self) -> float:
        return self._pace[0]

    @speed.setter
    def speed(self, speed: float) -> None:
        """From now on; the time does not jump."""
        self._pace = speed, time.monotonic(), self.now()

    @property
    def is_real_time(self) -> bool:
        """Whether a sound card can keep up with this clock."""
        return self.speed == 1.0

    def now(self) -> float:
        speed, began, at_s = self._pace
        real = time.monotonic()
        return real if speed == 1.0 and began == at_s else at_s + (real - began) * speed

    def wall(self) -> float:
        return time.time()

    def boot(self) -> str:
        return boot_id()

    def real_s(self, seconds: float) -> float:
        """How long `seconds` of this clock take in truth."""
        return seconds / self.speed
