"""GPIO lines asked of the kernel itself, without a pin library: the doctor must work where
the library is what is broken, and lgpio leaves a FIFO wherever it is imported.

The numbers and layouts are those of <linux/gpio.h> (GPIO_GET_CHIPINFO and version 2 of the
line calls, kernel 5.10 and later).
"""

from __future__ import annotations

import fcntl
import os
import struct
from dataclasses import dataclass
from pathlib import Path

_CHIP_INFO, _LINE_INFO, _LINE_REQUEST, _GET_VALUES = 0x8044B401, 0xC100B405, 0xC250B407, 0xC010B40E
_USED, _INPUT, _PULL_UP = 1 << 0, 1 << 2, 1 << 8
_FD_AT, _CONSUMER_AT, _FLAGS_AT, _COUNT_AT = 588, 256, 288, 560

OTHER_FUNCTION = "another function of the chip"
"""Used, yet nobody has asked for it as GPIO: the pin is given to PWM, I2C, …"""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the header: who holds it, and whether its contact is closed (pulled up and
    low), None when that was not looked at or cannot be told."""

    user: str = ""
    closed: bool | None = None


def chip_label(device: Path) -> str:
    """The label of /dev/gpiochipN. Raises OSError."""
    with device.open("rb") as chip:
        answer = bytearray(68)
        fcntl.ioctl(chip, _CHIP_INFO, answer)
    return _text(answer[32:64])


def read_line(device: Path, pin: int, contact: bool) -> Line:
    """The line `pin`; a free one that is a `contact` is borrowed for a moment, pulled up, and
    its level read. A line that drives something is never borrowed. Raises OSError."""
    with device.open("rb") as chip:
        answer = bytearray(256)
        struct.pack_into("<I", answer, 64, pin)
        fcntl.ioctl(chip, _LINE_INFO, answer)
        (flags,) = struct.unpack_from("<Q", answer, 72)
        if flags & _USED:
            return Line(_text(answer[32:64]) or OTHER_FUNCTION)
        return Line("", _is_low(chip.fileno(), pin) if contact else None)


def _is_low(chip: int, pin: int) -> bool:
    request = bytearray(592)
    struct.pack_into("<I", request, 0, pin)
    request[_CONSUMER_AT : _CONSUMER_AT + 16] = b"nidra-box doctor"
    struct.pack_into("<Q", request, _FLAGS_AT, _INPUT | _PULL_UP)
    struct.pack_into("<I", request, _COUNT_AT, 1)
    fcntl.ioctl(chip, _LINE_REQUEST, request)
    (line,) = struct.unpack_from("<i", request, _FD_AT)
    try:
        values = bytearray(struct.pack("<QQ", 0, 1))
        fcntl.ioctl(line, _GET_VALUES, values)
    finally:
        os.close(line)
    (bits,) = struct.unpack_from("<Q", values, 0)
    return not bits & 1


def _text(raw: bytes | bytearray) -> str:
    return bytes(raw).split(b"\0")[0].decode("utf-8", errors="replace")
