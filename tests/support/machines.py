"""Machines made of folders: what a Pi's /proc, /sys, /etc, /dev and /boot look like.

`PlantedPi` builds a good one; a test then breaks one thing and examines it. What no file can
tell is answered by the planted machine itself (`Asks`).
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from nidra_box.config import Config
from nidra_box.doctor.asks import User
from nidra_box.doctor.examine import examine_machine
from nidra_box.doctor.finding import Finding
from nidra_box.doctor.lines import Line
from nidra_box.doctor.machine import Machine, read_machine

STATE = Path("/var/lib/nidra-box")
GOOD_VERSIONS = {
    "gpiozero": "2.0.1",
    "lgpio": "0.2.2.0",
    "pygame": "2.1.2",
    "numpy": "1.24.2",
    "soundfile": "0.12.1",
    "PyYAML": "6.0",
}
MIXER = """\
Simple mixer control 'Digital',0
  Capabilities: pvolume pswitch
  Playback channels: Front Left - Front Right
  Limits: Playback 0 - 207
  Front Left: Playback 207 [100%] [0.00dB] [on]
  Front Right: Playback 207 [100%] [0.00dB] [on]
"""
GROUPS = "root:x:0:\naudio:x:29:pi\ngpio:x:986:pi\n"
BOX_USER = "nidra-box:x:991:990:Nidra Box:/var/lib/nidra-box:/usr/sbin/nologin\n"
PI = User("pi", False, frozenset({1000, 29, 986}))
ROOT_MOUNT = "/dev/mmcblk0p2 / ext4 rw,noatime 0 0\n"


@dataclass
class PlantedPi:
    """A root folder, and the answers that are in no file."""

    root: Path
    who: User = PI
    labels: dict[str, str] = field(default_factory=dict)
    lines: dict[int, Line] = field(default_factory=dict)
    shut: set[str] = field(default_factory=set)
    free: int | None = 20 << 30
    versions: dict[str, str | None] = field(default_factory=lambda: dict(GOOD_VERSIONS))
    modules: set[str] = field(default_factory=lambda: {"systemd.daemon"})
    mixers: dict[str, str] = field(default_factory=dict)

    # -- planting ---------------------------------------------------------------------

    def put(self, path: str, text: str | bytes = "") -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())

    def remove(self, path: str) -> None:
        (self.root / path).unlink()

    def chip(self, number: int, label: str) -> None:
        self.put(f"dev/gpiochip{number}")
        self.labels[f"gpiochip{number}"] = label

    def pwm(self, number: int, device: str) -> None:
        folder = f"sys/class/pwm/pwmchip{number}"
        self.put(f"{folder}/export")
        (self.root / folder / "device").symlink_to(f"../../../devices/platform/{device}")

    def firmware(self, *lines: str) -> None:
        self.put("boot/firmware/config.txt", "\n".join(lines) + "\n")

    def service(self, *groups: str) -> None:
        """The box is a service's: its user is there, in these groups."""
        self.put("etc/passwd", "pi:x:1000:1000::/home/pi:/bin/sh\n" + BOX_USER)
        numbers = {"audio": 29, "gpio": 986}
        lines = [f"{g}:x:{n}:pi{',nidra-box' * (g in groups)}\n" for g, n in numbers.items()]
        self.put("etc/group", "root:x:0:\nnidra-box:x:990:\n" + "".join(lines))

    def cards(self, *cards: tuple[str, str]) -> None:
        """(name, title) of each sound card; each plays."""
        rows = [
            f"{n:2} [{name:<15}]: {name} - {title}\n                      {title}\n"
            for n, (name, title) in enumerate(cards)
        ]
        self.put("proc/asound/cards", "".join(rows) or "--- no soundcards ---\n")
        for n in range(len(cards)):
            self.put(f"proc/asound/card{n}/pcm0p/info", "")
        self.mixers = {name: MIXER for name, _ in cards}

    # -- examining --------------------------------------------------------------------

    def machine(self, config: Config | None = None) -> Machine:
        return read_machine(config or Config(), STATE, self, self.root)

    def findings(self, config: Config | None = None) -> list[Finding]:
        config = config or Config()
        return examine_machine(self.machine(config), config)

    # -- Asks -------------------------------------------------------------------------

    def user(self) -> User:
        return self.who

    def label(self, device: Path) -> str | None:
        return self.labels.get(device.name)

    def line(self, device: Path, pin: int, contact: bool) -> Line | None:
        assert device.exists()
        return self.lines.get(pin, Line("", False if contact else None))

    def may_write(self, path: Path) -> bool:
        return f"/{os.path.relpath(path, self.root)}" not in self.shut

    def free_bytes(self, path: Path) -> int | None:
        return self.free

    def version(self, package: str) -> str | None:
        return self.versions[package]

    def can_import(self, module: str) -> bool:
        return module in self.modules

    def mixer(self, card: str) -> str | None:
        return self.mixers.get(card)


