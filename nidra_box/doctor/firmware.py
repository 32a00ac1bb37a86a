"""config.txt, as far as pins and sound are concerned: overlays, parameters, pins set. Pure.

Sections of other boards are left out. `dtparam=` after an overlay belongs to it, unless it
is one of the board's own (audio, i2c_arm, …).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

BASE_PARAMETERS = frozenset(
    {"audio", "i2c", "i2c_arm", "i2c1", "i2c_arm_baudrate", "i2s", "spi", "uart0"}
    | {"act_led_gpio", "act_led_trigger", "act_led_activelow", "pwr_led_trigger"}
)
_MODEL = re.compile(r"pi\d.*|cm\d.*|board-type=.*")
ON = ("on", "yes", "true", "1", "")


@dataclass(frozen=True, slots=True)
class Overlay:
    """`dtoverlay=name,key=value,…`; a bare key has an empty value."""

    name: str
    parameters: dict[str, str]

    def number(self, key: str, default: int) -> int:
        try:
            return int(self.parameters.get(key, ""), 0)
        except ValueError:
            return default


@dataclass(slots=True)
class Firmware:
    """What config.txt asks for on this board; `pins` are the numbers of its `gpio=` lines."""

    overlays: list[Overlay] = field(default_factory=list)
    parameters: dict[str, str] = field(default_factory=dict)
    pins: set[int] = field(default_factory=set)

    def is_on(self, parameter: str) -> bool:
        value = self.parameters.get(parameter)
        return value is not None and value.lower() in ON


def parse_firmware(text: str, sections: frozenset[str]) -> Firmware:
    """`sections` are the names that hold for this board (`pi3`, `pi02`, …)."""
    found = Firmware()
    holds = True
    for raw in text.splitlines():
        line = raw.split("#")[0].strip()
        if line.startswith("[") and line.endswith("]"):
            holds = _holds(line[1:-1].strip().lower(), sections, holds)
            continue
        key, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not holds:
            continue
        if key in ("dtoverlay", "device_tree_overlay"):
            name, *words = re.split(r"[,:]", value)
            found.overlays.append(Overlay(name.strip(), _pairs(words)))
        elif key in ("dtparam", "device_tree_param"):
            _parameters(found, _pairs(value.split(",")))
        elif key == "gpio":
            found.pins |= _numbers(value.split("=")[0])
        elif key == "enable_uart":
            found.parameters["uart0"] = value
    found.overlays = [overlay for overlay in found.overlays if overlay.name]
    return found


def _holds(section: str, sections: frozenset[str], before: bool) -> bool:
    if section == "all":
        return True
    if section == "none":
        return False
    return section in sections if _MODEL.fullmatch(section) else before


def _parameters(found: Firmware, pairs: dict[str, str]) -> None:
    for key, value in pairs.items():
        if key in BASE_PARAMETERS or not (found.overlays and found.overlays[-1].name):
            found.parameters[key] = value
        else:
            found.overlays[-1].parameters[key] = value


def _pairs(words: list[str]) -> dict[str, str]:
    pairs = {}
    for word in words:
        key, _, value = word.partition("=")
        if key.strip():
            pairs[key.strip()] = value.strip()
    return pairs


def _numbers(text: str) -> set[int]:
    """`25`, `5,6` or `20-22`."""
    found: set[int] = set()
    for part in text.split(","):
        ends = re.fullmatch(r"\s*(\d{1,2})(?:-(\d{1,2}))?\s*", part)
        if ends:
            found |= set(range(int(ends[1]), int(ends[2] or ends[1]) + 1))
    return found
