"""The intake as a command meets it: the service's own where there is one, else a child process.

On a box `nidra-box-library.service` takes in whatever lies in the library; a command only tells it
to look, and waits for what it writes down. In a clone, or on a laptop, nobody else would do it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nidra_box.appliance.presence import is_hushed
from nidra_box.cli.common import MEMBER, SERVICE_STATE, Failed, intake_arguments
from nidra_box.cli.common.service_user import as_owner_of
from nidra_box.config import Config
from nidra_box.library.folders import Folders
from nidra_box.library.record import ITEMS, Item, read_items
from nidra_box.words import printable, reason_of

UNIT = "nidra-box-library"
UNIT_FOLDERS = tuple(
    Path(place) / "systemd/system" for place in ("/etc", "/run", "/usr/lib", "/lib")
)
CLOSING_S = 5.0
LOOK_EVERY_S = 0.25
NOBODY_S = 180.0
"""A file must lie still for 20 s; after that something changes at least every few seconds."""
SOON = f"the box sees that in a moment; if not, within five minutes (sudo systemctl start {UNIT})"
AFTER_NIGHT = "a night is playing: the box sees that a minute after its end"


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

    def __init__(self, config: Config, *options: str) -> None:
        self._said = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `close`)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "nidra_box.library.intake", *intake_arguments(config), *options],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=self._said,
            start_new_session=True,  # Ctrl-C is ours: we end it
        )

    def is_done(self) -> bool:
        return self._process.poll() is not None

    def wait(self) -> str:
        """What it says at its end, if it failed."""
        if self._process.wait() == 0:
            return ""
        self._said.seek(0)
        lines = self._said.read().decode("utf-8", "replace").strip().splitlines()
        return lines[-1] if lines else f"it ended with {self._process.returncode}"

    def close(self) -> None:
        """End it with all that it has started."""
        if not self.is_done():
            self._signal(signal.SIGTERM)
            try:
                self._process.wait(CLOSING_S)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)
                self._process.wait()
        self._said.close()

    def _signal(self, which: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, which)


def watched(config: Config, folders: Folders, names: set[str], fresh: set[str]) -> Iterator[Item]:
    """What becomes of these files of the library: each that is being taken in, again and again,
    and each once when it is ready or refused; of `fresh` ones, which were copied just now, nothing
    counts that was written before. Where nobody else takes them in, a child does. Ends when
    nothing is left to wait for. Raises Failed where nobody takes them in."""
    was = _written_at(folders)
    whole = [f"--now={name}" for name in sorted(fresh)]
    child = None if is_served(folders) else Child(config, *whole)
    left, before, still_at = set(names), was, time.monotonic()
    try:
        while left:
            ended = child is not None and child.is_done()
            written = _written_at(folders)
            for item in _items(folders):
                if item.name not in left or (item.name in fresh and written == was and not ended):
                    continue
                if item.state in ("ready", "refused"):
                    left.discard(item.name)
                if item.state != "waiting":
                    yield item
            if ended and left:
                raise Failed(f"{printable(min(left))} was not taken in: {_why(child)}")
            if written != before:
                before, still_at = written, time.monotonic()
            elif child is None and time.monotonic() - still_at > NOBODY_S:
                raise Failed(f"nobody takes it in: sudo systemctl status {UNIT}")
            if left:
                time.sleep(LOOK_EVERY_S)
    finally:
        if child is not None:
            child.close()


def _items(folders: Folders) -> tuple[Item, ...]:
    """None while they cannot be read: the next look may see them."""
    try:
        return read_items(folders.recordings)
    except (OSError, ValueError):
        return ()


def _written_at(folders: Folders) -> int:
    """When the intake last wrote down what becomes of the library; 0 for never."""
    try:
        return (folders.recordings / ITEMS).stat().st_mtime_ns
    except OSError:
        return 0


def _why(child: Child | None) -> str:
    return (child.wait() if child is not None else "") or "nobody said why"


def look_now(config: Config, folders: Folders) -> str:
    """After a change: what happens next, in a sentence. Where nobody else looks, look here."""
    if is_served(folders):
        look_soon(folders)
        return AFTER_NIGHT if is_hushed() else SOON
    try:
        child = Child(config, "--only-plan")
    except OSError as error:
        return f"the intake cannot be started: {reason_of(error)}"
    try:
        failed = child.wait()
    finally:
        child.close()
    return f"that will be seen later, since the intake failed: {failed}" if failed else ""
