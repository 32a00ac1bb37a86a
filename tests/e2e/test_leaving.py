"""The real process is asked to end: in its first seconds, and while its card stands still."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support import cards
from tests.support.box import with_beds
from tests.support.cards import Card

ROOT = Path(__file__).resolve().parents[2]
ENDS_WITHIN_S = 5.0

needs_card = pytest.mark.skipif(
    isinstance(cards.built(), str), reason=f"no user-space card: {cards.built()}"
)


class Process:
    """`nidra-box run` on mock pins and a card in user space."""

    def __init__(self, folder, **environment):
        data = folder / "data"
        data.mkdir()
        (data / "beds").symlink_to(with_beds().beds)
        (folder / "box.yaml").write_text("programmes: [breath-lamp]\n")
        self.card = Card(folder)
        self.said = folder / "stderr.txt"
        self.state = data / "state.json"
        command = [sys.executable, "-m", "nidra_box", "run", "--config", folder / "box.yaml"]
        mock = {"GPIOZERO_PIN_FACTORY": "mock", "GPIOZERO_MOCK_PIN_CLASS": "mockpwmpin"}
        own = {"STATE_DIRECTORY": str(data), "RUNTIME_DIRECTORY": str(folder)}
        with self.said.open("w") as stderr:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**os.environ, **self.card.environment, **mock, **own, **environment},
                stderr=stderr,
            )

    def wait_until_said(self, words, seconds=60.0):
        end = time.monotonic() + seconds
        while words not in self.said.read_text():
            assert self.process.poll() is None, self.said.read_text()
            assert time.monotonic() < end, f"never said: {words}"
            time.sleep(0.02)

    def wait_until_signals_are_caught(self):
        """Until the kernel says that SIGTERM has a handler: before anything slow is loaded."""
        process, wanted = Path(f"/proc/{self.process.pid}"), 1 << (signal.SIGTERM - 1)
        caught, end = 0, time.monotonic() + 30.0
        while not caught & wanted:
            assert time.monotonic() < end
            loaded = (process / "maps").read_text()
            status = (process / "status").read_text()
            caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        assert "numpy" not in loaded

    def ends(self, number=signal.SIGTERM, seconds=ENDS_WITHIN_S):
        """Its exit code after this signal."""
        self.process.send_signal(number)
        return self.process.wait(timeout=seconds)


@pytest.fixture
def start(tmp_path):
    started = []

    def begin(**environment):
        started.append(Process(tmp_path, **environment))
        return started[-1]

    yield begin
    for box in started:
        box.process.kill()
        box.process.wait()


@needs_card
@pytest.mark.parametrize("stalled_for_s", [0.1, 3.0])
def test_sigterm_ends_it_while_the_card_stands_still(start, stalled_for_s):
    box = start()
    box.wait_until_said("the sound plays")
    time.sleep(1.0)
    box.card.stall()
    time.sleep(stalled_for_s)
    assert box.ends() == 0
    assert json.loads(box.state.read_text())["version"] == 1


@needs_card
def test_sigterm_in_the_first_moments_is_no_failure(start):
    box = start()
    box.wait_until_signals_are_caught()
    assert "ready" not in box.said.read_text()
    assert box.ends() == 0
    assert "Traceback" not in box.said.read_text()
    assert not box.state.exists()


@needs_card
def test_a_new_version_in_the_first_moments_is_taken_up_once_it_is_idle(start):
    box = start()
    box.wait_until_signals_are_caught()
    box.process.send_signal(signal.SIGUSR1)
    box.wait_until_said("ready")
    assert box.process.wait(timeout=30.0) == 0
