"""The intake as a command meets it: the service's own where there is one, else a child process.

On a box `nidra-box-library.service` takes in whatever lies in the library; a command only tells it
to look, and waits for what it writes down. In a clone, or on a laptop, nobody else would do it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nidra_box.cli.common import SERVICE_STATE, Failed, intake_arguments
from nidra_box.cli.common.service_user import as_owner_of
from nidra_box.config import Config
from nidra_box.library.folders import Folders
from nidra_box.words import reason_of

UNIT = "nidra-box-library"
UNIT_FOLDERS = tuple(
    Path(place) / "systemd/system" for place in ("/etc", "/run", "/usr/lib", "/lib")
)
MEMBER = "sudo usermod -aG nidra-box $USER, then log in again"
"""The library and what was taken in are for the service's user and its group."""
LOOKS = "at its next look, within five minutes"


def is_served(folders: Folders, unit_folders: tuple[Path, ...] = UNIT_FOLDERS) -> bool:
    """Whether the service's own intake looks after this library."""
    is_its = folders.state == SERVICE_STATE
    return is_its and any((place / f"{UNIT}.service").exists() for place in unit_folders)


def look_soon(folders: Folders) -> None:
    """Wake the service's intake: the path unit sees that the library was touched. Where we may
    not, it looks by itself every five minutes."""
    with suppress(OSError):
        os.utime(folders.library)


@contextmanager
def changing(place: Path, command: str) -> Iterator[None]:
    """Around what changes something at `place`: with its owner's rights for root, and with one
    line for whoever may not. Raises Failed."""
    try:
        with as_owner_of(place):
            yield
    except PermissionError as error:
        mend = f"sudo nidra-box {command}, or once: {MEMBER}"
        raise Failed(f"{place} may not be changed by you: {mend}") from error
    except OSError as error:
        raise Failed(f"{place}: {reason_of(error)}") from error


class Child:
    """An intake of our own, that ends with the command."""

    def __init__(self, config: Config) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nidra_box.library.intake", *intake_arguments(config)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is ours: we end it
        )

    def is_done(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> str:
        """What it says at its end, if it failed."""
        _, said = self._process.communicate()
        if self._process.returncode == 0:
            return ""
        lines = said.decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"it ended with {self._process.returncode}"

    def close(self) -> None:
        """End it with all that it has started."""
        if self.is_done():
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
        try:
            self._process.wait(5.0)
        except subprocess.TimeoutExpired:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def look_now(config: Config, folders: Folders) -> str:
    """After a change: what happens next, in a sentence. Where nobody else looks, look here."""
    if is_served(folders):
        look_soon(folders)
        return f"the box sees that {LOOKS}, or now: sudo systemctl start {UNIT}"
    child = Child(config)
    try:
        failed = child.wait()
    finally:
        child.close()
    return f"that will be seen later, since the intake failed: {failed}" if failed else ""
