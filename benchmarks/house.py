"""The box that is measured: a compiled copy of a tree, and all that is taken from its packages.

Only this file imports from nidra_box and from tests, so a room that moves is followed here.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]

NOTIFY = """\
import os, socket
def notify(text):
    address = os.environ["NOTIFY_SOCKET"]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as port:
        port.sendto(text.encode(), address)
"""
"""Stands in for python3-systemd, which a virtual environment rarely has: the beat of the watchdog
belongs to what an idle box does."""

STAND_INS = {
    # An empty package in front of PyPI's: soundfile then asks ctypes for the system's libsndfile,
    # as Debian's python3-soundfile does, which has no such package.
    "_soundfile_data/__init__.py": "",
    "systemd/__init__.py": "",
    "systemd/daemon.py": NOTIFY,
}


@dataclass(frozen=True, slots=True)
class House:
    """A compiled copy. Whatever is started with its `environment` runs from it."""

    folder: Path

    @property
    def environment(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if name not in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX", "PYTHONSAFEPATH")
        }
        path = f"{self.folder}{os.pathsep}{self.folder / 'stand-ins'}"
        usual = ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME")
        more = {"OPENBLAS_NUM_THREADS": "1", "PYGAME_HIDE_SUPPORT_PROMPT": "1", "PYTHONPATH": path}
        return kept | more | dict.fromkeys(usual, str(self.folder / "own"))

    def python(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Run Python on the copy to its end. Raises RuntimeError with what it said."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(words)}\n{done.stderr}")
        return done


def compiled(tree: Path, folder: Path) -> House:
    """A copy of the box in `tree` with this bench beside it, in `folder`, all as bytecode."""
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(tree / "nidra_box", folder / "nidra_box", ignore=skip)
    shutil.copytree(ROOT / "benchmarks", folder / "benchmarks", ignore=skip)
    for name in ("audio", "config"):
        (folder / name).symlink_to(tree / name)
    (folder / "own" / "nidra-box").mkdir(parents=True)
    (folder / "own" / "nidra-box" / "beds").symlink_to(beds())
    for name, text in STAND_INS.items():
        file = folder / "stand-ins" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    house = House(folder)
    house.python("-m", "compileall", "-q", str(folder))
    return house


def run_box(config: str) -> None:
    """Be the process that systemd starts, to its end."""
    sys.argv = ["nidra-box", "run", "--config", config]
    from nidra_box.__main__ import main

    main()


def user_space_card(folder: Path) -> Any:
    """A sound card of the tests; see tests/support/cards.py."""
    from tests.support import cards

    cards.built()
    return cards.Card(folder)


def why_no_card() -> str | None:
    """The reason why the user-space card cannot be had here."""
    from tests.support import cards

    found = cards.built()
    return found if isinstance(found, str) else None


def beds() -> Path:
    """The folder of the synthesised beds, made once."""
    from tests.support.box import with_beds

    return Path(with_beds().beds)


def loop_after(programme: str, night: str) -> Any:
    """The loop of a box in virtual time, as a scripted night left it. Whatever it waits for from
    then on, the clock stands still and nothing is posted."""
    from nidra_box.config import Config
    from nidra_box.library.catalogue import Catalogue
    from nidra_box.library.folders import Folders

    try:
        from nidra_box.studio.nights.night_script import parse_night
        from nidra_box.studio.nights.world import World
    except ImportError:  # where they were until the studio was built
        from nidra_box.simulator.night_script import parse_night
        from nidra_box.simulator.world import World
    config = Config()
    catalogue = Catalogue(Folders.find(), last=config.hold_programme)
    loops: list[Any] = []
    world = World(config, (programme,), catalogue, tamper=loops.append)
    world.play(parse_night(night, "bench"))

    class Still(type(world.inbox)):  # type: ignore[misc]
        __slots__ = ()

        def wait(self, until: float) -> list[Any]:
            return []

    world.inbox.__class__ = Still
    return loops[-1]


def made() -> Path:
    """Where what takes long to make is kept."""
    return ROOT / "build" / "bench"


def recordings_in(store: Path) -> list[tuple[Any, Path]]:
    """The record and the folder of each recording in a store."""
    from nidra_box.library.record import read_index, read_record

    return [(read_record(store / each.id), store / each.id) for each in read_index(store)]


def fill_store(store: Path, count: int) -> None:
    """Put `count` recordings into a store, of which all but the first have no sound."""
    from nidra_box.library.record import Entry, read_index, write_index
    from tests.support.store import noise, put_recording

    put_recording(store, noise(60, -40.0), "first.wav")
    made = [
        Entry(f"{number:012x}", f"Recording {number}", f"{number:05}.wav", 60.0)
        for number in range(1, count)
    ]
    for entry in made:
        (store / entry.id).mkdir()
    write_index(store, (*read_index(store), *made))
