"""From nothing to a box that answers: beside bare imports, and with a library of ten thousand."""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path

import numpy as np
import soundfile

from benchmarks import players
from benchmarks.house import House
from benchmarks.lines import Line
from benchmarks.windows import ratios, spread

IMPORTS = "import numpy, pygame.mixer, gpiozero, yaml"
TRACKS = 10_000


def run(where: House, folder: Path, tries: int) -> list[Line]:
    """Medians of `tries` starts, one kind after the other and again, so that a busy minute of
    the machine meets all of them. The first round warms the disk's cache and is left out."""
    tracks = _library(folder / "tracks")
    bare, plain, full = [], [], []
    for _ in range(tries + 1):
        bare.append(_bare(where))
        plain.append(_ready(where, folder / "start", tracks[:1]))
        full.append(_ready(where, folder / "start-full", tracks))
    bare, plain, full = bare[1:], plain[1:], full[1:]
    imports, start = statistics.median(bare), statistics.median(plain)
    return [
        Line(
            "start to READY",
            "ms",
            1000 * start,
            (("bare imports", 1000 * imports),),
            1.2,
            spread=spread(ratios(plain, bare)),
        ),
        Line(
            f"start to READY, {TRACKS} recordings",
            "ms",
            1000 * statistics.median(full),
            (("one recording", 1000 * start),),
            1.05,
            note="the budget is “no slower”; 5 % is for the measuring",
            spread=spread(ratios(full, plain)),
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


def _bare(where: House) -> float:
    began = time.monotonic()
    where.python("-c", IMPORTS)
    return time.monotonic() - began


def _ready(where: House, folder: Path, tracks: list[Path]) -> float:
    with players.box(where, folder, *tracks) as box:
        return box.ready_s
