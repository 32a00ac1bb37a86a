"""A whole night replayed, and its sound rendered, beside mpv decoding as fast as it can."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.house import House
from benchmarks.lines import Line

NIGHT = "0:00:05 press\n8:30:00 end\n"
RENDERED_MIN = 60


def run(where: House, folder: Path, tries: int) -> list[Line]:
    """The quickest of `tries`: what disturbs such work only ever makes it slower."""
    night, sound = folder / "one.night", folder / "rendered.flac"
    night.write_text(NIGHT)
    replay = ("-m", "nidra_box", "replay", str(night), "--out", str(folder / "replayed"))
    render = ("-m", "nidra_box", "render", "lower-back-night", "-o", str(sound))
    replayed = _quickest(lambda: where.python(*replay), tries)
    rendered = _quickest(lambda: where.python(*render, "--to", f"{RENDERED_MIN}:00"), tries)
    mpv = [
        "mpv",
        "--no-config",
        "--no-terminal",
        "--no-video",
        "--ao=null",
        "--ao-null-untimed=yes",
    ]
    decoded = _quickest(lambda: subprocess.run([*mpv, str(sound)], check=True), tries)
    return [
        Line("replay of 8:07:24 without sound", "s", replayed, budget=1.5, judged="ours"),
        Line(
            f"rendering {RENDERED_MIN} minutes of sound",
            "× real time",
            RENDERED_MIN * 60 / rendered,
            (("mpv only decoding it", RENDERED_MIN * 60 / decoded),),
            500.0,
            "ours",
            at_least=True,
            note="from the start of the process to its end, FLAC written",
        ),
    ]


def _quickest(work: Callable[[], object], tries: int) -> float:
    took = []
    for _ in range(tries):
        began = time.monotonic()
        work()
        took.append(time.monotonic() - began)
    return min(took)
