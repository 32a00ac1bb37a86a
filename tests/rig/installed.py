"""The package installed on the image, as a person would: made once per package and image.

What comes of it is an image of its own, `$RIG_WORK/installed-<hash>`, with the service enabled
and the beds made: `Guest.boot(base=…)` boots it cold, warm or with a lossy disk.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import time
from pathlib import Path

from tests.rig.guests import Guest
from tests.rig.machine import base_image
from tests.rig.places import WORK, RigError, alone, pid_of
from tests.support.box import with_beds

ROOT = Path(__file__).resolve().parents[2]
BEDS = "/var/cache/nidra-box/beds"
INSTALLED_S = 1200.0
"""The package makes its beds: three minutes without KVM, several times that on a busy machine."""
DAY_S = 86400.0


def package() -> Path:
    """The .deb to try: $NIDRA_DEB, or what `make deb` makes, whose last line names it. The
    studio's lies beside it."""
    if named := os.environ.get("NIDRA_DEB"):
        found = Path(named).resolve()
    else:
        made = subprocess.run(
            ["make", "--no-print-directory", "deb"],
            cwd=ROOT,
            env={
                k: v for k, v in os.environ.items() if not k.startswith("MAKE")
            },  # a make of its own
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise RigError(f"make deb failed:\n{made.stdout[-1500:]}{made.stderr[-1500:]}")
        found = ROOT / made.stdout.splitlines()[-1].strip()
    if not found.is_file():
        raise RigError(f"there is no package {found}")
    return found


def installed_image(deb: Path) -> Path:
    """The image with `deb` installed: a minute at first, then at once."""
    base = base_image()
    key = hashlib.sha256(deb.read_bytes() + base.encode()).hexdigest()[:10]
    folder = WORK / f"installed-{key}"
    with alone(folder.name):
        if not (folder / "root.img").exists():
            _install(deb, Path(base), folder)
    folder.touch()
    return folder


def _install(deb: Path, base: Path, folder: Path) -> None:
    with Guest.boot(f"install-{folder.name}") as box:
        # The guest would need minutes over them; test_installation.py lets it, once.
        box.put(with_beds().beds, BEDS)
        box.put(deb, f"/root/{deb.name}")
        box.sh(f"dpkg -i /root/{deb.name}", timeout=INSTALLED_S)
        box.wait_for("systemctl is-active nidra-box", 60)
        box.sh(f"chown -R nidra-box:nidra-box {BEDS}; rm /root/{deb.name}; sync")
        box.stop()
        new = folder.with_name(folder.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        for part in ("vmlinuz", "initrd.img"):
            shutil.copy(base / part, new)
        disk = box.folder / "disk.qcow2"
        subprocess.run(["qemu-img", "convert", "-O", "raw", disk, new / "root.img"], check=True)
        new.rename(folder)


def forget_unused() -> None:
    """Remove installed images that nobody asked for in a day, and no guest runs from."""
    for folder in WORK.glob("installed-*/"):
        used = [note for note in WORK.glob("run/*/rig.json") if str(folder) in note.read_text()]
        old = time.time() - folder.stat().st_mtime > DAY_S
        if old and not any(pid_of(note.parent.name) for note in used):
            shutil.rmtree(folder, ignore_errors=True)
