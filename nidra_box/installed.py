"""The commands that fix what is missing, by how and where this program was installed.

Debian's Python refuses pip (PEP 668), and a virtual environment does not see Debian's packages.
"""

from __future__ import annotations

import os
import shlex
import sys
from pathlib import Path


def in_own_environment() -> bool:
    """Whether this Python is a virtual environment's."""
    return sys.prefix != sys.base_prefix


def install(debian: str, pypi: str) -> str:
    """The command that installs this package. Either name may be empty: there is none."""
    if pypi and in_own_environment():
        return shlex.join([f"{sys.prefix}/bin/python", "-m", "pip", "install", pypi])
    return f"sudo apt install {debian or f'pipx; pipx install {pypi}'}"


def to_write(place: Path, command: str) -> str:
    """`command`, by sudo where whoever asks may not write to `place` or make it."""
    there = next(path for path in (place, *place.absolute().parents) if os.path.exists(path))
    return command if os.access(there, os.W_OK) else f"sudo {command}"
