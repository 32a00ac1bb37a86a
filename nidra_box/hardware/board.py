"""Detects the board and the GPIO chip of its header. Reads /proc only.

gpiochip numbers are not stable (on a Pi 5 the header was chip 4, then 0, then 11 to 15), so
the chip is found by its label. A machine without a revision code is not a Pi.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

HEADER_LABELS = ("pinctrl-rp1", "pinctrl-bcm2711", "pinctrl-bcm2835")


class NotAPi(Exception):
    """This machine has no header that the box can use."""


class ButtonHeld(Exception):
    """Another program holds the button's line: the box would run, but no press would arrive."""


class NoHeader(NotAPi):
    """A Pi whose header's chip is missing or not accessible. At boot that may still change: the
    chip and its permissions were seen to appear after the box had started."""


@dataclass(frozen=True, slots=True)
class Board:
    """`revision` as the device tree gives it; `chip` is the N of /dev/gpiochipN."""

    revision: int
    chip: int
    label: str


def revision(root: Path = Path("/")) -> int | None:
    """The Pi's revision code, or None on anything else."""
    raw = _read(root / "proc/device-tree/system/linux,revision")
    if len(raw) == 4:
        return int.from_bytes(raw, "big")
    text = _read(root / "proc/cpuinfo").decode("ascii", errors="replace")
    found = re.search(r"^Revision\s*:\s*([0-9a-fA-F]+)\s*$", text, re.MULTILINE)
    return int(found[1], 16) if found else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def find_board(labels: Callable[[], dict[int, str]], root: Path = Path("/")) -> Board:
    """This board. `labels` returns chip number → label of every GPIO chip; only called on a Pi.
    Raises NotAPi with a hint, NoHeader if the chip may still appear."""
    code = revision(root)
    if code is None:
        raise NotAPi(
            "this is not a Raspberry Pi (no revision in /proc/device-tree or /proc/cpuinfo); "
            "try the box on this machine with: nidra-box simulate"
        )
    known = labels()
    for wanted in HEADER_LABELS:
        for chip, label in sorted(known.items()):
            if label == wanted:
                return Board(code, chip, label)
    seen = ", ".join(f"gpiochip{n} {label!r}" for n, label in sorted(known.items())) or "none"
    raise NoHeader(f"no GPIO chip of a Pi's header was found; there are: {seen}")
