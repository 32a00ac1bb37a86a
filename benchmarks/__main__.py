"""python -m benchmarks [NAME…]: the budgets, measured beside mpd and mpv in one run."""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks import (
    house,
    lying_idle,
    passes,
    picture,
    playing,
    reacting,
    report,
    starting,
    taking_in,
    working_ahead,
)
from benchmarks.house import ROOT, House
from benchmarks.lines import Line
from benchmarks.windows import FULL, QUICK, Measured, Plan

Bench = Callable[[House, Path, bool], tuple[list[Line], dict[str, Measured]]]
IDLE = Plan(60.0, 2, 2)


def _plan(quick: bool) -> Plan:
    return QUICK if quick else FULL


BENCHES: dict[str, tuple[str, Bench]] = {
    "start": ("2 minutes", lambda w, f, q: (starting.run(w, f, 3 if q else 15), {})),
    "react": ("5 minutes", lambda w, f, q: (reacting.run(w, f, 5 if q else 50), {})),
    "idle": ("3 minutes", lambda w, f, q: lying_idle.run(w, f, Plan(15.0, 1, 1) if q else IDLE)),
    "passes": (
        "1 minute",
        lambda w, f, q: (passes.lines(passes.measure([w], 1 if q else passes.ROUNDS)), {}),
    ),
    "ahead": ("1 minute", lambda w, f, q: (working_ahead.run(w, f, 1 if q else 5), {})),
    "intake": ("20 minutes", lambda w, f, q: (taking_in.run(w, f, 0.2 if q else 1.0), {})),
    "play": ("10 to 20 minutes", lambda w, f, q: playing.run(w, f, _plan(q))),
}


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Speed and memory as ratios, measured beside mpd and mpv in the same run on "
        "the user-space sound card of the tests. Exit code 1 if a budget is not kept.",
        epilog="example:\n  make bench\n  python -m benchmarks play --quick",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    names = ", ".join(f"{name} ({length})" for name, (length, _) in BENCHES.items())
    parser.add_argument(
        "bench", nargs="*", choices=[*BENCHES, []], metavar="NAME", help=f"{names}; default all"
    )
    parser.add_argument("--quick", action="store_true", help="short windows, less sure")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="write it there, and a picture beside it"
    )
    arguments = parser.parse_args()
    missing = [name for name in ("mpd", "mpv") if not shutil.which(name)]
    if missing:
        print(f"not installed: {', '.join(missing)} (sudo apt install mpd mpv)", file=sys.stderr)
        return 1
    if reason := house.why_no_card():
        print(reason, file=sys.stderr)
        return 1
    began, load = time.strftime("%Y-%m-%d %H:%M"), os.getloadavg()[0]
    lines: list[Line] = []
    measured: dict[str, Measured] = {}
    with tempfile.TemporaryDirectory(prefix="nidra-bench-") as name_:
        folder = Path(name_)
        where = house.compiled(ROOT, folder / "tree")
        versions = report.versions(where, folder / "versions")
        for name in arguments.bench or BENCHES:
            length, bench = BENCHES[name]
            print(f"{name}: about {length}…", file=sys.stderr, flush=True)
            found, by_thread = bench(where, folder, arguments.quick)
            lines += found
            measured |= by_thread
            for line in found:
                print("  " + "  ".join(filter(None, line.as_row())), file=sys.stderr)
    run = report.Run(
        when=began,
        machine=f"{platform.machine()}, {report.processor()}, {os.cpu_count()} processors, "
        f"Linux {platform.release()}",
        commit=passes.commit_of(ROOT),
        versions=versions,
        load=(load, os.getloadavg()[0]),
        is_quick=arguments.quick,
    )
    print(report.text(run, lines, measured, ""))
    if output := arguments.output:
        image = output.with_suffix(".png")
        picture.draw(lines, f"Nidra Box {run.commit}, {run.when}", image)
        output.write_text(report.text(run, lines, measured, image.name), encoding="utf-8")
    return 1 if any(line.is_kept is False for line in lines) else 0


if __name__ == "__main__":
    sys.exit(main())
