"""From nothing to a box that answers: beside bare imports, and with a library of ten thousand."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import soundfile

from benchmarks import players
from benchmarks.lines import Line

IMPORTS = "import numpy, pygame.mixer, gpiozero, yaml"
TRACKS = 10_000


def measure(folder: Path, tries: int) -> list[Line]:
    """Medians of `tries` starts, one kind after the other and again, so that a busy minute of
    the machine meets all of them."""
    tracks = _library(folder / "tracks")
    bare, plain, full = [], [], []
    for _ in range(tries):
        bare.append(_bare())
        plain.append(_ready(folder / "start", tracks[:1]))
        full.append(_ready(folder / "start-full", tracks))
    imports = (("bare imports", statistics.median(bare)),)
    start = statistics.median(plain)
    return [
        Line("start to ready", "s", start, imports, 1.5),
        Line(
            f"start to ready, {TRACKS} tracks",
            "s",
            statistics.median(full),
            (("one track", start),),
            1.2,
            note="the budget says “does not slow the start”; a fifth is this bench's own grace",
        ),
    ]


def _library(folder: Path) -> list[Path]:
    folder.mkdir()
    first = folder / "00000.flac"
    soundfile.write(first, np.zeros(48_000 * 12, np.float32), 48_000)
    names = [folder / f"{number:05}.flac" for number in range(1, TRACKS)]
    for name in names:
        os.link(first, name)
    return [first, *names]


def _bare() -> float:
    began = time.monotonic()
    subprocess.run([sys.executable, "-c", IMPORTS], check=True, capture_output=True)
    return time.monotonic() - began


def _ready(folder: Path, tracks: list[Path]) -> float:
    """Seconds from the start of the process until it says that it is ready."""
    took, box = players.timed_box(folder, "lie_idle", *tracks)
    (folder / "end").touch()
    box.end()
    return took
