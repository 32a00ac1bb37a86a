"""The ports on gpiozero: raw edges from `DigitalInputDevice`, the lamp as `PWMLED`.

Not `Button` and not `RotaryEncoder`: the first polls ten times a second for each instance,
the second counts only full cycles, and the debouncing of both loses presses (PLATFORM).
A callback here is one `put` with the time of the monotonic clock. It must not raise: an
exception ends lgpio's only thread, and no edge would arrive any more.

Each device is opened by itself: a dead lamp must not stop the sound, a dead knob must not
stop the button. gpiozero and lgpio are imported in the constructors only: in a night nothing is
looked for on the disk, where an upgrade may be replacing it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from nidra_box.config import Pins
from nidra_box.hardware.board import ButtonHeld, NoHeader, NotAPi, find_board
from nidra_box.hardware.ports import Edge
from nidra_box.installed import install
from nidra_box.session.hands import BUTTON, KNOB_A, KNOB_B, PUSH

Post = Callable[[Edge], None]


def _device_errors() -> tuple[type[Exception], ...]:
    """The errors of gpiozero, lgpio and the kernel when a device fails."""
    from gpiozero import GPIOZeroError

    lgpio = sys.modules.get("lgpio")
    return (GPIOZeroError, OSError) if lgpio is None else (GPIOZeroError, lgpio.error, OSError)


def open_factory() -> Any:
    """The pin factory: lgpio on the header's chip, or what GPIOZERO_PIN_FACTORY names (`mock`).
    Not gpiozero's default, which may be `native`, without PWM. Raises NotAPi."""
    named = os.environ.get("GPIOZERO_PIN_FACTORY", "")
    if named == "native":
        raise NotAPi("gpiozero's native pins have no PWM; unset GPIOZERO_PIN_FACTORY")
    if named:
        from gpiozero import Device

        Device.ensure_pin_factory()
        return Device.pin_factory
    return _factory_on(find_board(_chip_labels).chip)


def _factory_on(chip: int) -> Any:
    """gpiozero's lgpio pins on this chip. Raises NoHeader if it cannot be opened (yet)."""
    import lgpio
    from gpiozero.pins.lgpio import LGPIOFactory, LGPIOPin

    class HeaderFactory(LGPIOFactory):  # type: ignore[misc]  # gpiozero has no types
        """gpiozero 2.0.1 opens chip 4 on a Pi 5 and 0 on others, whatever `chip` says."""

        def __init__(self) -> None:
            super(LGPIOFactory, self).__init__()
            self._handle = lgpio.gpiochip_open(chip)
            self._chip = chip
            self.pin_class = LGPIOPin

    try:
        return HeaderFactory()
    except lgpio.error as error:
        raise NoHeader(f"/dev/gpiochip{chip} cannot be opened: {error}") from error


def _chip_labels() -> dict[int, str]:
    """Chip number → label of every GPIO chip."""
    try:
        import lgpio
    except ImportError as error:
        fix = install("python3-lgpio", "lgpio>=0.2.2.0")
        raise NotAPi(f"lgpio is not installed: {fix}") from error
    if not hasattr(lgpio, "gpiochip_open"):
        raise NotAPi("lgpio is an empty package of PyPI (0.0.0.2); lgpio >= 0.2.2.0 is needed")
    found: dict[int, str] = {}
    for device in Path("/dev").glob("gpiochip*"):
        number = device.name.removeprefix("gpiochip")
        if not number.isdigit():
            continue
        try:
            handle = lgpio.gpiochip_open(int(number))
        except lgpio.error:
            continue
        _, _, _, label = lgpio.gpio_get_chip_info(handle)
        lgpio.gpiochip_close(handle)
        found[int(number)] = label
    return found


class GpioInputs:
    """The contacts. Every line has a pull-up and closes to ground. Raises ButtonHeld."""

    def __init__(self, factory: Any, pins: Pins, post: Post, now: Callable[[], float]) -> None:
        from gpiozero import DigitalInputDevice

        self._devices: dict[str, Any] = {}
        self._complaints: list[str] = []
        numbers = {
            BUTTON: pins.button,
            PUSH: pins.knob_push,
            KNOB_A: pins.knob_a,
            KNOB_B: pins.knob_b,
        }
        for line, number in numbers.items():
            if number < 0:
                continue
            try:
                device = DigitalInputDevice(number, pull_up=True, pin_factory=factory)
            except _device_errors() as error:
                if line == BUTTON and "busy" in str(error).lower():
                    self.close()
                    raise ButtonHeld(f"GPIO{number} is held by another program") from error
                self._complaints.append(f"the {line} on GPIO{number}: {error}")
                continue
            device.when_activated = _poster(post, now, line, True)
            device.when_deactivated = _poster(post, now, line, False)
            self._devices[line] = device

    def closed(self) -> dict[str, bool]:
        try:
            return {line: bool(device.is_active) for line, device in self._devices.items()}
        except _device_errors() as error:
            raise OSError(5, f"a contact cannot be read any more: {error}") from error

    def is_alive(self) -> bool:
        """Edges arrive through one thread of lgpio, which one exception in a callback ends."""
        thread = getattr(sys.modules.get("lgpio"), "_notify_thread", None)
        return thread is None or thread.is_alive()

    def complaints(self) -> list[str]:
        return list(self._complaints)

    def close(self) -> None:
        for device in self._devices.values():
            device.when_activated = device.when_deactivated = None
            device.close()


def _poster(post: Post, now: Callable[[], float], line: str, closed: bool) -> Callable[[], None]:
    def changed() -> None:
        post(Edge(now(), line, closed))

    return changed


def in_percents(value: float) -> float:
    """A duty (0 to 1) that lgpio's pins round to the right whole percent. They truncate: 0.29
    would become 28 %. Any light gets at least 1 %, or the lamp would stay dark up to L* 9."""
    if value <= 0.0:
        return 0.0
    percent = max(1, round(min(value, 1.0) * 100))
    return min((percent + 0.5) / 100, 1.0)


class GpioLight:
    """One or two LEDs on `PWMLED`. A fallback: lgpio's software PWM, 100 Hz, whole percents."""

    def __init__(self, factory: Any, amber: int, red: int = -1) -> None:
        from gpiozero import PWMLED

        self.name = "the light on gpiozero (software PWM, visible steps)"
        self._coarse = any(kind.__name__ == "LGPIOFactory" for kind in type(factory).__mro__)
        try:
            self._amber = PWMLED(amber, pin_factory=factory)
            self._red = PWMLED(red, pin_factory=factory) if red >= 0 else None
        except _device_errors() as error:
            raise OSError(5, f"the light on GPIO{amber}: {error}") from error

    def write(self, amber: float, red: float) -> None:
        if self._red is None:
            amber = amber + red  # one LED shows every colour
        try:
            self._put(self._amber, amber)
            if self._red is not None:
                self._put(self._red, red)
        except _device_errors() as error:
            raise OSError(5, str(error)) from error

    def _put(self, led: Any, value: float) -> None:
        led.value = in_percents(value) if self._coarse else min(max(value, 0.0), 1.0)

    def close(self) -> None:
        with ExitStack() as both:
            for led in (self._amber, self._red):
                if led is not None:
                    both.callback(led.close)


class NoLight:
    """A box without a lamp, or whose lamp cannot be opened (`reason`): the rest works."""

    def __init__(self, reason: str = "") -> None:
        self.name = f"no light: {reason}" if reason else "no light"

    def write(self, amber: float, red: float) -> None:
        return

    def close(self) -> None:
        return
