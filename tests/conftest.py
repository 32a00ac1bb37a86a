"""Tests that play in real time start together with the others and are judged at the end.

A night takes its time: five minutes for the memory, two for a fade. The processes that play
(on mock pins, into a user-space card) are started when the first test runs and mostly sleep;
the tests marked `real_time` come last and wait for theirs. Beside other tests in a process of
their own (tests/run-all, which names it in NIDRA_TESTS_BESIDE) they wait for that, too.
"""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# What was computed once is there for all tests; nothing of the tester's own is read or written.
os.environ["XDG_CACHE_HOME"] = str(ROOT / "build" / "cache")
os.environ["XDG_STATE_HOME"] = os.environ["XDG_DATA_HOME"] = str(ROOT / "build" / "tests")


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("real_time") is not None)


class Running:
    """Processes by name, started once."""

    def __init__(self, folder):
        self.folder = folder
        self.processes = {}
        self.began = {}
        self.witness = folder / "witness.txt"

    def start(self, name, command, environment):
        folder = self.folder / name
        folder.mkdir(exist_ok=True)
        self.began[name] = time.monotonic()
        with (folder / "stderr.txt").open("w") as stderr:
            self.processes[name] = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **environment},
                stderr=stderr,
                stdin=subprocess.DEVNULL,
            )

    def finish(self, name, seconds):
        """Wait for a process, and for the tests beside; its folder and exit code."""
        beside = os.environ.get("NIDRA_TESTS_BESIDE")
        while beside and os.path.exists(f"/proc/{beside}"):
            time.sleep(0.5)
        code = self.processes[name].wait(timeout=seconds)
        return self.folder / name, code

    def stop(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()


@pytest.fixture(scope="session", autouse=True)
def running(request, tmp_path_factory):
    """Everything that plays in real time, under way from the first test on."""
    found = Running(tmp_path_factory.mktemp("real_time"))
    names = {
        mark.args[0]
        for item in request.session.items
        if (mark := item.get_closest_marker("real_time")) is not None
    }
    if names:
        from tests.e2e import benches

        found.start("witness", [sys.executable, "-m", "tests.support.witness", found.witness], {})
        for name in benches.ORDER:
            if name in names:
                benches.start(name, found)
        os.nice(10)  # on its box nothing competes with it; here a thousand tests do
    yield found
    found.stop()


@pytest.fixture
def python():
    return sys.executable
