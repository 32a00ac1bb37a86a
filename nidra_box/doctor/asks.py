"""What no file can tell, asked of the running system. Nothing here raises."""

from __future__ import annotations

import importlib
import importlib.metadata
import importlib.util
import os
import pwd
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from nidra_box.doctor.lines import Line, chip_label, read_line

MIXER_WITHIN_S = 3.0


@dataclass(frozen=True, slots=True)
class User:
    name: str
    is_root: bool
    groups: frozenset[int]


class Asks(Protocol):
    """The questions. None everywhere means that it cannot be told."""

    def user(self) -> User:
        """Who we are, and the groups this process has."""
        ...

    def label(self, device: Path) -> str | None:
        """The label of a GPIO chip."""
        ...

    def line(self, device: Path, pin: int, contact: bool) -> Line | None:
        """A line of a GPIO chip; the level only of a free `contact`."""
        ...

    def may_write(self, path: Path) -> bool:
        """Whether this process may read and write there."""
        ...

    def free_bytes(self, path: Path) -> int | None:
        """What is left for us where `path` lies."""
        ...

    def version(self, package: str) -> str | None:
        """The version of a Python package, empty if it is there without one."""
        ...

    def can_import(self, module: str) -> bool:
        """Whether `module` is really there: another package may have the name of its parent."""
        ...

    def mixer(self, card: str) -> str | None:
        """What `amixer scontents` says of a card."""
        ...


class RunningSystem:
    """This machine."""

    def user(self) -> User:
        number = os.geteuid()
        try:
            name = pwd.getpwuid(number).pw_name
        except KeyError:
            name = str(number)
        return User(name, number == 0, frozenset({*os.getgroups(), os.getegid()}))

    def label(self, device: Path) -> str | None:
        try:
            return chip_label(device)
        except OSError:
            return None

    def line(self, device: Path, pin: int, contact: bool) -> Line | None:
        try:
            return read_line(device, pin, contact)
        except OSError:
            return None

    def may_write(self, path: Path) -> bool:
        return os.access(path, os.R_OK | os.W_OK) or (
            os.access(path, os.W_OK) and path.name == "export"  # sysfs: write only
        )

    def free_bytes(self, path: Path) -> int | None:
        try:
            return shutil.disk_usage(path).free
        except OSError:
            return None

    def version(self, package: str) -> str | None:
        try:
            return importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            module = {"PyYAML": "yaml"}.get(package, package)
            return "" if importlib.util.find_spec(module) else None

    def can_import(self, module: str) -> bool:
        try:
            importlib.import_module(module)
        except (ImportError, SyntaxError):
            return False
        return True

    def mixer(self, card: str) -> str | None:
        program = shutil.which("amixer")
        if program is None:
            return None
        try:
            done = subprocess.run(
                [program, "-c", card, "scontents"],
                capture_output=True,
                text=True,
                errors="replace",
                timeout=MIXER_WITHIN_S,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired):
            return None
        return done.stdout if done.returncode == 0 else None
