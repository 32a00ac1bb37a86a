"""What a disk holds after a cut, looked at from outside: its file system, and the box's state."""

from __future__ import annotations

import subprocess
from pathlib import Path

from nidra_box.appliance.memory import Memory
from nidra_box.appliance.store import FileStore

STATE = "/var/lib/nidra-box/state.json"


def kept(image: Path, folder: Path) -> Memory:
    """What the box would remember that finds the disk `image`, read by its own loader from
    `folder` (made here). Brings the file system's journal into `image`, as a start would.
    Raises `AssertionError` where the file system or the state is not whole."""
    replayed = _ran("e2fsck", "-y", "-E", "journal_only", str(image))
    assert replayed.returncode in (0, 1), replayed.stdout
    checked = _ran("e2fsck", "-fn", str(image))
    assert checked.returncode == 0, checked.stdout
    folder.mkdir()
    for source in (STATE, f"{STATE}.bak"):
        target = folder / Path(source).name
        if "File not found" in _ran("debugfs", "-R", f"dump {source} {target}", str(image)).stderr:
            target.unlink(missing_ok=True)  # debugfs may make an empty one
    memory, complaints = FileStore(folder).load()
    assert complaints == []
    return memory


def _ran(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(words, capture_output=True, text=True, check=False)
