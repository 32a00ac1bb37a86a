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

from benchmarks import lying_idle, playing, reacting, starting, working_ahead
from benchmarks.lines import Line, table
from tests.support import cards

Bench = Callable[[Path, bool], list[Line]]

BENCHES: dict[str, tuple[str, Bench]] = {
    "start": ("2 minutes", lambda folder, quick: starting.measure(folder, 3 if quick else 7)),
    "react": ("4 minutes", lambda folder, quick: reacting.measure(folder, 3 if quick else 10)),
    "idle": ("2 minutes", lambda folder, quick: lying_idle.measure(folder, 15 if quick else 60)),
    "ahead": ("1 minute", lambda folder, quick: working_ahead.measure(folder)),
    "play": ("8 minutes", lambda folder, quick: playing.measure(folder, 15 if quick else 60)),
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
    parser.add_argument("--quick", action="store_true", help="a quarter of the time, less sure")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="write the table there")
    arguments = parser.parse_args()
    missing = [name for name in ("mpd", "mpv") if not shutil.which(name)]
    if missing:
        print(f"not installed: {', '.join(missing)} (sudo apt install mpd mpv)", file=sys.stderr)
        return 1
    if isinstance(reason := cards.built(), str):
        print(reason, file=sys.stderr)
        return 1
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="nidra-bench-") as folder:
        for name in arguments.bench or BENCHES:
            length, bench = BENCHES[name]
            print(f"{name}: about {length}…", file=sys.stderr, flush=True)
            lines += bench(Path(folder), arguments.quick)
            for line in lines[-3:]:
                print("  " + "  ".join(filter(None, line.as_row())), file=sys.stderr)
    text = f"{_about(arguments.quick)}\n\n{table(lines)}\n"
    print(text)
    if arguments.output:
        arguments.output.write_text(text)
    return 1 if any(line.is_kept is False for line in lines) else 0


def _about(quick: bool) -> str:
    load = os.getloadavg()[0]
    length = "quick run" if quick else "full run"
    return (
        f"{time.strftime('%Y-%m-%d')}, {platform.machine()}, {os.cpu_count()} processors, "
        f"Python {platform.python_version()}, load {load:.1f} at the end, {length}."
    )


if __name__ == "__main__":
    sys.exit(main())
