"""The box on gpiozero's mock pins, in a process of its own, with a hand that is told what to do.

    python -m benchmarks.box_process CONFIG

The box runs on the main thread. The hand waits for lines on standard input and answers each with
a line of JSON on standard output; it wakes for nothing else, so it costs the box nothing while it
is measured. When the input ends, the box is asked to stop.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks import house

BUTTON, PUSH, KNOB_A, KNOB_B, LAMP = 23, 17, 22, 27, 12
LONGEST_S = 5.0


def _pin(pin: int) -> Any:
    from gpiozero import Device

    return Device.pin_factory.pin(pin)


def press(down_s: float) -> list[float]:
    """When the contact closed, and when the lamp was seen lit (or 0)."""
    at = time.monotonic()
    _pin(BUTTON).drive_low()
    lit = wait_for_lamp(1.0, min(down_s, 0.3))
    time.sleep(max(0.0, at + down_s - time.monotonic()))
    _pin(BUTTON).drive_high()
    return [at, lit]


def wait_for_lamp(lit: float, longest_s: float = LONGEST_S) -> float:
    """When the lamp was first seen lit (0: dark); 0 if it never was."""
    end = time.monotonic() + longest_s
    while time.monotonic() < end:
        if (_pin(LAMP).state > 0) == bool(lit):
            return time.monotonic()
        time.sleep(0.0005)
    return 0.0


def turn(detents: float) -> float:
    at = time.monotonic()
    first, second = (KNOB_A, KNOB_B) if detents > 0 else (KNOB_B, KNOB_A)
    for _ in range(int(abs(detents))):
        for line in (first, second):
            _pin(line).drive_low()
        for line in (first, second):
            _pin(line).drive_high()
    return at


def push() -> float:
    at = time.monotonic()
    _pin(PUSH).drive_low()
    time.sleep(0.1)
    _pin(PUSH).drive_high()
    return at


def threads() -> dict[int, str]:
    """The kernel does not know what Python calls its threads."""
    return {thread.native_id or 0: thread.name for thread in threading.enumerate()}


def versions() -> dict[str, str]:
    """What the box is made of, and where it runs from."""
    import soundfile

    import nidra_box

    maps = Path("/proc/self/maps").read_text(encoding="ascii", errors="replace")
    libraries = {line.split()[-1] for line in maps.splitlines() if "libsndfile" in line}
    library = " ".join(sorted(name for name in libraries if "/pygame.libs/" not in name))
    return {
        "Python": sys.version.split()[0],
        **{name: metadata.version(name) for name in ("numpy", "pygame", "gpiozero")},
        "libsndfile": f"{soundfile.__libsndfile_version__} ({library})",
        "box": str(nidra_box.__file__),
        "compiled": str(os.path.exists(str(nidra_box.__cached__))),
    }


DEEDS: dict[str, Callable[..., Any]] = {
    "press": press,
    "lamp": wait_for_lamp,
    "turn": turn,
    "push": push,
    "threads": threads,
    "versions": versions,
}


def hand() -> None:
    try:
        for line in sys.stdin:
            word, *numbers = line.split()
            print(json.dumps(DEEDS[word](*map(float, numbers))), flush=True)
    finally:  # an error is printed by Python, and the box ends
        os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    threading.Thread(target=hand, name="the bench's hand", daemon=True).start()
    house.run_box(sys.argv[1])
