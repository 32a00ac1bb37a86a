"""The daemon as systemd would start it, asked from another shell."""

import json
import os
import signal
import subprocess
import sys

import pytest

from tests.support.box import with_beds


def command(environment, *words):
    return subprocess.run(
        [sys.executable, "-m", "nidra_box", *words],
        capture_output=True,
        text=True,
        env=environment,
        timeout=60,
        check=False,
    )


@pytest.fixture
def environment(tmp_path):
    state, runtime = tmp_path / "state", tmp_path / "runtime"
    state.mkdir()
    runtime.mkdir()
    with_beds()
    return os.environ | {
        "STATE_DIRECTORY": str(state),
        "RUNTIME_DIRECTORY": str(runtime),
        "GPIOZERO_PIN_FACTORY": "mock",
        "GPIOZERO_MOCK_PIN_CLASS": "mockpwmpin",
        "SDL_AUDIODRIVER": "dummy",
    }


def test_a_running_box_can_be_asked_and_is_the_only_one(environment, tmp_path):
    box = subprocess.Popen(
        [sys.executable, "-m", "nidra_box", "run"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in box.stderr:
            if "ready: " in line:
                break
        found = command(environment, "status", "--json")
        assert found.returncode == 0, found.stderr
        assert json.loads(found.stdout)["phase"] == "idle"
        assert command(environment, "status").stdout.startswith("idle, lower-back-night is chosen")
        second = command(environment, "run")
        assert second.returncode == 1
        assert second.stderr.startswith("nidra-box: another box is already running")
    finally:
        box.send_signal(signal.SIGTERM)
        box.communicate(timeout=30)
    assert box.returncode == 0
    assert not (tmp_path / "runtime" / "status.json").exists()
    assert command(environment, "status").stderr == "nidra-box: no box is running\n"
