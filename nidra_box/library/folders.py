"""Where things lie: what is shipped (read only), what is a person's, what can be remade."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from nidra_box.words import reason_of

_STATE = "STATE_DIRECTORY"
HOMES = ("/home/", "/root/", "/run/user/")
"""What systemd's ProtectHome takes from a service."""
NO_FOLDER = "is a file, so nothing is found there: move it away and make a folder of this name"


def _shipped() -> Path:
    """The folder with `audio/` and `config/`: a clone, else the share folder of the prefix that
    this package was installed under (/usr/local, say, which is not Python's own), else Python's."""
    here = Path(__file__).resolve().parents[2]
    for folder in (here, *(above / "share" / "nidra-box" for above in here.parents)):
        if (folder / "audio" / "programmes").is_dir():
            return folder
    return Path(sys.prefix) / "share" / "nidra-box"


def _usual(service: str, user: str, default: str) -> Path:
    """The folder that systemd names for the service, else the user's by the rules of XDG."""
    given = os.environ.get(service, "").split(":")[0]
    return Path(given or Path(os.environ.get(user) or Path.home() / default) / "nidra-box")


@dataclass(frozen=True, slots=True)
class Folders:
    """`share` is what is shipped; `own` holds a person's programmes and voices, `library` the
    recordings; `state` is what the box remembers, `cache` what it can compute again."""

    share: Path
    own: Path
    library: Path
    state: Path
    cache: Path
    store: Path | None = None
    """Where recordings are kept that were taken in, if not in the state folder."""

    @classmethod
    def find(cls, library: str = "", own: str = "", store: str = "") -> Folders:
        """`library`, `own` and `store` override the usual places (from the configuration); a
        named `own` holds everything."""
        mine = Path(own).expanduser() if own else _usual(_STATE, "XDG_DATA_HOME", ".local/share")
        found = cls.inside(_shipped(), mine)
        if not own:
            state = _usual(_STATE, "XDG_STATE_HOME", ".local/state")
            cache = _usual("CACHE_DIRECTORY", "XDG_CACHE_HOME", ".cache")
            found = replace(found, state=state, cache=cache)
        if store:
            found = replace(found, store=Path(store).expanduser())
        return replace(found, library=Path(library).expanduser()) if library else found

    @classmethod
    def inside(cls, share: Path, folder: Path) -> Folders:
        """All but what is shipped in one folder."""
        return cls(share, folder, folder / "library", folder, folder)

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

    def no_folders(self) -> list[Path]:
        """A person's own folders that are files by mistake (`cp` makes one where none was)."""
        own = (self.own_programmes, self.own_voices, self.library)
        return [folder for folder in own if os.path.isfile(folder)]

    def trouble(self, folder: Path, hides_homes: bool | None = None) -> tuple[str, str] | None:
        """What is wrong with `library` or `recordings`, and how to fix it, if nothing is found
        there. One that nobody named and nobody made is no trouble. `hides_homes`: whether the box
        is a service that sees no home (None: as systemd set this process up). Blocks."""
        if hides_homes is None:
            hides_homes = {"INVOCATION_ID", _STATE} <= set(os.environ)
        setting = "library" if folder == self.library else "recordings"
        usual = self.own / "library" if folder == self.library else self.state / "recordings"
        if hides_homes and os.path.realpath(folder).startswith(HOMES):
            other = f"name a folder elsewhere (folders.{setting}), /srv/{setting} say"
            return f"{folder} is in a home, which the service does not see (ProtectHome)", other
        if os.path.isfile(folder):
            is_file, fix = NO_FOLDER.split(": ")
            return f"{folder} {is_file}", fix
        try:
            os.listdir(folder)
        except FileNotFoundError:
            fix = f"plug its disk in, make it, or name another folder (folders.{setting})"
            return None if folder == usual else (f"{folder} is not there", fix)
        except OSError as error:
            fix = f"let the user of the box read it, or name another folder (folders.{setting})"
            return f"{folder} cannot be read ({reason_of(error).lower()})", fix
        return None

    @property
    def recordings(self) -> Path:
        """What was taken in; see `library.record`."""
        return self.store or self.state / "recordings"

    @property
    def beds(self) -> Path:
        return self.cache / "beds"
