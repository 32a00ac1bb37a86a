"""What several commands share: talking, progress, finding the configuration, times.

Light to load (no numpy), for the sake of `status`. What can be played is in `playable`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, NoReturn, TextIO

from nidra_box.cli.common.leaving import styled
from nidra_box.config import Config, read_config
from nidra_box.documents.fields import parse_duration
from nidra_box.documents.node import DocumentError
from nidra_box.library.folders import Folders
from nidra_box.words import printable, reason_of

FAILED, USAGE, MISCONFIGURED = 1, 2, 78
SYSTEM_CONFIG = Path("/etc/nidra-box/nidra-box.yaml")
SERVICE_STATE = Path("/var/lib/nidra-box")
SERVICE_CACHE = Path("/var/cache/nidra-box")
MEMBER = "sudo usermod -aG nidra-box $USER, then log in again"
"""Status, nights and the library are for the service's user and its group."""
BUSY = "sudo systemctl stop nidra-box, and sudo systemctl start nidra-box afterwards"
"""The mend where the running box holds what a command wants to try."""


class Failed(Exception):
    """A command that cannot be done, in one line for a person."""

    def __init__(self, message: str, code: int = FAILED) -> None:
        super().__init__(message)
        self.code = code


def is_expected(error: Exception) -> bool:
    """Whether it says all there is to know, and is no bug."""
    return isinstance(error, DocumentError | Failed)


def last_words(error: Exception, where: str) -> tuple[list[str], int]:
    """Why a command ends, in lines for a person, and its exit code. `where` says how to find the
    place of a bug."""
    if isinstance(error, DocumentError):
        return [str(problem) for problem in error.problems], MISCONFIGURED
    if isinstance(error, Failed):
        return [str(error)], error.code
    if isinstance(error, OSError) and error.filename is not None:
        return [f"{os.fsdecode(error.filename)}: {reason_of(error)}"], FAILED
    if isinstance(error, OSError):
        return [f"{reason_of(error)} ({where})"], FAILED
    return [f"{type(error).__name__}: {error} ({where})"], FAILED


def leave(code: int) -> NoReturn:
    """End the process. Python's own way out closes the mixer, and that never returns while the
    card stands still: once the mixer was loaded that way is not taken."""
    if "pygame.mixer" not in sys.modules:
        sys.exit(code)
    try:
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def print_json(name: str, fields: Mapping[str, Any]) -> None:
    """What `--json` prints, for every command alike. A field without a value is null, or an empty
    list; none is left out."""
    print(json.dumps({"format": f"nidra-box-{name}/1", **fields}, indent=1))


def say(text: str) -> None:
    """Talk, on stderr."""
    print(text, file=sys.stderr, flush=True)


def can_draw(stream: TextIO) -> bool:
    """Whether it is a terminal that can do more than write lines."""
    return stream.isatty() and os.environ.get("TERM") != "dumb"


def can_colour(stream: TextIO) -> bool:
    return can_draw(stream) and not os.environ.get("NO_COLOR")


class Progress:
    """A bar on stderr when a terminal is there; nothing otherwise."""

    WIDTH = 32

    def __init__(self, label: str) -> None:
        self.label = label
        self._shown = can_draw(sys.stderr)
        self._last = -1

    def __call__(self, share: float, text: str = "") -> None:
        permille = int(min(max(share, 0.0), 1.0) * 1000)
        if not self._shown or (permille == self._last and not text):
            return
        self._last = permille
        full = permille * self.WIDTH // 1000
        bar = "█" * full + "·" * (self.WIDTH - full)
        words = printable(f"{self.label} {bar} {permille / 10:5.1f} % {text}")
        styled(f"\r\x1b[K{words}", sys.stderr)

    def done(self) -> None:
        if self._shown:
            styled("\r\x1b[K", sys.stderr)


def add_config_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"settings (default: {SYSTEM_CONFIG} if it is there, else the defaults)",
    )


def add_force_option(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--force", action="store_true", help="replace what is there already")


def may_write(force: bool, *paths: Path) -> None:
    """No command replaces what is there unless it is told to, and never a folder or a device.
    Raises Failed."""
    for path in paths:
        if path.exists() and not path.is_file():
            raise Failed(f"{path} is no ordinary file")
        if os.path.lexists(path) and not force:
            raise Failed(f"{path} is there already; --force replaces it")


def config_of(arguments: Any) -> tuple[Config, Path | None]:
    """The configuration to use and its file. Raises DocumentError."""
    path: Path | None = arguments.config
    if path is None and SYSTEM_CONFIG.exists():
        path = SYSTEM_CONFIG
    if path is None:
        shipped = Folders.find().share / "config" / "nidra-box.yaml"
        path = shipped if shipped.is_file() else None
    return (read_config(path), path) if path else (Config(), None)


def folders_for(config: Config, service: Path = SERVICE_STATE) -> Folders:
    """Where things lie for somebody in a shell. Where the service is installed, its folder is
    meant: the shell does not know of it, and asks about the box beside the bed."""
    library, state, store = (getattr(config.folders, n) for n in ("library", "state", "recordings"))
    named = state or os.environ.get("STATE_DIRECTORY") or os.environ.get("XDG_DATA_HOME")
    if not named and os.access(service, os.R_OK | os.X_OK):
        return replace(Folders.find(library, str(service), store), cache=SERVICE_CACHE)
    return Folders.find(library, state, store)


def intake_arguments(config: Config) -> list[str]:
    """What the intake is started with, for this box."""
    folders = folders_for(config)
    places = ["--library", str(folders.library), "--store", str(folders.recordings)]
    return [*places, "--quality", config.recordings.quality]


def seconds_of(text: str) -> float:
    """An argparse type: `5:00`, `1:02:03` or plain seconds."""
    value = parse_duration(text)
    if value is None:
        try:
            value = float(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not a time like 5:00") from error
    if not 0 <= value <= 7 * 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is out of range")
    return value


def span_of(text: str) -> tuple[float, float]:
    """An argparse type: `FROM..TO`, two times."""
    begin, dots, end = text.partition("..")
    if not dots:
        raise argparse.ArgumentTypeError(f"{text!r} must be FROM..TO, such as 0:00..5:00")
    span = seconds_of(begin), seconds_of(end)
    if span[1] <= span[0]:
        raise argparse.ArgumentTypeError(f"{text!r} ends before it begins")
    return span


def number_within(low: float, high: float) -> Any:
    """An argparse type: a number within bounds."""

    def read(text: str) -> float:
        try:
            value = float(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(f"{text!r} is not a number") from error
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be between {low:g} and {high:g}")
        return value

    return read
