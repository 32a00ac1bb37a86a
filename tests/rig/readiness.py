"""When is a guest up?"""

from __future__ import annotations

import time

from tests.rig.channel import Channel, Gone, Greeting
from tests.rig.places import RigError, pid_of, run_folder


def wait_until_up(name: str, seconds: float, other_than: str | None = None) -> Greeting:
    """Wait until multi-user.target is reached, in a boot whose id is not `other_than`.

    Raises `RigError` with the end of the serial log where that takes more than `seconds`.
    """
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not pid_of(name):
            log = run_folder(name) / "qemu.log"
            raise RigError(f"{name}: the emulator ended; see {log}")
        try:
            channel = Channel(name, timeout=min(5.0, max(0.1, end - time.monotonic())))
        except Gone:
            time.sleep(0.2)
            continue
        try:
            up = channel.greeting.boot_id != other_than and _ready(channel)
        except Gone:
            up = False
        finally:
            channel.close()
        if up:
            return channel.greeting
        time.sleep(0.2)
    tail = (run_folder(name) / "serial.log").read_text(errors="replace")[-1500:]
    raise RigError(f"{name}: not up within {seconds:.0f} s; the end of its serial log:\n{tail}")


def _ready(channel: Channel) -> bool:
    said: list[bytes] = []
    return channel.run("test -e /run/rig/ready", said.append, said.append, timeout=20) == 0
