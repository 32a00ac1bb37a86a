"""Whether a box runs (its lock), and how it stands (its status file), for other processes.

The lock is `flock` on a file: it goes with the process, however that ends. The status file lies
in the runtime folder, is replaced whole without fsync, and its time is the box's last beat.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import logging
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.supervisor import BEATS_PER_WATCHDOG, find_supervisor
from nidra_box.documents.untrusted import parse_object
from nidra_box.files import no_link, read_file, write_whole
from nidra_box.words import reason_of

log = logging.getLogger("nidra_box")

STATUS, LOCK = "status.json", "box.lock"
PLAYING = "playing"
"""There while a session runs and for a minute after: the units of systemd/ look for it, too."""
FORMAT = "nidra-box-status/1"
MODE = 0o640
SERVICE_RUNTIME = Path("/run/nidra-box")
TRIES, TRY_EVERY_S = 5, 0.05
"""Whoever only asks holds the lock for an instant."""


class AlreadyRunning(Exception):
    """Another process is this box."""


class NoBox(Exception):
    """No box is running, or it gives no sign of life."""


class MayNotAsk(NoBox):
    """There is a box, but its file is for others."""


def runtime_folder() -> Path | None:
    """The service's RuntimeDirectory, else the user's; None where there is neither."""
    given = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    return Path(given) if given else Path(own) / "nidra-box" if own else None


def claim(folder: Path) -> IO[str]:
    """Be the box of this folder until the returned file is closed, or the process ends however
    it may. Raises AlreadyRunning, and OSError when the folder cannot be written to."""
    folder.mkdir(parents=True, exist_ok=True)
    held = open(folder / LOCK, "w", encoding="ascii", opener=no_link)  # noqa: SIM115
    for _ in range(TRIES):
        with contextlib.suppress(BlockingIOError):
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            os.fchmod(held.fileno(), MODE)
            return held
        time.sleep(TRY_EVERY_S)
    held.close()
    raise AlreadyRunning(f"another box is already running ({folder / LOCK} is locked)")


def is_claimed(folder: Path) -> bool:
    """Whether a box runs on this folder. Raises PermissionError if nobody may tell us."""
    try:
        with open(folder / LOCK, encoding="ascii") as held:
            fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


@contextlib.contextmanager
def present(state: Path, clock: SystemClock) -> Iterator[Callable[[dict[str, Any] | None], None]]:
    """Be the only box of this state folder, and of the runtime folder if there is one; gives what
    publishes how it stands. A second box of a user, on another state folder, publishes nothing.
    Raises AlreadyRunning."""
    runtime = runtime_folder()
    with contextlib.ExitStack() as held:
        for folder in dict.fromkeys([state, runtime or state]):
            try:
                held.enter_context(claim(folder))
            except OSError as error:
                log.warning("no other box can be kept from %s: %s", folder, reason_of(error))
            except AlreadyRunning:
                if folder == state or "RUNTIME_DIRECTORY" in os.environ:
                    raise
                runtime = None
        if runtime is None:
            yield lambda status: None
            return
        beat_s = find_supervisor().beat_every_s(running=False)
        status = StatusFile(runtime, 1.0 / clock.real_s(1.0), clock.boot(), beat_s)
        status.close()  # what a box left that was killed says nothing of this one
        try:
            yield status.publish
        finally:
            status.close()


def hush(hushed: bool) -> None:
    """Write down in the runtime folder that a session runs, or runs no more. Owner's thread;
    does not raise."""
    folder = runtime_folder()
    if folder is None:
        return
    with contextlib.suppress(OSError):  # a session plays, whoever works beside it
        if hushed:
            with open(folder / PLAYING, "wb", opener=no_link):
                return
        (folder / PLAYING).unlink()


def is_hushed() -> bool:
    """Whether a session runs on this machine, or did a minute ago. What a box left that was killed
    does not count: its lock is free."""
    for folder in (runtime_folder(), SERVICE_RUNTIME):
        with contextlib.suppress(OSError):
            if folder is not None and (folder / PLAYING).exists() and is_claimed(folder):
                return True
    return False


class StatusFile:
    """`status.json` of a running box. Owner's thread; nothing here raises."""

    def __init__(self, folder: Path, speed: float, boot: str, beat_s: float | None) -> None:
        self._path = folder / STATUS
        self._stamp = {"format": FORMAT, "boot": boot, "speed": speed, "beat_s": beat_s}

    def publish(self, status: dict[str, Any] | None) -> None:
        """Replace it by how the box stands now; without anything new only its time."""
        with contextlib.suppress(OSError):  # a box that cannot be asked plays all the same
            if status is None:
                os.utime(self._path)
                return
            found = self._stamp | {"at_s": round(time.monotonic(), 3)} | status
            write_whole(self._path, json.dumps(found), lasting=False, mode=MODE)

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._path.unlink()


def ask(
    folders: list[Path], boot: str, now: Callable[[], float] = time.monotonic
) -> dict[str, Any]:
    """How the first box that runs on one of `folders` stands now: its position and timer have
    run on since it wrote them. Raises NoBox, or MayNotAsk naming the file."""
    for folder in folders:
        path = folder / STATUS
        try:
            if not is_claimed(folder):
                continue
            found = parse_object(read_file(path))
            age_s = time.time() - path.stat().st_mtime
        except PermissionError as error:
            raise MayNotAsk(f"{path} may not be read by you") from error
        except (OSError, ValueError) as error:
            raise NoBox(f"the box is running, but {path} does not say how it stands") from error
        beat_s = found.pop("beat_s", None)
        if found.get("format") != FORMAT:
            raise NoBox(f"{path} is not {FORMAT}")
        if isinstance(beat_s, int | float) and age_s > BEATS_PER_WATCHDOG * beat_s:
            raise NoBox(f"the box is running, but gives no sign of life for {age_s:.0f} s")
        return by_now(found, boot, now())
    raise NoBox("no box is running")


def ask_this_machine() -> dict[str, Any]:
    """Likewise of the box of whoever asks, or the service's."""
    folders = [folder for folder in (runtime_folder(), SERVICE_RUNTIME) if folder is not None]
    return ask(list(dict.fromkeys(folders)), SystemClock().boot())


def by_now(found: dict[str, Any], boot: str, now: float) -> dict[str, Any]:
    """What runs has run on since."""
    at_s, speed, written_in = (found.pop(name, None) for name in ("at_s", "speed", "boot"))
    runs = found.get("phase") in ("playing", "winding down")
    numbers = isinstance(at_s, int | float) and isinstance(speed, int | float)
    if not runs or not numbers or written_in != boot:
        return found
    passed_s = max(0.0, now - at_s) * speed
    position_s, left_s = found.get("position_s"), found.get("timer_left_s")
    if isinstance(position_s, int | float) and isinstance(found.get("duration_s"), int | float):
        found["position_s"] = round(min(position_s + passed_s, found["duration_s"]), 1)
    if isinstance(left_s, int | float):
        found["timer_left_s"] = round(max(left_s - passed_s, 0.0), 1)
    return found
