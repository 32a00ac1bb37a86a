"""Where the rig keeps things, and which guests run."""

import os
from pathlib import Path

WORK = Path(os.environ.get("RIG_WORK", "/var/tmp/nidra-rig"))
"""Gigabytes, and worth keeping: outside of the project's folder."""

IMAGE = WORK / "base"
"""What `tests/rig/build` makes: a link to a folder with root.img, vmlinuz and initrd.img."""


class RigError(RuntimeError):
    """The rig itself cannot go on; one line for a person."""


def run_folder(name: str) -> Path:
    """Disk, sockets, logs and recording of the guest `name`."""
    return WORK / "run" / name


def pid_of(name: str) -> int | None:
    """The emulator of the guest `name`, if it runs."""
    try:
        pid = int((run_folder(name) / "qemu.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    return pid if f"rig-{name}".encode() in words else None
