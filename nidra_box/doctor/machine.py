"""This machine, read once: everything that the findings judge, as plain values.

`root` stands for `/`, so that a folder which looks like /proc, /sys, /etc and /dev can play
its part; `asks` answers the rest. Nothing here raises: what cannot be read is None or empty.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from nidra_box.config import Config
from nidra_box.doctor.asks import Asks, User
from nidra_box.doctor.firmware import Firmware, parse_firmware
from nidra_box.doctor.lines import Line
from nidra_box.hardware.board import Board, NotAPi, find_board, revision
from nidra_box.sound.card.choose import SoundCard, read_cards, set_up_by_hand

PACKAGES = ("gpiozero", "lgpio", "pygame", "numpy", "soundfile", "PyYAML")
SERVICE = "nidra-box"
"""The user that runs the box, as in systemd/nidra-box.sysusers."""
FIRMWARE_FILES = ("boot/firmware/config.txt", "boot/config.txt")
_BCM2711, _BCM2712 = 3, 4


@dataclass(frozen=True, slots=True)
class PwmChip:
    """/sys/class/pwm/pwmchipN and the device behind it."""

    name: str
    device: str


@dataclass(frozen=True, slots=True)
class Machine:
    """A snapshot. Paths are as the box names them, without the root."""

    model: str
    revision: int | None
    board: Board | None
    hat: str
    firmware: Firmware | None
    firmware_file: str
    lines: dict[int, Line | None]
    pwm_chips: tuple[PwmChip, ...]
    cards: tuple[SoundCard, ...] | None
    mixers: dict[str, str | None]
    alsa_by_hand: str
    """What of a person's own making decides ALSA's default card, or nothing."""
    user: User
    """Who asks."""
    service: User | None
    """Whose box it is, where that is not who asks (nor root, who may do everything)."""
    groups: dict[str, tuple[int, frozenset[str]]] | None
    """Group → its number and the users that /etc/group names."""
    devices: dict[str, bool]
    """Device or file that the box opens → whether we may."""
    mounts: tuple[tuple[str, str, frozenset[str]], ...] | None
    """(where, type, options)."""
    state: Path
    state_writable: bool
    free_bytes: int | None
    has_rtc: bool
    is_synchronised: bool
    under_voltage: bool | None
    celsius: float | None
    versions: dict[str, str | None]
    runs_systemd: bool
    can_tell_systemd: bool
    """Whether python3-systemd is there, through which the service says that it is ready."""

    @property
    def is_pi(self) -> bool:
        return self.revision is not None

    @property
    def is_pi_5(self) -> bool:
        """Its own PWM, whose overlay needs no function."""
        return self.revision is not None and processor(self.revision) == _BCM2712

    @property
    def shares_pwm_with_jack(self) -> bool:
        """Pi 0 to 3: one PWM block for the headphones and for GPIO12, 13, 18 and 19."""
        return self.revision is not None and processor(self.revision) < _BCM2711


def processor(code: int) -> int:
    """0 BCM2835, 1 BCM2836, 2 BCM2837, 3 BCM2711, 4 BCM2712, by a revision code."""
    return code >> 12 & 0xF if code & 1 << 23 else 0


def sections_of(model: str, code: int | None) -> frozenset[str]:
    """The conditional sections of config.txt that hold for this board."""
    if code is None:
        return frozenset()
    name = model.lower()
    chip = processor(code)
    found = {_BCM2711: {"pi4"}, _BCM2712: {"pi5"}}.get(chip, set())
    if "zero 2" in name:
        found = {"pi02", "pi3"}
    elif "zero" in name:
        found = {"pi0", "pi0w", "pi1"}
    elif chip < _BCM2711:
        found = {"pi3", "pi3+"} if "pi 3" in name else {"pi2"} if "pi 2" in name else {"pi1"}
    return frozenset({*found, f"board-type=0x{code >> 4 & 0xFF:x}"})


def read_machine(config: Config, state: Path, asks: Asks, root: Path = Path("/")) -> Machine:
    """The machine under `root` as it stands now."""
    code = revision(root)
    model = _text(root / "proc/device-tree/model")
    board = _board(asks, root)
    firmware, firmware_file = _firmware(root, sections_of(model, code))
    cards = read_cards(root)
    user, groups = asks.user(), _groups(_maybe(root / "etc/group"))
    under_voltage = [
        _text(folder / "in0_lcrit_alarm")
        for folder in _children(root / "sys/class/hwmon")
        if _text(folder / "name") == "rpi_volt"
    ]
    heat = _text(root / "sys/class/thermal/thermal_zone0/temp")
    return Machine(
        model=model,
        revision=code,
        board=board,
        hat=_text(root / "proc/device-tree/hat/product"),
        firmware=firmware,
        firmware_file=firmware_file,
        lines=_lines(config, board, asks, root),
        pwm_chips=tuple(
            PwmChip(folder.name, _link(folder / "device"))
            for folder in _children(root / "sys/class/pwm")
        ),
        cards=cards,
        mixers={card.name: asks.mixer(card.name) for card in cards or ()},
        alsa_by_hand=set_up_by_hand(root, {}),
        user=user,
        service=_service(user, groups or {}, _maybe(root / "etc/passwd") or ""),
        groups=groups,
        devices=_devices(asks, root),
        mounts=_mounts(_maybe(root / "proc/mounts")),
        state=state,
        state_writable=asks.may_write(_standing(_under(root, state))),
        free_bytes=asks.free_bytes(_standing(_under(root, state))),
        has_rtc=bool(_children(root / "sys/class/rtc")),
        is_synchronised=(root / "run/systemd/timesync/synchronized").exists(),
        under_voltage=under_voltage[0] == "1" if under_voltage and under_voltage[0] else None,
        celsius=int(heat) / 1000.0 if heat.lstrip("-").isdigit() else None,
        versions={package: asks.version(package) for package in PACKAGES},
        runs_systemd=(root / "run/systemd/system").is_dir(),
        can_tell_systemd=asks.can_import("systemd.daemon"),
    )


def _board(asks: Asks, root: Path) -> Board | None:
    def labels() -> dict[int, str]:
        found = {}
        for device in _children(root / "dev", "gpiochip"):
            number, label = device.name.removeprefix("gpiochip"), asks.label(device)
            if number.isdigit() and label is not None:
                found[int(number)] = label
        return found

    try:
        return find_board(labels, root)
    except NotAPi:
        return None


def _firmware(root: Path, sections: frozenset[str]) -> tuple[Firmware | None, str]:
    for name in FIRMWARE_FILES:
        text = _maybe(root / name)
        if text is not None:
            return parse_firmware(text, sections), f"/{name}"
    return None, f"/{FIRMWARE_FILES[0]}"


def _lines(config: Config, board: Board | None, asks: Asks, root: Path) -> dict[int, Line | None]:
    if board is None:
        return {}
    pins, device = config.pins, root / f"dev/gpiochip{board.chip}"
    contacts = {pins.knob_a, pins.knob_b, pins.button, pins.knob_push}
    wanted = {pin for pin in (*contacts, pins.light, pins.second_light) if pin >= 0}
    return {pin: asks.line(device, pin, pin in contacts) for pin in sorted(wanted)}


def _devices(asks: Asks, root: Path) -> dict[str, bool]:
    found = [
        *_children(root / "dev", "gpiochip"),
        *(device for device in _children(root / "dev/snd", "pcm") if device.name.endswith("p")),
        *(chip / "export" for chip in _children(root / "sys/class/pwm", "pwmchip")),
    ]
    return {f"/{path.relative_to(root)}": asks.may_write(path) for path in found}


def _groups(text: str | None) -> dict[str, tuple[int, frozenset[str]]] | None:
    if text is None:
        return None
    found = {}
    for line in text.splitlines():
        parts = line.split(":")
        if len(parts) == 4 and parts[2].isdigit():
            members = frozenset(name for name in parts[3].split(",") if name)
            found[parts[0]] = int(parts[2]), members
    return found


def _service(user: User, groups: dict[str, tuple[int, frozenset[str]]], passwd: str) -> User | None:
    if user.is_root or user.name == SERVICE:
        return None
    for line in passwd.splitlines():
        parts = line.split(":")
        if len(parts) == 7 and parts[0] == SERVICE and parts[3].isdigit():
            member = {number for number, names in groups.values() if SERVICE in names}
            return User(SERVICE, False, frozenset({*member, int(parts[3])}))
    return None


def _mounts(text: str | None) -> tuple[tuple[str, str, frozenset[str]], ...] | None:
    if text is None:
        return None
    rows = [line.split() for line in text.splitlines()]
    return tuple((r[1], r[2], frozenset(r[3].split(","))) for r in rows if len(r) >= 4)


def _under(root: Path, path: Path) -> Path:
    return root / path.relative_to(path.anchor) if path.is_absolute() else path


def _standing(path: Path) -> Path:
    """`path`, or the nearest folder above it that exists."""
    return next((p for p in (path, *path.parents) if os.path.lexists(p)), path)


def _children(folder: Path, prefix: str = "") -> list[Path]:
    try:
        return sorted(path for path in folder.iterdir() if path.name.startswith(prefix))
    except OSError:
        return []


def _link(path: Path) -> str:
    try:
        return path.readlink().name
    except OSError:
        return ""


def _maybe(path: Path) -> str | None:
    try:
        return path.read_bytes().decode("utf-8", errors="replace")
    except OSError:
        return None


def _text(path: Path) -> str:
    return (_maybe(path) or "").strip("\0 \t\r\n")
