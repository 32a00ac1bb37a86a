"""The one `dtoverlay` line of config.txt that brings the kernel's PWM to the lamp. Pure."""

from __future__ import annotations

from collections.abc import Sequence

FUNCTION = {12: 4, 13: 4, 18: 2, 19: 2}
"""BCM pin → the alternate function that is its PWM (BCM2711 peripherals, table 94). No other pin
of the header has one."""


def overlay_line(pins: Sequence[int]) -> str:
    """The line for one pin or two, each a key of FUNCTION."""
    names = [f"pin{n}={pin},func{n}={FUNCTION[pin]}" for n, pin in zip(("", 2), pins, strict=False)]
    return f"dtoverlay={'pwm-2chan' if len(pins) == 2 else 'pwm'},{','.join(names)}"
