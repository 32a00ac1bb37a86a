"""systemd, if it started us: READY, STATUS, WATCHDOG, RELOADING, STOPPING. Else nobody.

systemd-python is used when it is there. The project has a top-level folder `systemd/`, and
run from there a bare `import systemd` succeeds falsely; only `from systemd import daemon`
tells.
"""

from __future__ import annotations

import os
import time
from typing import Any

try:
    from systemd import daemon as _daemon  # type: ignore[attr-defined, unused-ignore]
except ImportError:
    _daemon = None

BEATS_PER_WATCHDOG = 3
BEATS_WHILE_RUNNING = 10
"""More while there is a session: when a card stalls, the last beat must be so young that the sound
ends the process softly (25 s) before systemd kills it (30 s); and a busy computer, whose ring is
late at some of the beats, must not miss all of them."""


class Systemd:
    """Speaks to systemd through systemd-python. Owner's thread only."""

    def __init__(self, daemon: Any, watchdog_s: float | None) -> None:
        self._daemon = daemon
        self._watchdog_s = watchdog_s

    def ready(self, status: str) -> None:
        self._daemon.notify(f"READY=1\nSTATUS={status}")

    def status(self, text: str) -> None:
        self._daemon.notify(f"STATUS={text}")

    def beat(self) -> None:
        self._daemon.notify("WATCHDOG=1")

    def reloading(self) -> None:
        microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
        self._daemon.notify(f"RELOADING=1\nMONOTONIC_USEC={microseconds}")

    def stopping(self) -> None:
        self._daemon.notify("STOPPING=1")

    def beat_every_s(self, running: bool) -> float | None:
        beats = BEATS_WHILE_RUNNING if running else BEATS_PER_WATCHDOG
        return None if self._watchdog_s is None else self._watchdog_s / beats


class Nobody:
    """The supervisor of a box that nobody supervises."""

    def ready(self, status: str) -> None:
        return

    def status(self, text: str) -> None:
        return

    def beat(self) -> None:
        return

    def reloading(self) -> None:
        return

    def stopping(self) -> None:
        return

    def beat_every_s(self, running: bool) -> float | None:
        return None


def find_supervisor() -> Systemd | Nobody:
    """systemd where it listens (NOTIFY_SOCKET) and systemd-python is installed."""
    if _daemon is None or not os.environ.get("NOTIFY_SOCKET"):
        return Nobody()
    return Systemd(_daemon, _watchdog_s())


def _watchdog_s() -> float | None:
    """The unit's WatchdogSec, if it is meant for this process."""
    try:
        if int(os.environ.get("WATCHDOG_PID", os.getpid())) != os.getpid():
            return None
        return int(os.environ["WATCHDOG_USEC"]) / 1e6
    except (KeyError, ValueError):
        return None
