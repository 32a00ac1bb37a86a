"""How the box stands, as it is written down for others; and that there is one box only."""

import itertools
import json
import os
import subprocess
import sys
import time

import pytest

from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.presence import (
    AlreadyRunning,
    MayNotAsk,
    NoBox,
    StatusFile,
    ask,
    by_now,
    claim,
    is_claimed,
    present,
    runtime_folder,
)
from nidra_box.appliance.status import NOTHING, status_line
from nidra_box.cli import main
from nidra_box.config import Config, read_config
from nidra_box.diary.entries import WEAK_POWER, PowerEnough, Refused
from nidra_box.library.record import Item, write_items
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.world import World
from tests.support.own import Own
from tests.support.somebody import a_folder_for_all, without_rights
from tests.unit.test_appliance import Shelf

IDLE = {
    "phase": "idle",
    "title": None,
    "chosen": "small",
    "volume_db": -20.0,
    "timer_left_s": None,
    "sound": "on",
    "card": "a virtual card",
    "light": "simulated light",
    "faults": [],
}
PLAYING = IDLE | {"phase": "playing", "title": "Small", "position_s": 60.0, "duration_s": 100.0}


def standings(text, config=None, prepare=lambda world: None, items=()):
    """(second, how the box stood) whenever the real loop wrote that down."""
    found = []
    world = World(config or Config(), ("small", "other"), Shelf())
    world.publish = lambda status: status and found.append((world.clock.now(), status))
    for at, item in items:
        world.inbox.schedule(at, item)
    prepare(world)
    world.play(parse_night(text, "n"))
    return found


def standing_at(seconds, text, config=None, prepare=lambda world: None, items=()):
    """The last that was written down by that second of a night."""
    found = [(at, s) for at, s in standings(text, config, prepare, items) if at <= seconds]
    at, status = found[-1]
    return by_now(status | {"at_s": at, "speed": 1.0, "boot": "b"}, "b", seconds)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    return tmp_path


@pytest.fixture
def box(folder):
    """A box that runs, as another process sees it."""
    with claim(folder):
        yield StatusFile(folder, 1.0, "boot", 3.0)


# -- what the owner says -----------------------------------------------------------------------


def test_an_idle_box():
    found = standing_at(3.0, "0:00:10 end")
    assert found["phase"] == "idle"
    assert found["faults"] == []
    assert status_line(found) == (
        "idle, small is chosen, volume -20 dB, sound on a virtual card, simulated light, no faults"
    )


def test_a_playing_box():
    found = standing_at(65.0, "0:00:05 press\n0:02:00 end")
    assert (found["programme"], found["phase"]) == ("small", "playing")
    assert found["timer_left_s"] is None
    assert status_line(found).startswith(
        "plays Small Night at 1:00 of 9:00, stage arrive, volume -20 dB, sound on a virtual card, "
    )
    assert json.loads(json.dumps(found)) == found
    assert list(found) == list(NOTHING)  # what is said where no box runs


def test_a_box_whose_timer_runs(tmp_path):
    path = tmp_path / "box.yaml"
    path.write_text("format: nidra-box-config/1\ntimer: {minutes: 5, wind_down_minutes: 2}\n")
    config = read_config(path)
    found = standing_at(65.0, "0:00:05 press\n0:08:00 end", config)
    assert found["timer_left_s"] == pytest.approx(240.0, abs=0.1)
    assert ", 4:00 left on the timer, " in status_line(found)
    assert status_line(standing_at(245.0, "0:00:05 press\n0:08:00 end", config)).startswith("fades")
    paused = standing_at(90.0, "0:00:05 press\n0:01:05 press\n0:08:00 end", config)
    assert paused["timer_left_s"] == pytest.approx(240.0, abs=0.1)


def test_a_box_with_faults():
    def prepare(world):
        world.store.full = True

    found = standing_at(
        130.0, "0:00:05 press\n0:01:00 lose sound\n0:01:10 lose light\n0:03:00 end", None, prepare
    )
    assert found["sound"] == "the sound card has been unplugged"
    assert len(found["faults"]) == 3
    assert "no sound" in status_line(found)
    assert "; the sound card has been unplugged; simulated light: " in status_line(found)


def test_an_untrusted_title_stays_on_one_line():
    line = status_line(
        IDLE | {"phase": "playing", "title": "a\nb", "position_s": 1.0, "duration_s": 2.0}
    )
    assert "\n" not in line


