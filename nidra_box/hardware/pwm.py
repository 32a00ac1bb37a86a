"""The lamp on the kernel's PWM through sysfs: 1.25 kHz, 8,000 steps, no CPU at all.

The chip is found by its device, because chip numbers change; the channel is exported, its
permissions are awaited (udev sets them later), the period is written before the duty. `root`
replaces /sys/class/pwm in tests.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from nidra_box.hardware.outputs import Announce
from nidra_box.hardware.overlay import FUNCTION, overlay_line

PERIOD_NS = 800_000
"""1.25 kHz: the low-risk limit of IEEE 1789 for full depth; 8,000 steps at the 10 MHz that
the Pi's PWM clock gives."""
PERMISSIONS_WITHIN_S = 2.0
POLL_S = 0.02

CHIP_DEVICES = ("1f00098000.pwm", "20c000.pwm")
"""Pi 5's header PWM by its full name, Pi 0 to 4 by the end of theirs."""

PI5_CHANNELS = {12: 0, 13: 1, 18: 2, 19: 3}
PI_CHANNELS = {12: 0, 18: 0, 13: 1, 19: 1}


def find_chip(root: Path, wanted: str = "") -> Path | None:
    """The pwmchip folder whose device is `wanted` (or one of the Pi's), None without one."""
    for chip in sorted(root.glob("pwmchip*")):
        try:
            device = os.readlink(chip / "device").rsplit("/", 1)[-1]
        except OSError:
            continue
        if device == wanted or (not wanted and device.endswith(CHIP_DEVICES)):
            return chip
    return None


def channel_of(chip: Path, pin: int) -> int:
    """The PWM channel behind a BCM pin of FUNCTION on this chip."""
    device = os.readlink(chip / "device").rsplit("/", 1)[-1]
    table = PI5_CHANNELS if device.startswith("1f00098000") else PI_CHANNELS
    return table[pin]


def _is_read_only(folder: Path) -> bool:
    """Whether systemd's sandbox forbids writing here: waiting would not help."""
    try:
        return bool(os.statvfs(folder).f_flag & os.ST_RDONLY)
    except OSError:
        return False


class _Patience:
    """The total time a lamp may wait for udev to make its files writable; at boot that is late."""

    def __init__(self, seconds: float, sleep: Callable[[float], None]) -> None:
        self._seconds, self._left_s, self._sleep = seconds, seconds, sleep

    def until_writable(self, files: list[Path]) -> None:
        """Wait. Raises OSError when the time is used up, or at once on a read-only folder."""
        where = f"{files[0].parent.name}/{files[0].name}"
        while not all(os.access(file, os.W_OK) for file in files):
            if _is_read_only(files[0].parent):
                raise OSError(30, f"{where} is read-only for this service")
            if self._left_s <= 0.0:
                raise OSError(13, f"no permission to write {where} after {self._seconds:g} seconds")
            self._sleep(POLL_S)
            self._left_s -= POLL_S


class _Channel:
    """One PWM channel, exported and running at duty 0."""

    def __init__(self, chip: Path, number: int, patience: _Patience) -> None:
        self._folder = chip / f"pwm{number}"
        if not self._folder.exists():
            patience.until_writable([chip / "export"])
            (chip / "export").write_text(str(number), encoding="ascii")
        patience.until_writable(
            [self._folder / name for name in ("period", "duty_cycle", "enable")]
        )
        self._put("period", PERIOD_NS)
        self._put("duty_cycle", 0)
        self._put("enable", 1)
        self._duty = os.open(self._folder / "duty_cycle", os.O_WRONLY)

    def _put(self, name: str, value: int) -> None:
        (self._folder / name).write_text(str(value), encoding="ascii")

    def write(self, duty: float) -> None:
        nanoseconds = round(min(max(duty, 0.0), 1.0) * PERIOD_NS)
        os.pwrite(self._duty, b"%d\n" % nanoseconds, 0)

    def close(self) -> None:
        try:
            self.write(0.0)
        finally:
            os.close(self._duty)


class PwmLight:
    """One or two LEDs on kernel PWM channels. Raises OSError if they cannot be opened."""

    name = "the light on the kernel's PWM"

    def __init__(
        self,
        chip: Path,
        amber: int,
        red: int | None = None,
        patience_s: float = PERMISSIONS_WITHIN_S,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        patience = _Patience(patience_s, sleep)
        self._amber = _Channel(chip, amber, patience)
        self._red = None if red is None else _Channel(chip, red, patience)

    def write(self, amber: float, red: float) -> None:
        if self._red is None:
            self._amber.write(amber + red)
            return
        self._amber.write(amber)
        self._red.write(red)

    def close(self) -> None:
        with ExitStack() as both:  # one that fails does not leave the other lit
            for channel in (self._amber, self._red):
                if channel is not None:
                    both.callback(channel.close)


def open_pwm_light(
    pin: int,
    second_pin: int,
    wanted_chip: str = "",
    root: Path = Path("/sys/class/pwm"),
    patience_s: float = PERMISSIONS_WITHIN_S,
    sleep: Callable[[float], None] = time.sleep,
    announce: Announce = lambda outputs: None,
) -> PwmLight:
    """The lamp on the kernel's PWM for these BCM pins, announced before it is opened; its files
    may be `patience_s` late in total. Raises OSError with a hint."""
    pins = [pin, second_pin] if second_pin >= 0 else [pin]
    for each in pins:
        if each not in FUNCTION:
            raise OSError(22, f"GPIO{each} has no hardware PWM; 12, 13, 18 and 19 have")
    chip = find_chip(root, wanted_chip)
    if chip is None:
        raise OSError(2, f"no PWM in the kernel: add {overlay_line(pins)} to config.txt")
    channels = [channel_of(chip, each) for each in pins]
    number = int(chip.name.removeprefix("pwmchip"))
    announce({each: (number, channel) for each, channel in zip(pins, channels, strict=True)})
    return PwmLight(chip, channels[0], (*channels, None)[1], patience_s, sleep)
