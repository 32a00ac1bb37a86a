"""The box and its peers, each a process of its own on a sound card of its own.

All play the same file through ALSA into the user-space card of tests/rtnull, which takes samples
in real time and keeps them: what did not sound was not measured.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np

from tests.support.box import with_beds
from tests.support.cards import Card

ROOT = Path(__file__).resolve().parents[1]
TICKS_PER_S = os.sysconf("SC_CLK_TCK")


@dataclass
class Player:
    """A started player. Its folder holds its card (`heard.raw`) and what it said (`said.log`)."""

    name: str
    folder: Path
    process: subprocess.Popen[bytes]
    card: Card

    def cpu_s(self) -> float:
        """Processor seconds of all its threads so far (user and system; proc(5))."""
        fields = self._proc("stat").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_PER_S

    def rss_mib(self) -> float:
        return self._status("VmRSS") / 1024

    def wakeups(self) -> dict[int, int]:
        """How often each thread let go of the processor so far, by thread; the first is main."""
        tasks = Path(f"/proc/{self.process.pid}/task")
        return {
            int(task.name): _field((task / "status").read_text(), "voluntary_ctxt_switches")
            for task in sorted(tasks.iterdir(), key=lambda task: int(task.name))
        }

    def heard_s(self) -> float:
        """Seconds of sound (not of digital silence) that its card was given."""
        return float(np.count_nonzero(self.card.heard().any(axis=1))) / 48_000

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def said(self) -> str:
        return (self.folder / "said.log").read_text(errors="replace")

    def wait_until_said(self, words: str, seconds: float = 60.0) -> None:
        """Raises RuntimeError with what it said instead."""
        end = time.monotonic() + seconds
        while words not in self.said():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} did not say {words!r}:\n{self.said()}")
            time.sleep(0.002)

    def wait_until_heard(self, seconds: float = 10.0) -> None:
        end = time.monotonic() + seconds
        while self.heard_s() == 0.0:
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{self.name} is not to be heard:\n{self.said()}")
            time.sleep(0.05)

    def _proc(self, name: str) -> str:
        return Path(f"/proc/{self.process.pid}/{name}").read_text()

    def _status(self, name: str) -> int:
        return _field(self._proc("status"), name)


def _field(text: str, name: str) -> int:
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith(name))


def start(name: str, folder: Path, command: list[str], **environment: str) -> Player:
    folder.mkdir(parents=True, exist_ok=True)
    card = Card(folder)
    log: IO[bytes] = (folder / "said.log").open("wb")
    with log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **card.environment, **environment},
        )
    return Player(name, folder, process, card)


def box(folder: Path, acts: str, *tracks: Path, settings: str = "") -> Player:
    """`timed_box`, without its time."""
    return timed_box(folder, acts, *tracks, settings=settings)[1]


def timed_box(folder: Path, acts: str, *tracks: Path, settings: str = "") -> tuple[float, Player]:
    """Seconds to ready, and the box: the whole appliance on gpiozero's mock pins, in its own process. A thread in it does what
    `acts` of tests/e2e/scenarios.py says (a few edges a minute)."""
    shutil.rmtree(folder, ignore_errors=True)
    data = folder / "data"
    (data / "library").mkdir(parents=True)
    (data / "beds").symlink_to(with_beds().beds)
    for track in tracks:
        os.link(track, data / "library" / track.name)
    chosen = f"programmes: [{tracks[0].name}]\n" if tracks else "programmes: [lower-back-night]\n"
    (folder / "box.yaml").write_text(chosen + settings + f"folders: {{state: {data}}}\n")
    began = time.monotonic()
    player = start(
        "nidra-box",
        folder,
        [sys.executable, "-m", "tests.support.bench", acts, str(folder)],
        GPIOZERO_PIN_FACTORY="mock",
        GPIOZERO_MOCK_PIN_CLASS="mockpwmpin",
        PYTHONUNBUFFERED="1",
    )
    player.wait_until_said("ready:")
    return time.monotonic() - began, player


MPD_CONF = """\
music_directory "{folder}/music"
state_file "{folder}/state"
db_file "{folder}/db"
bind_to_address "{folder}/sock"
log_file "{folder}/said.log"
auto_update "no"
zeroconf_enabled "no"
audio_output {{
    type "alsa"
    name "card"
    device "rt"
    mixer_type "software"
}}
"""


def mpd(folder: Path, track: Path | None) -> Player:
    """mpd as it comes, with its own software volume (the box has one too)."""
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "music").mkdir(parents=True)
    (folder / "mpd.conf").write_text(MPD_CONF.format(folder=folder))
    player = start("mpd", folder, ["mpd", "--no-daemon", str(folder / "mpd.conf")])
    end = time.monotonic() + 20.0
    while not (folder / "sock").exists():
        if time.monotonic() > end or player.process.poll() is not None:
            raise RuntimeError(f"mpd did not start:\n{player.said()}")
        time.sleep(0.05)
    if track is not None:
        os.link(track, folder / "music" / track.name)
        tell_mpd(folder, "update")
        while "updating_db" in tell_mpd(folder, "status"):
            time.sleep(0.1)
        tell_mpd(folder, f'add "{track.name}"')
        tell_mpd(folder, "play")
        tell_mpd(folder, "setvol 50")
    return player


def tell_mpd(folder: Path, command: str) -> str:
    with socket.socket(socket.AF_UNIX) as port:
        port.connect(str(folder / "sock"))
        answer = port.makefile("rwb")
        answer.readline()
        answer.write(command.encode() + b"\n")
        answer.flush()
        said = []
        while not (line := answer.readline().decode()).startswith(("OK", "ACK")):
            said.append(line)
        if line.startswith("ACK"):
            raise RuntimeError(f"mpd: {command}: {line}")
        return "".join(said)


def mpv(folder: Path, track: Path) -> Player:
    """mpv as it comes, without a picture."""
    shutil.rmtree(folder, ignore_errors=True)
    command = ["mpv", "--no-config", "--no-terminal", "--no-video", "--ao=alsa", "--volume=50"]
    return start("mpv", folder, [*command, "--loop-file=inf", str(track)])
