"""The box and its peers, each a process of its own on a sound card of its own.

All play through ALSA into the user-space card of tests/rtnull, which takes samples in real time
and keeps them: what did not sound was not measured.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from benchmarks import house
from benchmarks import threads as thread_costs
from benchmarks.house import House

RATE_HZ = 48_000
WATCHDOG_S = 30
"""As in systemd/nidra-box.service; the box beats three times in it."""


@dataclass
class Player:
    """A started player. Its folder holds its card (`heard.raw`) and what it said (`said.log`)."""

    name: str
    folder: Path
    process: subprocess.Popen[str]
    card: Any

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.end()

    @property
    def pid(self) -> int:
        return self.process.pid

    def thread_names(self) -> dict[int, str]:
        return thread_costs.names(self.pid)

    def heard_s(self) -> float:
        """Seconds of sound (not of digital silence) that its card was given."""
        return float(np.count_nonzero(self.card.heard().any(axis=1))) / RATE_HZ

    def heard_between(self, from_s: float, to_s: float) -> float:
        """Of what was handed over between two times, in tenths of a second, the share that was not
        silence. (A soft night at 16 bits has many a frame of zeros.)"""
        heard = self.card.heard()
        spans = [(a, a + n) for at, a, n in self.card.transfers() if from_s <= at < to_s]
        part = heard[spans[0][0] : spans[-1][1]] if spans else heard[:0]
        tenths = part[: len(part) // 4800 * 4800].reshape(-1, 4800 * 2)
        return float(tenths.any(axis=1).mean()) if len(tenths) else 0.0

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(15)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def said(self) -> str:
        return (self.folder / "said.log").read_text(errors="replace")

    def wait_until(self, is_so: Any, what: str, longest_s: float = 20.0) -> None:
        """Raises RuntimeError with what it said instead, and ends it."""
        end = time.monotonic() + longest_s
        while not is_so():
            if self.process.poll() is not None or time.monotonic() > end:
                self.end()
                raise RuntimeError(f"{self.name}: {what} did not come:\n{self.said()}")
            time.sleep(0.05)

    def wait_until_heard(self) -> None:
        self.wait_until(lambda: self.heard_s() > 0.0, "sound")


class Notified:
    """What systemd hears: a socket that is read all the time, since a full one would hold up the
    box."""

    def __init__(self, address: Path) -> None:
        self.address = address
        self.ready_at = 0.0
        self.beats = 0
        self._is_ready = threading.Event()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(str(address))
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def wait_until_ready(self, longest_s: float) -> bool:
        return self._is_ready.wait(longest_s)

    def close(self) -> None:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as last:
            last.sendto(b"CLOSE", str(self.address))
        self._thread.join()
        self._socket.close()

    def _listen(self) -> None:
        while (message := self._socket.recv(4096)) != b"CLOSE":
            self.beats += b"WATCHDOG=1" in message
            if b"READY=1" in message and not self.ready_at:
                self.ready_at = time.monotonic()
                self._is_ready.set()


@dataclass
class Box(Player):
    """The box; its hand does what it is asked to."""

    notified: Notified
    ready_s: float = 0.0
    """From the start of the process to READY."""

    def ask(self, *words: object) -> Any:
        """Have the hand do something (see box_process) and wait for its answer."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(" ".join(map(str, words)) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise RuntimeError(f"{self.name} has ended:\n{self.said()}")
        return json.loads(answer)

    def thread_names(self) -> dict[int, str]:
        own = {int(thread): name for thread, name in self.ask("threads").items()}
        return thread_costs.names(self.pid) | own | {self.pid: "the owner"}

    def end(self) -> None:
        if self.process.returncode is None:
            super().end()
            self.notified.close()


def start(
    name: str,
    folder: Path,
    command: list[str],
    environment: dict[str, str],
    where: House | None = None,
    control: str = "",
) -> tuple[str, Path, subprocess.Popen[str], Any]:
    """What a Player begins with, in the folder of the copy (where Python looks first) if it is one.
    `control` tells the card how it is: "N", not there."""
    folder.mkdir(parents=True, exist_ok=True)
    card = house.user_space_card(folder)
    (folder / "ctl").write_text(control)
    with (folder / "said.log").open("w") as log:
        process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            cwd=where.folder if where else None,
            env={**environment, **card.environment},
        )
    return name, folder, process, card


def box(
    where: House,
    folder: Path,
    *tracks: Path,
    programme: str = "lower-back-night",
    script: str = "",
    settings: str = "",
    card: str = "",
    store: Path | None = None,
) -> Box:
    """The box of that copy, when it is ready. It plays the first of `tracks`, or `programme`,
    which may be a `script` of the bench's own. `card`: as in `start`; `store`: the recordings."""
    shutil.rmtree(folder, ignore_errors=True)
    data = folder / "data"
    for name in ("library", "programmes"):
        (data / name).mkdir(parents=True)
    (data / "beds").symlink_to(house.beds())
    for track in tracks:
        os.link(track, data / "library" / track.name)
    if script:
        (data / "programmes" / f"{programme}.yaml").write_text(script)
    chosen = tracks[0].name if tracks else programme
    config = folder / "box.yaml"
    places = f"state: {data}" + (f", recordings: {store}" if store else "")
    config.write_text(
        f"programmes: [{chosen}]\npins: {{knob_push: 17}}\n{settings}folders: {{{places}}}\n"
    )
    notified = Notified(folder / "notify")
    environment = where.environment | {
        "GPIOZERO_PIN_FACTORY": "mock",
        "GPIOZERO_MOCK_PIN_CLASS": "mockpwmpin",
        "NOTIFY_SOCKET": str(notified.address),
        "WATCHDOG_USEC": str(WATCHDOG_S * 1_000_000),
        "XDG_RUNTIME_DIR": str(data),
    }
    command = [sys.executable, "-m", "benchmarks.box_process", str(config)]
    began = time.monotonic()
    found = Box(*start("nidra-box", folder, command, environment, where, card), notified)
    if not notified.wait_until_ready(60.0):
        found.end()
        raise RuntimeError(f"the box is not ready:\n{found.said()}")
    found.ready_s = notified.ready_at - began
    return found


MPD_CONF = """\
music_directory "{folder}/music"
state_file "{folder}/state"
db_file "{folder}/db"
bind_to_address "{folder}/sock"
log_file "{folder}/mpd.log"
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
    command = ["mpd", "--no-daemon", str(folder / "mpd.conf")]
    player = Player(*start("mpd", folder, command, dict(os.environ)))
    player.wait_until((folder / "sock").exists, "its socket")
    if track is not None:
        os.link(track, folder / "music" / track.name)
        tell_mpd(folder, "update")
        player.wait_until(lambda: "updating_db" not in tell_mpd(folder, "status"), "its library")
        for command_ in (f'add "{track.name}"', "play", "setvol 50"):
            tell_mpd(folder, command_)
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
    return Player(
        *start("mpv", folder, [*command, "--loop-file=inf", str(track)], dict(os.environ))
    )
