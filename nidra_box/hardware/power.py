"""Under-voltage, as a Pi's firmware reports it to the kernel (hwmon, `in0_lcrit_alarm`).

The kernel notifies a thread that waits on that file; nothing polls. Not tried on a real Pi:
the file, its values and its notification are as the driver `raspberrypi-hwmon` documents them.
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
    """The alarm file; None if it is missing (no Pi, or an old kernel)."""
    for name in sorted(root.glob("hwmon*/name")):
        alarm = name.with_name("in0_lcrit_alarm")
        try:
            if name.read_text(encoding="ascii").strip() == DRIVER and alarm.exists():
                return alarm
        except (OSError, UnicodeDecodeError):
            continue
    return None


def wait_for_change(descriptor: int) -> bool:
    """Block until the kernel reports a change of the file; False ends the watch."""
    waiting = select.poll()
    waiting.register(descriptor, select.POLLPRI | select.POLLERR)
    return bool(waiting.poll())


def watch(alarm: Path, report: Callable[[bool], None], wait: Callable[[int], bool]) -> None:
    """Report each under-voltage as True (also one that exists at the start) and its end as False.
    Returns when `wait` returns False or the file can no longer be read."""
    was_low = False
    try:
        with alarm.open("rb", buffering=0) as stream:
            while True:
                stream.seek(0)
                is_low = stream.read(8).strip() == b"1"
                if is_low != was_low:
                    report(is_low)
                was_low = is_low
                if not wait(stream.fileno()):
                    return
    except OSError:
        return


def watch_power(
    report: Callable[[bool], None], post: Callable[[Entry], None], root: Path = HWMON
) -> None:
    """Watch on a thread of its own while the process lives. `report` only posts."""
    alarm = find_alarm(root)
    if alarm is not None:
        Worker("power watch", lambda: watch(alarm, report, wait_for_change), post).start()
