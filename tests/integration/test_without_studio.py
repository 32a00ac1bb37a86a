"""The box beside the bed has no studio: a copy of the package without that wing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nidra_box.cli import BOX, STUDIO
from tests.support.box import with_beds

ROOT = Path(__file__).resolve().parents[2]
BOX_COMMANDS = [name for names in BOX.values() for name in names]
STUDIO_COMMANDS = [name for names in STUDIO.values() for name in names]


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A folder that holds the package without its studio, and what is shipped beside it."""
    folder = tmp_path_factory.mktemp("alone")
    leave = shutil.ignore_patterns("studio", "__pycache__")
    shutil.copytree(ROOT / "nidra_box", folder / "nidra_box", ignore=leave)
    (folder / "nidra_box/studio/cli/__pycache__").mkdir(parents=True)  # what a removal may leave
    for name in ("audio", "config", "docs"):
        (folder / name).symlink_to(ROOT / name)
    return folder


def run(alone, tmp_path, *words, program="", **more):
    env = os.environ | {
        "PYTHONPATH": str(alone),
        "PYTHONSAFEPATH": "1",
        "XDG_DATA_HOME": str(tmp_path / "share"),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
    }
    command = [sys.executable, *(["-c", program] if program else ["-m", "nidra_box", *words])]
    return subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=env | more, check=False
    )


@pytest.mark.parametrize("command", BOX_COMMANDS)
def test_every_command_of_the_box_explains_itself(alone, tmp_path, command):
    done = run(alone, tmp_path, command, "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert f"nidra-box {command}" in done.stdout


@pytest.mark.parametrize("command", STUDIO_COMMANDS)
def test_a_command_of_the_studio_says_where_it_is(alone, tmp_path, command):
    for words in ([command], [command, "--help"], [command, "x", "-o", "y"]):
        done = run(alone, tmp_path, *words)
        assert (done.returncode, done.stdout) == (2, "")
        assert done.stderr == (
            f"nidra-box: {command} is in nidra-box-studio: sudo apt install nidra-box-studio\n"
        )


def test_the_list_of_commands_names_none_of_the_studio(alone, tmp_path):
    listed = run(alone, tmp_path, "--help").stdout
    assert "doctor" in listed
    assert not [name for name in STUDIO_COMMANDS if f"\n    {name} " in listed]


def test_the_box_is_checked_listed_and_examined(alone, tmp_path):
    assert run(alone, tmp_path, "check", str(ROOT / "audio/programmes")).returncode == 0
    assert "lower-back-night" in run(alone, tmp_path, "programmes").stdout
    assert "Lower Back" in run(alone, tmp_path, "show", "lower-back-night").stdout
    assert run(alone, tmp_path, "doctor", "--json").stdout.startswith(("[", "{"))


def test_what_needs_the_studio_within_a_command_says_so(alone, tmp_path):
    (tmp_path / "a.night").write_text("0:00:05 press\n", encoding="utf-8")
    for words in (["programmes", "--measure"], ["check", "a.night"]):
        done = run(alone, tmp_path, *words)
        assert done.returncode == 2
        assert "is in nidra-box-studio: sudo apt install nidra-box-studio" in done.stderr


A_NIGHT = """
import os, signal, sys, threading, time
from pathlib import Path
from nidra_box.cli import main

status = Path(os.environ["RUNTIME_DIRECTORY"], "status.json")

def wait_until(words):
    while not (status.exists() and words in status.read_text()):
        time.sleep(0.02)

def hand():
    from gpiozero import Device
    wait_until('"idle"')
    button = Device.pin_factory.pin(23)
    button.drive_low()
    time.sleep(0.1)
    button.drive_high()
    wait_until('"playing"')
    os.kill(os.getpid(), signal.SIGTERM)

threading.Thread(target=hand, daemon=True).start()
sys.exit(main(["run", "--config", "box.yaml"]))
"""


@pytest.mark.slow
def test_a_night_on_mock_pins_is_begun_by_a_press_and_ended_by_sigterm(alone, tmp_path):
    (tmp_path / "box.yaml").write_text("programmes: [breath-lamp]\n")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/beds").symlink_to(with_beds().beds)
    own = {"STATE_DIRECTORY": str(tmp_path / "data"), "RUNTIME_DIRECTORY": str(tmp_path)}
    mock = {"GPIOZERO_PIN_FACTORY": "mock", "GPIOZERO_MOCK_PIN_CLASS": "mockpwmpin"}
    done = run(alone, tmp_path, **own, **mock, SDL_AUDIODRIVER="dummy", program=A_NIGHT)
    assert done.returncode == 0, done.stderr
    assert done.stderr.index("ready:") < done.stderr.index("Breath Lamp"), "the press"
    assert not (tmp_path / "status.json").exists()
