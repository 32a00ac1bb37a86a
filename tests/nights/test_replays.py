"""The same night twice is the same night: to the last byte of what a replay writes."""

import os
import subprocess
import sys

import pytest

from nidra_box.config import Config
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.replay import ONE_PRESS, replay
from tests.support.box import ROOT, catalogue_in

FILES = ("trace.jsonl", "curve.csv")
PROGRAMMES = ("lower-back-night", "breath-lamp")


def full_night(folder):
    """The shipped 8-hour programme, replayed in this process; its two files in `folder`."""
    folder.mkdir()
    config = Config(programmes=PROGRAMMES)
    played = replay(parse_night(ONE_PRESS, "one press"), config, catalogue_in(folder / "own"))
    played.recording.write_trace(folder / "trace.jsonl")
    played.recording.write_curve(folder / "curve.csv")
    return played


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    folder = tmp_path_factory.mktemp("replays") / "first"
    return full_night(folder), folder


def same(folder, other):
    return [(folder / name).read_bytes() == (other / name).read_bytes() for name in FILES]


def ends_dark_and_silent(folder):
    """Whether the rows of the last five minutes say: no sound, no light, idle."""
    last = (folder / "curve.csv").read_text().splitlines()[-300:]
    return all(row.split(",")[1:] == ["-120.0", "0.0", "", "idle", ""] for row in last)


def test_two_replays_of_the_full_night_are_the_same_bytes(first, tmp_path):
    _, folder = first
    full_night(tmp_path / "second")
    assert same(folder, tmp_path / "second") == [True, True]
    assert ends_dark_and_silent(folder)
    assert ends_dark_and_silent(tmp_path / "second")


@pytest.mark.parametrize("hash_seed", ["1", "2"])
def test_the_command_in_a_fresh_process_writes_the_same_bytes(first, tmp_path, hash_seed):
    """Nothing hangs on the order of a set, the time of day or what ran before."""
    _, folder = first
    config = tmp_path / "box.yaml"
    config.write_text(f"format: nidra-box-config/1\nprogrammes: [{', '.join(PROGRAMMES)}]\n")
    command = [sys.executable, "-m", "nidra_box", "replay", "--no-chart", "--config", config]
    environment = {
        **os.environ,
        "PYTHONHASHSEED": hash_seed,
        "XDG_DATA_HOME": str(tmp_path),
        "TZ": "Asia/Tokyo",
    }
    environment.pop("STATE_DIRECTORY", None)
    out = tmp_path / "night"
    done = subprocess.run(
        [*command, "--out", out],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert same(folder, out) == [True, True]
    assert ends_dark_and_silent(out)


def test_the_full_night_keeps_every_promise(first):
    played, _ = first
    assert played.breaches == []
    assert played.recording.light[-1].lightness == 0.0
    assert not played.world.sound.state.playbacks
