"""States of a running guest: memory and disk, kept in a folder, gone on from in about a second."""

from __future__ import annotations

import hashlib
import os
import shlex
import shutil
import subprocess
import time
from pathlib import Path

from tests.rig import machine
from tests.rig.channel import Channel
from tests.rig.machine import Boot
from tests.rig.monitor import Monitor
from tests.rig.places import WORK, RigError, alone, run_folder
from tests.rig.readiness import wait_until_up

_AT_REST = "systemctl is-system-running --wait; udevadm settle -t 60; sync; sleep 1"
_CARD = "for i in $(seq 300); do grep -q HDA /proc/asound/cards && break; sleep 0.2; done; "
SETTLED = {"hda": _CARD + _AT_REST, "usb": _AT_REST, "none": _AT_REST}
"""multi-user.target comes before the sound card where the machine is slow."""


def folder_of(tag: str) -> Path:
    return WORK / "saved" / tag


def save(name: str, folder: Path) -> None:
    """Keep memory and disk of the running guest `name` in `folder`; the guest ends."""
    boot = Boot.noted(run_folder(name))
    if boot.power:
        raise RigError(f"{name} has a lossy disk: only guests without it can be saved")
    channel = Channel(name)
    said: list[bytes] = []
    code = channel.run(
        "systemctl stop host.mount && ! grep -q ' /host 9p ' /proc/mounts && sync",
        said.append,
        said.append,
        timeout=60,
        slower=boot.options.slower,
    )
    channel.close()
    if code:
        raise RigError(f"{name}: /host is in use in the guest: {b''.join(said).decode()}")
    new = folder.with_name(folder.name + ".new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    with Monitor(name) as monitor:
        if "usbaudio" in monitor.line("info usb"):
            monitor.line("device_del usbaudio")
            time.sleep(1)  # the guest's kernel lets go of it
        monitor.command("stop")
        monitor.command("migrate-set-parameters", max_bandwidth=1 << 40)
        monitor.command("migrate", uri=f"exec:cat > {shlex.quote(str(new / 'state'))}")
        while (status := monitor.command("query-migrate").get("status")) != "completed":
            if status in ("failed", "cancelled"):
                monitor.command("cont")
                raise RigError(f"{name}: its state could not be saved")
            time.sleep(0.05)
        monitor.command("quit")
    machine.ended(name, 10.0)
    (run_folder(name) / "disk.qcow2").replace(new / "disk.qcow2")
    boot.note(new)
    shutil.rmtree(folder, ignore_errors=True)
    new.rename(folder)


def warm(boot: Boot) -> Path:
    """The saved state of a just booted, idle guest; made at first use (about 20 s)."""
    version = subprocess.run(
        [machine.EMULATOR, "--version"], capture_output=True, text=True, check=True
    ).stdout.splitlines()[0]
    facts = [version, *machine.command("", Boot(boot.base, boot.options), None, usb_plugged=False)]
    key = hashlib.sha256("\n".join(facts).encode()).hexdigest()[:10]
    folder = Path(boot.base) / f"warm-{key}"
    with alone(folder.name):
        if not (folder / "state").exists():
            _make_warm(boot, folder)
    return folder


def _make_warm(boot: Boot, folder: Path) -> None:
    name = f"{folder.name}-{os.getpid()}"
    cold = Boot(boot.base, boot.options)
    try:
        machine.new_disk(run_folder(name), cold, None)
        machine.start(name, cold, template=True)
        wait_until_up(name, 300 * boot.options.slower)
        channel = Channel(name)
        settled, slower = SETTLED[boot.options.sound], boot.options.slower
        channel.run(settled, print_nothing, print_nothing, timeout=180, slower=slower)
        channel.close()
        save(name, folder)
    finally:
        machine.kill(name)
        shutil.rmtree(run_folder(name), ignore_errors=True)


def print_nothing(_: bytes) -> None:
    """What a command says that nobody asks for."""
