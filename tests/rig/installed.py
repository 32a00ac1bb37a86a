"""The package installed on the image, as a person would: made once per package and image.

What comes of it is an image of its own, `$RIG_WORK/installed-<hash>`, with the service enabled
and the beds made: `Guest.boot(base=…)` boots it cold, warm or with a lossy disk.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

from nidra_box.sound.synth import file_name
from nidra_box.sound.synth.recipes import RECIPES
from tests.rig.guests import Guest
from tests.rig.machine import base_image
from tests.rig.places import WORK, RigError, pid_of, run_folder

ROOT = Path(__file__).resolve().parents[2]
BEDS = "/var/lib/nidra-box/beds"
BEDS_MADE_S = 600.0
"""A guest without KVM takes one to three minutes over all of them."""


def package() -> Path:
    """The .deb to try: $NIDRA_DEB, or what `make deb` makes, whose last line names it."""
    if named := os.environ.get("NIDRA_DEB"):
        found = Path(named).resolve()
    else:
        made = subprocess.run(
            ["make", "deb"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise RigError(f"make deb failed:\n{made.stdout[-1500:]}{made.stderr[-1500:]}")
        found = ROOT / made.stdout.splitlines()[-1].strip()
    if not found.is_file():
        raise RigError(f"there is no package {found}")
    return found


def installed_image(deb: Path) -> Path:
    """The image with `deb` installed; about two minutes at first, then at once."""
    base = base_image()
    key = hashlib.sha256(deb.read_bytes() + base.encode()).hexdigest()[:10]
    folder = WORK / f"installed-{key}"
    if (folder / "root.img").exists():
        return folder
    name = f"install-{key}"
    with Guest.boot(name, warm=True) as box:
        box.put(deb, f"/root/{deb.name}")
        box.sh(f"dpkg -i /root/{deb.name}", timeout=300)
        box.wait_for("systemctl is-active nidra-box", 60)
        hashes = [file_name(name) + ".sha256" for name in RECIPES]
        box.wait_for(f"cd {BEDS} && ls {' '.join(hashes)}", BEDS_MADE_S, every=2.0)
        box.sh(f"rm /root/{deb.name}; journalctl --rotate -q; journalctl --vacuum-time=1s -q; sync")
        box.stop()
        new = folder.with_name(folder.name + ".new")
        shutil.rmtree(new, ignore_errors=True)
        new.mkdir()
        for part in ("vmlinuz", "initrd.img"):
            shutil.copy(Path(base) / part, new)
        disk = run_folder(name) / "disk.qcow2"
        subprocess.run(["qemu-img", "convert", "-O", "raw", disk, new / "root.img"], check=True)
        new.rename(folder)
    return folder


def forget_older_than(kept: Path) -> None:
    """Installed images of packages tried before; those that a guest still runs from stay."""
    for folder in WORK.glob("installed-*"):
        used = [note for note in WORK.glob("run/*/rig.json") if str(folder) in note.read_text()]
        if folder != kept and not any(pid_of(note.parent.name) for note in used):
            shutil.rmtree(folder, ignore_errors=True)
