"""The user-space card: built once, used by processes that play through SDL's ALSA backend."""

import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parents[1] / "rtnull"
BUILD = Path(__file__).resolve().parents[2] / "build" / "rtnull"


@cache
def built():
    """The folder with the plug-in, or the reason why it cannot be built."""
    if not shutil.which("gcc"):
        return "gcc is not installed"
    if not Path("/usr/include/alsa/pcm_external.h").exists():
        return "libasound2-dev is not installed"
    BUILD.mkdir(parents=True, exist_ok=True)
    library = BUILD / "libasound_module_pcm_rtnull.so"
    # PIC by name: alsa's header looks for that word, not for the compiler's own.
    command = [
        "gcc",
        "-O2",
        "-Wall",
        "-DPIC",
        "-fPIC",
        "-shared",
        "-o",
        library,
        HERE / "rtnull.c",
        "-lasound",
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        return f"rtnull could not be built: {done.stderr}"
    text = (HERE / "asound.conf.in").read_text().replace("@HERE@", str(BUILD))
    (BUILD / "asound.conf").write_text(text)
    return BUILD


@dataclass
class Card:
    """One user-space card with its files in `folder`."""

    folder: Path
    environment: dict = field(init=False)

    def __post_init__(self):
        for name in ("heard.raw", "times.log", "ctl"):
            (self.folder / name).write_bytes(b"")
        self.environment = {
            "ALSA_CONFIG_PATH": str(BUILD / "asound.conf"),
            "SDL_AUDIODRIVER": "alsa",
            "RT_OUT": str(self.folder / "heard.raw"),
            "RT_LOG": str(self.folder / "times.log"),
            "RT_CTL": str(self.folder / "ctl"),
        }

    def unplug(self):
        (self.folder / "ctl").write_text("N")

    def stall(self):
        (self.folder / "ctl").write_text("S")

    def mend(self):
        (self.folder / "ctl").write_text("")

    def heard(self):
        """Every frame that was handed to the card, over all its openings: (n, 2)."""
        raw = np.fromfile(self.folder / "heard.raw", "<i2")
        return raw[: len(raw) // 2 * 2].reshape(-1, 2)

    def transfers(self):
        """(time in seconds, first frame of `heard`, frames) of every transfer."""
        found, total = [], 0
        for line in (self.folder / "times.log").read_text().splitlines():
            at_ns, what, _, frames = line.split()
            if what == "xfer":
                found.append((int(at_ns) / 1e9, total, int(frames)))
                total += int(frames)
        return found
