"""A disk on which every open takes its time, for a process of its own (tests/slowdisk)."""

import shutil
import subprocess
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parents[1] / "slowdisk"
BUILD = Path(__file__).resolve().parents[2] / "build" / "slowdisk"


@cache
def built():
    """The library to preload, or None where it cannot be built."""
    if not shutil.which("gcc"):
        return None
    BUILD.mkdir(parents=True, exist_ok=True)
    library = BUILD / "slowdisk.so"
    command = [
        "gcc",
        "-O2",
        "-Wall",
        "-fPIC",
        "-shared",
        "-o",
        library,
        HERE / "slowdisk.c",
        "-ldl",
    ]
    subprocess.run(command, check=True)
    return library


class SlowDisk:
    """`environment` makes opens under `under` take `ms`; what was opened is in `log`."""

    def __init__(self, under, ms, log):
        self._log = Path(log)
        self.environment = {
            "LD_PRELOAD": str(built()),
            "SLOW_UNDER": str(under),
            "SLOW_MS": str(ms),
            "SLOW_LOG": str(log),
        }

    def opened(self):
        """(thread, path) of every open, in order."""
        if not self._log.exists():
            return []
        return [tuple(line.split(" ", 1)) for line in self._log.read_text().splitlines()]
