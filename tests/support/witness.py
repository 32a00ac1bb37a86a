"""A process that does nothing but notice when this computer stands still.

    python -m tests.support.witness FILE

It sleeps for a moment, again and again, and writes down (CLOCK_MONOTONIC seconds, seconds
too late) whenever it wakes much later than it should. A bench that counts milliseconds and
found too many of them may be played again if the witness saw why; the limits stay.
"""

import sys
import time
from pathlib import Path

NAP_S, LATE_S = 0.005, 0.020


def watch(path):
    with Path(path).open("w", buffering=1) as file:
        while True:
            due = time.monotonic() + NAP_S
            time.sleep(NAP_S)
            late = time.monotonic() - due
            if late > LATE_S:
                file.write(f"{due:.4f} {late:.4f}\n")


def stalls(path, since, until):
    """How long the computer stood still, each time, between two moments; seconds."""
    if not Path(path).exists():
        return []
    seen = [tuple(map(float, line.split())) for line in Path(path).read_text().splitlines()]
    return [late for at, late in seen if since <= at <= until]


if __name__ == "__main__":
    watch(sys.argv[1])
