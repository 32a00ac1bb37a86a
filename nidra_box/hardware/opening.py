"""Opens the pins and the lamp, and waits for them while the machine is still booting."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from nidra_box.config import Config
from nidra_box.hardware.board import NoHeader
from nidra_box.hardware.outputs import NO_PWM, Announce, write_outputs
from nidra_box.hardware.ports import Edge, Inputs, Light
from nidra_box.words import reason_of

log = logging.getLogger("nidra_box")

HEADER_S = 20.0
"""[D] How long to wait at boot for the header's chip and the permissions: seen 2.6 s late on a slow
virtual machine. Well under the 90 s in which systemd expects a service to be ready."""
HEADER_EVERY_S = 0.25


def in_time(open_factory: Callable[[], Any], sleep: Callable[[float], None]) -> Any:
    """Call `open_factory` again while it raises NoHeader, for HEADER_S."""
    for tries in range(round(HEADER_S / HEADER_EVERY_S)):
        try:
            return open_factory()
        except NoHeader as error:
            if tries == 0:
                log.info("%s; waiting for it", error)
        sleep(HEADER_EVERY_S)
    return open_factory()


def open_pins(
    config: Config,
    post: Callable[[Edge], None],
    now: Callable[[], float],
    sleep: Callable[[float], None],
) -> tuple[Inputs, Light]:
    """The contacts and the lamp of this machine. Raises NotAPi, NoHeader after HEADER_S,
    ButtonHeld, and what `sleep` raises."""
    from nidra_box.hardware.gpio import GpioInputs, open_factory

    factory = in_time(open_factory, sleep)
    # Before the inputs, so that gestures do not queue up while the PWM is awaited.
    light = open_light(config, factory, HEADER_S, sleep, write_outputs)
    return GpioInputs(factory, config.pins, post, now), light


def open_light(
    config: Config,
    factory: object,
    patience_s: float = 2.0,
    sleep: Callable[[float], None] = time.sleep,
    announce: Announce = lambda outputs: None,
) -> Light:
    """The lamp: the kernel's PWM (its permissions may be `patience_s` late in total), else
    gpiozero, else a NoLight that names the reasons. Each is announced before it is opened."""
    from nidra_box.hardware.gpio import GpioLight, NoLight
    from nidra_box.hardware.pwm import open_pwm_light

    backend, pins = config.light.backend, config.pins
    second = pins.second_light if config.light.colours == "two" else -1
    tries: list[Callable[[], Light]] = []
    if backend in ("auto", "kernel-pwm"):
        chip = config.light.pwm_chip
        tries.append(
            lambda: open_pwm_light(
                pins.light,
                second,
                chip,
                patience_s=patience_s,
                sleep=sleep,
                announce=announce,
            )
        )
    if backend in ("auto", "gpiozero"):

        def on_gpiozero() -> Light:
            announce({pin: NO_PWM for pin in (pins.light, second) if pin >= 0})
            return GpioLight(factory, pins.light, second)

        tries.append(on_gpiozero)
    announce({})
    reasons: list[str] = []
    if pins.light >= 0:
        for attempt in tries:
            try:
                return attempt()
            except OSError as error:
                reasons.append(reason_of(error))
    return NoLight("; ".join(reasons))
