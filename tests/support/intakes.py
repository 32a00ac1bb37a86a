"""The real intake for tests: once to its end, or again and again to be killed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import soundfile

from nidra_box.library.intake.store import read_rows
from nidra_box.library.record import TAKING, is_id, read_index, read_items, read_record

ENDS = (": taken in as ", ": not played: ", ": not now: ")
IN_STORE = {"index.json", "library.json", "seen.json", "taken-in.txt", ".lock", TAKING}
IN_RECORDING = {"record.json", "levels.npy", "cues.txt", "person.yaml"}


def options_for(library, store):
    return ["--once", "--settle", "0", "--library", str(library), "--store", str(store)]


def take(library, store, *options, seconds=240, **how):
    """The real intake, once: what it said, line by line; nothing but its log."""
    command = [sys.executable, "-P", "-m", "nidra_box.library.intake"]
    command += [*options_for(library, store), *options]
    done = subprocess.run(command, capture_output=True, timeout=seconds, check=False, **how)
    assert (done.returncode, done.stdout) == (0, b""), done.stderr
    lines = done.stderr.decode().splitlines()
    odd = [line for line in lines if not any(end in line for end in ENDS)]
    assert odd == []
    return lines


def states(store):
    """(state, reason) of everything in the library, by name."""
    return {item.name: (item.state, item.reason) for item in read_items(store)}


def check_whole(store):
    """Whatever has the name of a recording is one, and the lists can be read. Their ids."""
    read_index(store)
    read_items(store)
    ids = {name for name in os.listdir(store) if is_id(name)}
    for programme in ids:
        folder = store / programme
        record = read_record(folder)
        with soundfile.SoundFile(folder / record.sound) as file:
            assert (file.frames, file.channels) == (record.frames, record.channels)
        assert len(read_rows(folder)) == -(-record.frames // 4800)
    return ids


def check_tidy(store):
    """Nothing lies in the store but what belongs there, and all of it is listed."""
    ids = check_whole(store)
    assert set(os.listdir(store)) <= IN_STORE | ids
    assert os.listdir(store / TAKING) == []
    for programme in ids:
        assert set(os.listdir(store / programme)) <= IN_RECORDING | {"sound.flac", "sound.opus"}
    assert {entry.id for entry in read_index(store)} == ids


def marked(folder):
    """A PATH by which everything is told that an intake starts."""
    return f"{os.environ['PATH']}{os.pathsep}{folder}/mark"


def left_of(folder, seconds=5.0):
    """Whether anything that was started with that PATH is still there after so long."""
    until = time.monotonic() + seconds
    while _is_any(f"PATH={marked(folder)}".encode()):
        if time.monotonic() > until:
            return True
        time.sleep(0.005)
    return False


def _is_any(mark):
    for place in Path("/proc").glob("[0-9]*"):
        try:
            if mark in (place / "environ").read_bytes().split(b"\0"):
                return True
        except OSError:
            continue
    return False


class Forge:
    """Starts intakes at once: each is a fork of a process that has loaded all of it, the leader of
    a group of its own. What such an intake starts can be told by its PATH."""

    _SERVES = """
import json, os, sys
from nidra_box.library.intake.__main__ import main
for line in sys.stdin:
    if not (options := json.loads(line)):
        print(os.wait()[1], flush=True)
    elif pid := os.fork():
        print(pid, flush=True)
    else:
        os.setsid()
        os.environ["PATH"] = options.pop()
        os.dup2(os.open(options.pop(), os.O_WRONLY | os.O_CREAT | os.O_APPEND), 2)
        try:
            os._exit(main(options))
        except SystemExit:
            os._exit(1)
"""

    def __init__(self, folder):
        self._folder, self.said = folder, folder / "said"
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", self._SERVES],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, library, store):
        return self._asked([*options_for(library, store), str(self.said), marked(self._folder)])

    def kill(self, pid):
        """With its whole group. Whether it had ended by itself, and well."""
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:  # it leads no group yet
            os.kill(pid, signal.SIGKILL)
        return self._asked([]) == 0

    def outlived(self, seconds=5.0):
        """Whether anything that was started by one of them is still there after that time."""
        return left_of(self._folder, seconds)

    def close(self):
        self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()

    def _asked(self, words):
        print(json.dumps(words), file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())
