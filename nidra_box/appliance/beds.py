"""Beds, bowl and bell that are not there yet, made while the box already plays.

A process of its own makes them (it needs more memory than a box may keep); the night goes on
without them and takes up each as it comes. Until then it is no fault that a file is not there.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from nidra_box.diary.entries import Awaited, Entry, Fault, FaultEnded
from nidra_box.worker import Worker

Post = Callable[[Entry], None]


class BedsToCome:
    """What is still being made, and who hears of a sound that cannot be read. Any thread."""

    def __init__(self, names: Sequence[str], post: Post) -> None:
        self._coming = set(names)
        self._post = post

    @property
    def any(self) -> bool:
        return bool(self._coming)

    def complain(self, name: str, reason: str) -> None:
        """The reader cannot read `name`: that is a fault, unless it is on its way."""
        if name in self._coming:
            self._post(Awaited(name.partition(":")[2]))
        else:
            self._post(Fault(name, reason))

    def make(
        self, folder: Path, try_again: Callable[[str], None], command: Sequence[str] = ()
    ) -> Worker:
        """Begin to make them into `folder`, on a thread; `try_again` hears the name of each that
        is there now, and in the end an empty one: what is missing then stays missing."""
        command = command or [
            *(sys.executable, "-m", "nidra_box"),
            *("beds", "--quiet", "--into", str(folder)),
        ]

        def work() -> None:
            try:
                with subprocess.Popen(
                    command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True
                ) as maker:
                    for line in maker.stdout or ():
                        self._coming.discard(line.strip())
                        try_again(line.strip())
                        self._post(FaultEnded(line.strip()))
            finally:
                self._coming.clear()
                try_again("")  # one that was looked for in the moment it came

        return Worker("beds", work, self._post).start()
