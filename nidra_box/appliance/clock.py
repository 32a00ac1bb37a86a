"""Clocks: the machine's own, one that runs faster for demonstrations, and none at all."""

from __future__ import annotations

import time
from pathlib import Path

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


class SystemClock:
    """CLOCK_MONOTONIC; the wall clock is only ever written down, never waited for."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._zero = time.monotonic()

    @property
    def is_real_time(self) -> bool:
        """Whether a sound card can keep up with this clock."""
        return self._speed == 1.0

    def now(self) -> float:
        if self._speed == 1.0:
            return time.monotonic()
        return self._zero + (time.monotonic() - self._zero) * self._speed

    def wall(self) -> float:
        return time.time()

    def boot(self) -> str:
        try:
            return _BOOT_ID.read_text(encoding="ascii").strip()
        except OSError:
            return ""

    def real_s(self, seconds: float) -> float:
        """How long `seconds` of this clock take in truth."""
        return seconds / self._speed