def _pi(root: Path, model: str, code: int) -> PlantedPi:
    pi = PlantedPi(root)
    pi.put("proc/device-tree/model", f"{model}\0")
    pi.put("proc/device-tree/system/linux,revision", code.to_bytes(4, "big"))
    pi.put("proc/mounts", ROOT_MOUNT)
    pi.put("etc/group", GROUPS)
    pi.put("dev/snd/pcmC0D0p")
    pi.put("run/systemd/timesync/synchronized")
    pi.put("sys/class/hwmon/hwmon1/name", "rpi_volt\n")
    pi.put("sys/class/hwmon/hwmon1/in0_lcrit_alarm", "0\n")
    pi.put("sys/class/thermal/thermal_zone0/temp", "41868\n")
    (root / "var/lib/nidra-box").mkdir(parents=True)
    (root / "run/systemd/system").mkdir()
    return pi


def pi_zero_2_w(root: Path) -> PlantedPi:
    """With a MAX98357A and the two channels of the PWM, all as the README says."""
    pi = _pi(root, "Raspberry Pi Zero 2 W Rev 1.0", 0x902120)
    pi.chip(0, "pinctrl-bcm2835")
    pi.chip(1, "raspberrypi-exp-gpio")
    pi.pwm(0, "3f20c000.pwm")
    pi.firmware(
        "# as it comes",
        "dtparam=audio=off",
        "dtoverlay=max98357a",
        "dtoverlay=pwm-2chan,pin=12,func=4,pin2=13,func2=4",
        "[pi4]",
        "dtoverlay=iqaudio-dacplus",
        "[all]",
    )
    pi.cards(("MAX98357A", "MAX98357A"))
    return pi


def pi_3_b(root: Path) -> PlantedPi:
    """With a USB sound card, and the jack switched off."""
    pi = _pi(root, "Raspberry Pi 3 Model B Rev 1.2", 0xA02082)
    pi.chip(0, "pinctrl-bcm2835")
    pi.pwm(0, "3f20c000.pwm")
    pi.firmware("dtparam=audio=off", "dtoverlay=pwm,pin=12,func=4")
    pi.cards(("Device", "USB Audio Device"))
    return pi


def pi_5(root: Path) -> PlantedPi:
    """With a HiFiBerry DAC+, its header on a chip of a high number, an RTC."""
    pi = _pi(root, "Raspberry Pi 5 Model B Rev 1.0", 0xC04170)
    for number, label in ((10, "gpio-brcmstb@107d508500"), (11, "gpio-brcmstb@107d517c00")):
        pi.chip(number, label)
    pi.chip(15, "pinctrl-rp1")
    pi.pwm(0, "107d517a80.pwm")
    pi.pwm(3, "1f00098000.pwm")
    pi.put("sys/class/rtc/rtc0/name", "rpi-rtc")
    pi.firmware("dtoverlay=hifiberry-dacplus", "dtoverlay=pwm,pin=12,func=4")
    pi.cards(("sndrpihifiberry", "snd_rpi_hifiberry_dacplus"))
    return pi


def laptop(root: Path) -> PlantedPi:
    """Not a Pi at all, but a whole machine."""
    pi = PlantedPi(root)
    pi.put("proc/cpuinfo", "model name\t: A quick one\n")
    pi.put("proc/mounts", ROOT_MOUNT)
    pi.put("etc/group", GROUPS)
    pi.put("run/systemd/timesync/synchronized")
    pi.cards(("PCH", "HDA Intel PCH"))
    pi.versions["lgpio"] = None
    return pi