# -- when it is written down -----------------------------------------------------------------------


def test_it_is_written_at_most_once_a_second_and_only_when_something_changed():
    turns = "".join(f"0:00:{20 + n / 10:04.1f} turn +1\n" for n in range(30))
    times = [at for at, _ in standings(f"0:00:05 press\n{turns}0:09:30 end")]
    assert min(b - a for a, b in itertools.pairwise(times[1:])) >= 0.99
    assert len([at for at in times if 30.0 < at < 50.0]) <= 1
    idle = [at for at, _ in standings("5:00:00 end")]
    assert len(idle) <= 2


@pytest.mark.parametrize(
    ("begin", "end", "words"),
    [
        (WEAK_POWER, PowerEnough(), "under-voltage"),
        (Refused("rain.mp3", "is torn"), None, "cannot play rain.mp3: is torn"),
    ],
)
def test_what_is_wrong_stands_until_it_is_over(begin, end, words):
    items = [(10.0, begin)] + ([(30.0, end)] if end else [])
    text = "0:00:05 press\n0:02:00 end"
    assert words in status_line(standing_at(20.0, text, items=items))
    assert (words in status_line(standing_at(100.0, text, items=items))) == (end is None)


# -- the file --------------------------------------------------------------------------------------


def test_a_running_box_is_read_and_its_place_runs_on(box, folder):
    box.publish(PLAYING | {"timer_left_s": 50.0})
    found = ask([folder], "boot", lambda: time.monotonic() + 10.0)
    assert found["format"] == "nidra-box-status/1"
    assert found["position_s"] == pytest.approx(70.0, abs=1.0)
    assert found["timer_left_s"] == pytest.approx(40.0, abs=1.0)
    late = ask([folder], "boot", lambda: time.monotonic() + 1000.0)
    assert (late["position_s"], late["timer_left_s"]) == (100.0, 0.0)
    assert ask([folder], "another boot", lambda: 1e9)["position_s"] == 60.0


def test_a_paused_box_stands_still(box, folder):
    box.publish(PLAYING | {"phase": "paused"})
    assert ask([folder], "boot", lambda: time.monotonic() + 10.0)["position_s"] == 60.0


def test_only_owner_and_group_may_read_it(box, folder):
    box.publish(IDLE)
    for name in ("status.json", "box.lock"):
        assert (folder / name).stat().st_mode & 0o777 == 0o640


def test_a_box_that_does_not_beat_gives_no_sign_of_life(box, folder):
    box.publish(IDLE)
    path = folder / "status.json"
    os.utime(path, (time.time() - 31.0,) * 2)
    with pytest.raises(NoBox, match=r"no sign of life for 31 s"):
        ask([folder], "boot")
    box.publish(None)  # a beat
    assert ask([folder], "boot")["phase"] == "idle"


def test_a_file_that_a_dead_box_left_is_not_believed(folder):
    StatusFile(folder, 1.0, "boot", None).publish(IDLE)
    assert not is_claimed(folder)
    with pytest.raises(NoBox, match="no box is running"):
        ask([folder], "boot")


@pytest.mark.parametrize("text", ["", "[", "[]", '{"format": "other/1"}', "{" * 10_000])
def test_a_file_that_says_nothing(box, folder, text):
    (folder / "status.json").write_text(text)
    with pytest.raises(NoBox, match=r"does not say how it stands|is not nidra-box-status/1"):
        ask([folder], "boot")


def test_a_file_that_cannot_be_written_stops_nothing(tmp_path):
    status = StatusFile(tmp_path / "nowhere", 1.0, "boot", None)
    status.publish(IDLE)
    status.publish(None)
    status.close()


def test_a_person_who_may_not_ask_is_told_how_to(monkeypatch, capsys):
    with a_folder_for_all() as folder:
        monkeypatch.setenv("RUNTIME_DIRECTORY", str(folder))
        with claim(folder):
            StatusFile(folder, 1.0, "boot", None).publish(IDLE)
            for name in ("status.json", "box.lock"):
                (folder / name).chmod(0o600)
            with without_rights():
                with pytest.raises(MayNotAsk):
                    ask([folder], "boot")
                assert main(["status"]) == 1
    assert capsys.readouterr().err == (
        f"nidra-box: {folder / 'status.json'} may not be read by you: sudo nidra-box status, "
        "or once: sudo usermod -aG nidra-box $USER, then log in again\n"
    )


