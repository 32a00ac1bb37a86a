"""How the box stands, asked over a real socket; and that there is one box only."""

import contextlib
import json
import os
import queue
import socket
import stat
import subprocess
import sys
import threading

import pytest

from nidra_box.appliance.inbox import StatusAsked
from nidra_box.appliance.status import status_line
from nidra_box.appliance.status_socket import (
    MODE,
    SOCKET_NAME,
    AlreadyRunning,
    MayNotAsk,
    NoBox,
    StatusSocket,
    ask,
    claim,
    runtime_folder,
    sockets,
)
from nidra_box.cli import main
from nidra_box.config import Config, read_config
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.world import World
from tests.support.somebody import a_folder_for_all, without_rights
from tests.unit.test_appliance import Shelf

IDLE = {
    "phase": "idle",
    "title": None,
    "chosen": "small",
    "volume_db": -20.0,
    "sound": "on",
    "card": "a virtual card",
}


def standing_at(seconds, text, config=None, prepare=lambda world: None):
    """What the real loop answers in that second of a night."""
    world = World(config or Config(), ("small", "other"), Shelf())
    reply = queue.SimpleQueue()
    world.inbox.schedule(seconds, StatusAsked(reply))
    prepare(world)
    world.play(parse_night(text, "n"))
    return reply.get_nowait()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
    return tmp_path


@pytest.fixture
def serve(folder):
    """A socket before an owner who answers `with_` (None: not at all)."""
    opened = []

    def begin(with_=IDLE):
        def post(asked):
            if with_ is not None:
                asked.reply.put(with_)

        opened.append(StatusSocket(folder / SOCKET_NAME, post))
        opened[-1].open()
        return opened[-1]

    yield begin
    for one in opened:
        one.close()


# -- what the owner says -----------------------------------------------------------------------


def test_an_idle_box():
    found = standing_at(3.0, "0:00:10 end")
    assert found["phase"] == "idle"
    assert found["faults"] == []
    assert status_line(found) == (
        "idle, small is chosen, volume -20 dB, sound on a virtual card, simulated light, no faults"
    )


def test_an_older_box_that_does_not_name_its_card():
    """It plays on while the package is upgraded."""
    older = {key: value for key, value in IDLE.items() if key != "card"}
    assert ", sound on, " in status_line(older)


def test_a_playing_box():
    found = standing_at(65.0, "0:00:05 press\n0:02:00 end")
    assert (found["programme"], found["position_s"]) == ("small", 60.0)
    assert found["timer_left_s"] is None
    assert status_line(found).startswith(
        "plays Small Night at 1:00 of 9:00, stage arrive, volume -20 dB, sound on a virtual card, "
    )
    assert json.loads(json.dumps(found)) == found


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
    assert "faults: the sound card has been unplugged; simulated light: " in status_line(found)


def test_an_untrusted_title_stays_on_one_line():
    line = status_line(
        IDLE | {"phase": "playing", "title": "a\nb", "position_s": 1.0, "duration_s": 2.0}
    )
    assert "\n" not in line


# -- the socket ----------------------------------------------------------------------------------


def test_it_answers_again_and_again(serve, folder):
    serve()
    for _ in range(3):
        assert ask(sockets(folder)) == IDLE


def test_only_owner_and_group_may_ask(serve, folder):
    serve()
    mode = (folder / SOCKET_NAME).stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == MODE == 0o660


def test_a_person_who_may_not_ask_is_told_how_to(monkeypatch, capsys):
    with a_folder_for_all() as folder:
        monkeypatch.setenv("STATE_DIRECTORY", str(folder))
        monkeypatch.delenv("RUNTIME_DIRECTORY", raising=False)
        assert main(["status"]) == 1
        assert "no box is running" in capsys.readouterr().err
        path = folder / SOCKET_NAME
        socket_ = StatusSocket(path, lambda asked: asked.reply.put(IDLE))
        socket_.open()
        try:
            path.chmod(0o000)
            with without_rights():
                with pytest.raises(MayNotAsk):
                    ask(sockets(folder))
                assert main(["status"]) == 1
        finally:
            socket_.close()
    assert capsys.readouterr().err == (
        f"nidra-box: {path} may not be used by you: sudo nidra-box status, "
        "or once: sudo usermod -aG nidra-box $USER, then log in again\n"
    )


