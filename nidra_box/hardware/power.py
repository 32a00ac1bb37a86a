"""Under-voltage, as the firmware of a Pi tells the kernel (hwmon, `in0_lcrit_alarm`).

The kernel notifies whoever waits at that file, so a thread waits there and nothing polls.
Not tried on a real Pi: the file, its values and its notification are as the driver
`raspberrypi-hwmon` documents them.
"""

from __future__ import annotations

import select
from collections.abc import Callable
from pathlib import Path

from nidra_box.diary.entries import Entry
from nidra_box.worker import Worker

HWMON = Path("/sys/class/hwmon")
DRIVER = "rpi_volt"


def find_alarm(root: Path = HWMON) -> Path | None:
    """The alarm of this machine; None where there is none (it is no Pi, or an old kernel)."""
    for name in sorted(root.glob("hwmon*/name")):
        alarm = name.with_name("in0_lcrit_alarm")
        try:
            if name.read_text(encoding="ascii").strip() == DRIVER and alarm.exists():
                return alarm
        except (OSError, UnicodeDecodeError):
            continue
    return None


def wait_for_news(descriptor: int) -> bool:
    """Until the kernel says that the file has changed; False to end the watch."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLPRI | select.POLLERR)
    return bool(waiting.poll())


def watch(alarm: Path, tell: Callable[[bool], None], wait: Callable[[int], bool]) -> None:
    """Tell True for every time that the supply sinks too low (or is so from the start), False
    when it is enough again. Returns when `wait` says so, or when the file cannot be read any
    more."""
    was_low = False
    try:
        with alarm.open("rb", buffering=0) as stream:
            while True:
                stream.seek(0)
                is_low = stream.read(8).strip() == b"1"
                if is_low != was_low:
                    tell(is_low)
                was_low = is_low
                if not wait(stream.fileno()):
                    return
    except OSError:
        return


def watch_power(
    tell: Callable[[bool], None], post: Callable[[Entry], None], root: Path = HWMON
) -> None:
    """Watch from a thread of its own for as long as the process lives. `tell` only posts."""
    alarm = find_alarm(root)
    if alarm is not None:
        Worker("power watch", lambda: watch(alarm, tell, wait_for_news), post).start()
