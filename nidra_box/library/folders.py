"""Where things lie: what is shipped (read only), what is a person's, what can be remade."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path


def _shipped() -> Path:
    """The folder with `audio/` and `config/`: a clone, else the share folder of the prefix that
    this package was installed under (/usr/local, say, which is not Python's own), else Python's."""
    here = Path(__file__).resolve().parents[2]
    for folder in (here, *(above / "share" / "nidra-box" for above in here.parents)):
        if (folder / "audio" / "programmes").is_dir():
            return folder
    return Path(sys.prefix) / "share" / "nidra-box"


def _own() -> Path:
    """The service's StateDirectory, else the user's data folder."""
    state = os.environ.get("STATE_DIRECTORY", "").split(":")[0]
    if state:
        return Path(state)
    home = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(home) / "nidra-box"


@dataclass(frozen=True, slots=True)
class Folders:
    """`share` is what is shipped; `own` holds a person's library, programmes and state;
    `beds` is a cache of what is synthesised."""

    share: Path
    own: Path
    library: Path

    @classmethod
    def find(cls, library: str = "", own: str = "") -> Folders:
        """`library` and `own` override the usual places (from the configuration)."""
        mine = Path(own).expanduser() if own else _own()
        return cls(_shipped(), mine, Path(library).expanduser() if library else mine / "library")

    @property
    def shipped_programmes(self) -> Path:
        return self.share / "audio" / "programmes"

    @property
    def shipped_voices(self) -> Path:
        return self.share / "audio" / "voice"

    @property
    def own_programmes(self) -> Path:
        return self.own / "programmes"

    @property
    def own_voices(self) -> Path:
        return self.own / "voice"

    @property
    def beds(self) -> Path:
        return self.own / "beds"

    @property
    def state(self) -> Path:
        return self.own
