"""A whole night replayed, and its sound rendered, beside mpv decoding as fast as it can."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from benchmarks.lines import Line
from tests.support.box import with_beds

ACTS = "0:00:05 press\n8:30:00 end\n"


def measure(folder: Path) -> list[Line]:
    night = folder / "one.night"
    night.write_text(ACTS)
    replayed = _timed("replay", str(night), "--out", str(folder / "replayed"))
    minutes = 30
    sound = folder / "rendered.flac"
    to = f"{minutes}:00"
    rendered = minutes * 60 / _timed("render", "lower-back-night", "-o", str(sound), "--to", to)
    began = time.monotonic()
    command = ["mpv", "--no-config", "--no-terminal", "--no-video", "--ao=null"]
    subprocess.run([*command, "--ao-null-untimed=yes", str(sound)], check=True)
    decoded = minutes * 60 / (time.monotonic() - began)
    return [
        Line("replay of 8:07:24 without sound", "s", replayed, budget=10.0, judged="ours"),
        Line(
            "rendering sound",
            "× real time",
            rendered,
            (("mpv only decoding it", decoded),),
            100.0,
            "ours",
            at_least=True,
        ),
    ]


def _timed(*words: str) -> float:
    environment = {**os.environ, "XDG_CACHE_HOME": str(with_beds().cache.parent)}
    began = time.monotonic()
    command = [sys.executable, "-m", "nidra_box", *words]
    subprocess.run(command, check=True, capture_output=True, env=environment)
    return time.monotonic() - began
