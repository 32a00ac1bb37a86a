"""Files into the guest and out of it: a tar through the command channel."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import tarfile
import threading
from pathlib import Path

from tests.rig.channel import Channel, Failed
from tests.rig.places import RigError

NOT_COPIED = (".git", "__pycache__", ".venv")


def put(channel: Channel, source: Path, target: str) -> None:
    """Copy a file to `target`, or what is in a folder into the folder `target`."""
    if not source.exists():
        raise RigError(f"there is no {source}")
    into = target if source.is_dir() else os.path.dirname(target) or "."
    name = "." if source.is_dir() else os.path.basename(target) or source.name
    reading, writing = os.pipe()

    def pack() -> None:
        with (
            contextlib.suppress(BrokenPipeError),
            open(writing, "wb") as pipe,
            tarfile.open(fileobj=pipe, mode="w|") as archive,
        ):
            archive.add(source, name, filter=_copied)

    packing = threading.Thread(target=pack, daemon=True)
    packing.start()
    said: list[bytes] = []
    unpack = f"mkdir -p {shlex.quote(into)} && tar xf - --no-same-owner -C {shlex.quote(into)}"
    with open(reading, "rb", buffering=0) as pipe:
        code = channel.run(unpack, said.append, said.append, source=pipe)
    packing.join()
    if code:
        raise Failed(f"{channel.name}: {target} was not written\n{b''.join(said).decode()}")


def get(channel: Channel, source: str, folder: Path) -> None:
    """Copy a file or folder of the guest into the folder `folder` (made if it is not there)."""
    folder.mkdir(parents=True, exist_ok=True)
    unpack = ["tar", "xf", "-", "--no-same-owner", "-C", str(folder)]
    pack = ["tar", "cf", "-", "-C", os.path.dirname(source) or "/", os.path.basename(source)]
    said: list[bytes] = []
    with subprocess.Popen(unpack, stdin=subprocess.PIPE) as tar:
        assert tar.stdin is not None
        code = channel.run(pack, tar.stdin.write, said.append)
        tar.stdin.close()
    if code or tar.returncode:
        raise Failed(f"{channel.name}: {source} was not read\n{b''.join(said).decode()}")


def _copied(member: tarfile.TarInfo) -> tarfile.TarInfo | None:
    return None if any(part in NOT_COPIED for part in member.name.split("/")) else member