def test_what_an_earlier_box_left_is_replaced_and_nothing_is_left(serve, folder):
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(folder / SOCKET_NAME))
    with pytest.raises(NoBox, match="no box is running"):
        ask(sockets(folder))
    one = serve()
    assert ask(sockets(folder)) == IDLE
    one.close()
    one.close()
    assert list(folder.iterdir()) == []
    with pytest.raises(NoBox):
        ask(sockets(folder))


def test_what_a_client_says_does_not_matter(serve, folder):
    serve()
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(folder / SOCKET_NAME))
        with contextlib.suppress(BrokenPipeError):  # it may have answered and gone already
            client.send(b"\x00{" * 1000)
        assert client.recv(4096)
    with socket.socket(socket.AF_UNIX) as client:  # and gone without a word
        client.connect(str(folder / SOCKET_NAME))
    assert ask(sockets(folder)) == IDLE


def test_an_owner_that_is_stuck_is_told_of(serve, folder):
    serve(with_=None)
    assert "has not answered" in ask(sockets(folder))["error"]


def test_a_socket_that_cannot_be_opened_is_an_oserror(tmp_path):
    with pytest.raises(OSError, match="too long"):
        StatusSocket(tmp_path / ("x" * 120) / SOCKET_NAME, lambda asked: None).open()
    StatusSocket(tmp_path / SOCKET_NAME, lambda asked: None).close()


def test_an_answer_that_is_none(folder):
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(folder / SOCKET_NAME))
        listener.listen()

        def answer():
            client, _ = listener.accept()
            client.sendall(b"[")
            client.close()

        thread = threading.Thread(target=answer)
        thread.start()
        with pytest.raises(NoBox, match="no answer that can be understood"):
            ask([folder / SOCKET_NAME])
        thread.join(10)


def test_where_a_box_is_asked(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNTIME_DIRECTORY", "/run/one:/run/two")
    assert str(runtime_folder(tmp_path)) == "/run/one"
    assert [str(path.parent) for path in sockets(tmp_path)] == [
        "/run/one",
        "/run/nidra-box",
        str(tmp_path),
    ]


# -- one box only --------------------------------------------------------------------------------


def test_a_second_box_is_refused_until_the_first_has_gone(folder):
    with claim(folder), pytest.raises(AlreadyRunning, match="another box is already running"):
        claim(folder)
    claim(folder).close()


def test_a_box_that_listens_elsewhere_counts(serve, folder, tmp_path):
    serve()
    with pytest.raises(AlreadyRunning):
        claim(tmp_path / "other", sockets(folder))
    with claim(tmp_path / "other", [tmp_path / "nobody.sock"]):
        pass


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
    assert done.stderr == "nidra-box: another box is already running\n"


# -- the command ---------------------------------------------------------------------------------


def test_the_command_prints_one_line_or_json(serve, capsys):
    serve()
    assert main(["status"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    assert main(["status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == IDLE


def test_the_command_says_that_no_box_is_running(folder, capsys):
    assert main(["status"]) == 1
    assert capsys.readouterr().err == "nidra-box: no box is running\n"


def test_the_command_says_that_the_box_is_stuck(serve, capsys):
    serve(with_=None)
    assert main(["status"]) == 1
    assert "has not answered for 1 s" in capsys.readouterr().err


def test_the_box_can_be_asked_while_its_settings_have_mistakes(serve, capsys, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("volume: {start_db: twelve}\n")
    serve()
    assert main(["status", "--json", "--config", str(broken)]) == 0
    said = capsys.readouterr()
    assert json.loads(said.out) == IDLE
    assert "volume.start_db" in said.err