def test_where_it_lies(monkeypatch):
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/one:/run/two")
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1")
    assert str(runtime_folder()) == "/run/one"
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    assert str(runtime_folder()) == "/run/user/1/nidra-box"
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert runtime_folder() is None


# -- one box only ------------------------------------------------------------------------------------


def test_a_second_box_is_refused_until_the_first_has_gone(folder):
    with claim(folder), pytest.raises(AlreadyRunning, match="another box is already running"):
        claim(folder)
    claim(folder).close()


def test_whoever_asks_keeps_no_box_from_starting(folder):
    with claim(folder):
        assert is_claimed(folder)
    assert not is_claimed(folder)
    claim(folder).close()


def test_a_box_takes_the_lock_of_its_state_and_leaves_no_status_behind(folder):
    with present(folder, SystemClock()) as publish:
        publish(IDLE)
        assert is_claimed(folder)
        assert (folder / "status.json").exists()
    assert not (folder / "status.json").exists()


def test_a_second_box_of_a_user_on_another_state_runs_and_publishes_nothing(tmp_path, monkeypatch):
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "run"))
    status = tmp_path / "run" / "nidra-box" / "status.json"
    with present(tmp_path / "one", SystemClock()) as publish:
        publish(PLAYING)
        with present(tmp_path / "two", SystemClock()) as publish_two:
            publish_two(IDLE)
        assert json.loads(status.read_text())["phase"] == "playing"
    assert not status.exists()


def test_a_second_service_on_another_state_is_refused(folder, tmp_path):
    with claim(folder), pytest.raises(AlreadyRunning), present(tmp_path / "two", SystemClock()):
        pytest.fail("it began")


def test_a_second_copy_of_the_daemon_says_so(folder):
    environment = os.environ | {
        "GPIOZERO_PIN_FACTORY": "mock",
        "GPIOZERO_MOCK_PIN_CLASS": "mockpwmpin",
        "SDL_AUDIODRIVER": "dummy",
    }
    with claim(folder):
        done = subprocess.run(
            [sys.executable, "-m", "nidra_box", "run"],
            capture_output=True,
            text=True,
            env=environment,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr.startswith("nidra-box: another box is already running")


# -- the command ---------------------------------------------------------------------------------


def test_the_command_prints_one_line_or_json(box, capsys):
    box.publish(IDLE)
    assert main(["status"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    assert main(["status", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["format"], found["running"]) == ("nidra-box-status/1", True)
    assert found["phase"] == "idle"


def test_what_is_being_taken_in_is_a_second_line(box, capsys, tmp_path, monkeypatch):
    own = Own(tmp_path / "own", monkeypatch)
    items = (
        Item("a.mp3", "ready", "0123456789ab"),
        Item("night 2.mp3", "taking", share=0.37, left_s=240.0),
        Item("b.mp3", "waiting"),
        Item("page\n.flac", "refused", reason="is a web page → download the sound itself"),
    )
    write_items(own.store, items)
    box.publish(IDLE)
    assert main(["status"]) == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        "library: night 2.mp3 being taken in, 37 %, about 4 min; 1 waiting; page\\x0a.flac not "
        "played: is a web page → download the sound itself"
    ]
    assert main(["status", "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["library"]
    assert [(row["name"], row["state"], row["share"]) for row in rows] == [
        ("night 2.mp3", "taking", 0.37),
        ("b.mp3", "waiting", 0.0),
        ("page\n.flac", "refused", 0.0),
    ]
    write_items(own.store, items[:1])
    assert main(["status"]) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_where_no_box_runs_there_is_the_same_object_without_values(folder, capsys):
    assert main(["status", "--json"]) == 1
    found = json.loads(capsys.readouterr().out)
    assert (found.pop("format"), found.pop("running")) == ("nidra-box-status/1", False)
    assert (found.pop("faults"), found.pop("library")) == ([], [])
    assert set(found.values()) == {None}


def test_the_command_says_that_no_box_is_running(folder, capsys):
    assert main(["status"]) == 1
    assert capsys.readouterr().err == "nidra-box: no box is running\n"


def test_a_simulated_box_takes_the_same_lock_on_its_state(tmp_path, monkeypatch, capsys):
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    monkeypatch.setattr("nidra_box.studio.cli.simulate.make_beds", lambda folders: None)
    with claim(tmp_path):
        assert main(["simulate", "--speed", "60", "--state", str(tmp_path)]) == 1
    assert "another box is already running" in capsys.readouterr().err
