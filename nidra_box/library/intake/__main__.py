"""`python -m nidra_box.library.intake`: started by the service, or by `nidra-box add`."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
from pathlib import Path
from types import FrameType

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # before numpy: one processor is enough

from nidra_box.library.intake.run import SETTLED_S, Wishes, run
from nidra_box.words import printable, reason_of


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m nidra_box.library.intake",
        description="Take in what is new in the library: decode it once and keep what will play.",
    )
    parser.add_argument("--library", type=Path, required=True, metavar="DIR", help="the files")
    parser.add_argument("--store", type=Path, required=True, metavar="DIR", help="what will play")
    parser.add_argument("--quality", choices=("auto", "lossless", "small"), default="auto")
    parser.add_argument(
        "--settle", type=float, default=SETTLED_S, metavar="S", help="a file must lie still so long"
    )
    parser.add_argument(
        "--once", action="store_true", help="do not wait for what does not lie still yet"
    )
    parser.add_argument(
        "--now", action="append", default=[], metavar="NAME", help="this need not lie still"
    )
    parser.add_argument(
        "--only-plan", action="store_true", help="take nothing in: plan again what was described"
    )
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    signal.signal(signal.SIGTERM, _leave)
    wishes = Wishes(
        given.library,
        given.store,
        given.quality,
        given.settle,
        given.once,
        frozenset(given.now),
        given.only_plan,
    )
    try:
        run(wishes)
    except OSError as error:
        place = printable(str(error.filename or given.store))
        print(f"{place}: {reason_of(error)}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _leave(signal_number: int, frame: FrameType | None) -> None:
    """Leave at once: every block cleans up after itself, and the next run starts over."""
    raise SystemExit(0)


if __name__ == "__main__":
    sys.exit(main())
