"""From nothing to a box that answers: beside bare imports, and with a library of ten thousand."""

from __future__ import annotations

import statistics
import time
from pathlib import Path

from benchmarks import house, players
from benchmarks.house import House
from benchmarks.lines import Line
from benchmarks.windows import ratios, spread

IMPORTS = "import numpy, pygame.mixer, gpiozero, yaml"
RECORDINGS = 10_000


def run(where: House, folder: Path, tries: int) -> list[Line]:
    """Medians of `tries` starts, one kind after the other and again, so that a busy minute of
    the machine meets all of them. The first round warms the disk's cache and is left out."""
    one, many = folder / "one", folder / "many"
    house.fill_store(one, 1)
    house.fill_store(many, RECORDINGS)
    bare, plain, full = [], [], []
    for _ in range(tries + 1):
        bare.append(_bare(where))
        plain.append(_ready(where, folder / "start", one))
        full.append(_ready(where, folder / "start-full", many))
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
            f"start to READY, {RECORDINGS} recordings",
            "ms",
            1000 * statistics.median(full),
            (("one recording", 1000 * start),),
            1.1,
            spread=spread(ratios(full, plain)),
        ),
    ]


def _bare(where: House) -> float:
    began = time.monotonic()
    where.python("-c", IMPORTS)
    return time.monotonic() - began


def _ready(where: House, folder: Path, store: Path) -> float:
    with players.box(where, folder, programme="first", store=store) as box:
        return box.ready_s
