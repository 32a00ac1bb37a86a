"""The Python packages: there, and new enough. Pure."""

from __future__ import annotations

import re

from nidra_box import installed
from nidra_box.doctor.finding import Finding, ok, wrong
from nidra_box.doctor.machine import Machine
from nidra_box.installed import install

LEAST = {
    "gpiozero": "2.0",
    "lgpio": "0.2.2.0",
    "pygame": "2.1.2",
    "numpy": "1.24",
    "soundfile": "0.12",
    "PyYAML": "6.0",
}
_EMPTY_LGPIO = "0.0.0.2"
_APT = {"PyYAML": "yaml"}
_REMOVE = "sudo pip uninstall --break-system-packages"


def packages(machine: Machine) -> list[Finding]:
    """A finding for every package that the box stands on."""
    found = [_package(machine, name, least) for name, least in LEAST.items()]
    if machine.is_pi and machine.runs_systemd:
        found.append(_systemd(machine))
    return found


def _systemd(machine: Machine) -> Finding:
    """The unit is `Type=notify`: without a word from the box systemd ends it after 90 s."""
    if machine.can_tell_systemd:
        return ok("systemd", "can be told that the box is ready")
    return wrong(
        "systemd",
        "systemd.daemon cannot be imported, so the service never counts as started",
        install("python3-systemd", "systemd-python"),
    )


def _package(machine: Machine, name: str, least: str) -> Finding:
    version = machine.versions.get(name)
    mend = install(f"python3-{_APT.get(name, name)}", f"{name}>={least}")
    if name == "lgpio" and version == _EMPTY_LGPIO:
        first = "" if installed.in_own_environment() else f"{_REMOVE} lgpio; "
        return wrong(name, f"{version} of PyPI is an empty package", first + mend)
    if version is None:
        if name == "lgpio" and not machine.is_pi:
            return ok(name, "not installed; only a Pi needs it")
        return wrong(name, "is not installed", mend)
    if version == "":
        return ok(name, "installed, version unknown")
    if _numbers(version) < _numbers(least):
        new = "Raspberry Pi OS Bookworm or later has it" if name == "gpiozero" else mend
        return wrong(name, f"{version} is too old, {least} is needed", new)
    return ok(name, version)


def _numbers(version: str) -> tuple[int, ...]:
    found = [int(n) for n in re.findall(r"\d+", re.split(r"[a-z+~-]", version.lower())[0])]
    while found and found[-1] == 0:
        found.pop()
    return tuple(found)
