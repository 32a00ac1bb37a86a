"""Where the rig keeps things, and which guests run."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WORK = Path(os.environ.get("RIG_WORK", "/var/tmp/nidra-rig"))
"""Gigabytes, and worth keeping: outside of the project's folder."""

IMAGE = WORK / "base"
"""What `tests/rig/build` makes: a link to a folder with root.img, vmlinuz and initrd.img."""


class RigError(RuntimeError):
    """The rig itself cannot go on; one line for a person."""


@contextmanager
def alone(making: str) -> Iterator[None]:
    """One process at a time makes what is kept under the name `making`; others wait for it."""
    WORK.mkdir(parents=True, exist_ok=True)
    with (WORK / f"{making}.lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def run_folder(name: str) -> Path:
    """Disk, sockets, logs and recording of the guest `name`."""
    return WORK / "run" / name


def pid_of(name: str) -> int | None:
    """The emulator of the guest `name`, if it runs: until its files are closed, which a process
    that ends does after it has forgotten its command line."""
    try:
        pid = int((run_folder(name) / "qemu.pid").read_text())
        words = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
        comm, _, rest = Path(f"/proc/{pid}/stat").read_text().partition(") ")
    except (OSError, ValueError):
        return None
    ending = words == [b""] and "(qemu-" in comm and rest[0] not in "ZX"
    return pid if f"rig-{name}".encode() in words or ending else None
