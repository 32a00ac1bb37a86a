"""What a pass of the loop costs when nothing is due: the loop's own weight, and nothing else.

The real loop in virtual time, played to some moment of a night; there the clock stands still and
nobody posts anything. The sound and the lamp are the simulator's: what they do is measured by the
other benches. With --tree a second tree takes turns with this one, so that both meet the same
noise of the machine.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks import house
from benchmarks.house import ROOT, House
from benchmarks.lines import Line, table

NIGHTS = {
    "idle": "0:00:05 turn 1\n0:01:00.4 end\n",
    "lit": "0:00:05 press\n0:03:00.4 end\n",
    "dark": "0:00:05 press\n2:00:00.4 end\n",
}
PROGRAMME = "lower-back-night"
BATCH, BATCHES = 2000, 20
ROUNDS = 8
MAY_COST_MORE = 1.05

Found = dict[str, list[float]]
"""State of the box → nanoseconds of a pass, one for each round."""


def count() -> dict[str, float]:
    """Of this tree, in this process: nanoseconds of a pass, the cheapest of the batches."""
    found = {}
    for state, night in NIGHTS.items():
        loop = house.loop_after(PROGRAMME, night)
        if loop.next_at() <= loop.ports.clock.now():
            raise RuntimeError(f"something is due in the {state} box, so this is no empty pass")
        best = float("inf")
        for _ in range(BATCHES):
            began = time.thread_time_ns()
            for _ in range(BATCH):
                loop.turn()
            best = min(best, (time.thread_time_ns() - began) / BATCH)
        found[state] = best
    return found


def measure(trees: list[House], rounds: int) -> list[Found]:
    """For each tree; they take turns."""
    found: list[Found] = [{state: [] for state in NIGHTS} for _ in trees]
    for _ in range(rounds):
        for tree, its in zip(trees, found, strict=True):
            for state, ns in json.loads(
                tree.python("-m", "benchmarks.passes", "--count").stdout
            ).items():
                its[state].append(ns)
    return found


def lines(found: list[Found], other: str = "") -> list[Line]:
    """The cheapest of all rounds: what disturbs a pass only ever makes it dearer."""
    return [
        Line(
            f"a pass with nothing due, {state}",
            "µs",
            min(found[0][state]) / 1000,
            tuple((other, min(its[state]) / 1000) for its in found[1:]),
            MAY_COST_MORE if found[1:] else None,
            spread=_spread(found[0][state]),
        )
        for state in NIGHTS
    ]


def _spread(rounds: list[float]) -> float:
    """How far the middle round lies above the cheapest."""
    return statistics.median(rounds) / min(rounds) - 1.0


def commit_of(tree: Path) -> str:
    """The commit, with a mark where files differ from it."""
    command = ["git", "-C", str(tree), "describe", "--always", "--dirty", "--abbrev=10"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout.strip() or tree.name


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.passes",
        description="What a pass of the loop costs when nothing is due. With --tree beside the "
        "loop of another tree; exit code 1 if this one costs over 5 % more.",
        epilog="example:\n  git worktree add /tmp/before v0.1\n"
        "  python -m benchmarks.passes --tree /tmp/before",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--tree", type=Path, metavar="DIR", help="an older checkout")
    parser.add_argument("--rounds", type=int, default=ROUNDS, metavar="N", help=f"default {ROUNDS}")
    parser.add_argument("--count", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.count:
        print(json.dumps(count()))
        return 0
    trees = [ROOT, *([arguments.tree.resolve()] if arguments.tree else [])]
    with tempfile.TemporaryDirectory(prefix="nidra-passes-") as folder:
        houses = [house.compiled(t, Path(folder, str(n))) for n, t in enumerate(trees)]
        found = lines(measure(houses, arguments.rounds), commit_of(trees[-1]))
    print(f"{commit_of(ROOT)}, Python {sys.version.split()[0]}\n\n{table(found)}")
    return 1 if any(line.is_kept is False for line in found) else 0


if __name__ == "__main__":
    sys.exit(main())
