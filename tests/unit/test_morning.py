"""The morning line."""

import argparse
import json
import re
import time
from datetime import datetime

import pytest

from nidra_box.cli import main, morning
from nidra_box.cli.common import Failed
from nidra_box.config import Config
from nidra_box.diary.morning import morning_line
from nidra_box.diary.night_log import Night
from nidra_box.diary.nights import NightFile
from tests.support.somebody import a_folder_for_all, without_rights


@pytest.fixture(autouse=True)
def _in_one_place(monkeypatch):
    monkeypatch.setenv("TZ", "UTC-1")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    return tmp_path


def wall(text):
    return datetime.fromisoformat(text + "+01:00").timestamp()


def evening(**fields):
    values = {
        "started": wall("2026-11-19T22:41:05"),
        "started_at": 77.0,
        "programmes": ["Lower Back, Long Night"],
        "asleep_s": 1500.0,
        "silent_s": 29_244.0,
        "ended": "end",
    }
    return Night(**(values | fields))


MORNING = "2026-11-20T07:30:00"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        (
            {},
            "Last night: Lower Back, Long Night from 22:41, words and light until 23:06, "
            "silent at 06:48.",
        ),
        (
            {"extended": 2, "touched": 1, "lost_card_s": 40.0},
            "Last night: Lower Back, Long Night from 22:41, words and light until 23:06, "
            "silent at 06:48. Extended twice. You touched it once in the dark. "
            "The sound card was away for 40 s.",
        ),
        (
            {"programmes": ["A", "B"], "asleep_s": None, "ended": "stop", "silent_s": 600.0},
            "Last night: A, then B from 22:41, stopped by hand at 22:51.",
        ),
        (
            {"asleep_s": None, "ended": "timer", "faded_s": 600.0, "silent_s": 900.0, "paused": 3},
            "Last night: Lower Back, Long Night from 22:41, fading from 22:51, silent at 22:56. "
            "Paused 3 times.",
        ),
        (
            {"ended": "cut", "silent_s": None, "restarts": 1},
            "Last night: Lower Back, Long Night from 22:41, words and light until 23:06, "
            "then cut off, nobody knows when. The box started anew once.",
        ),
        (
            {"ended": "", "silent_s": None, "asleep_s": None},
            "Last night: Lower Back, Long Night from 22:41, no end yet.",
        ),
        (
            {
                "ended": "shutdown",
                "asleep_s": None,
                "late_turns": 1,
                "longest_ms": 1234.0,
                "lost_card_s": 600.0,
                "faults": ["light: gone"],
            },
            "Last night: Lower Back, Long Night from 22:41, ended with the box at 06:48. "
            "The sound card was away for 10:00. The sound was late once. "
            "The box once thought for 1.2 s. Fault: light: gone.",
        ),
    ],
)
def test_a_night_in_a_line(fields, words):
    assert morning_line(evening(**fields), wall(MORNING)) == words


@pytest.mark.parametrize(
    ("started", "now", "word"),
    [
        ("2026-11-19T22:41:05", MORNING, "Last night"),
        ("2026-11-20T02:00:00", MORNING, "Last night"),
        ("2026-11-19T22:41:05", "2026-11-19T23:00:00", "Tonight"),
        ("2026-11-20T06:30:00", MORNING, "Today"),
        ("2026-11-19T13:00:00", MORNING, "2026-11-19"),
        ("2026-11-17T22:41:05", MORNING, "2026-11-17"),
        ("2027-01-01T22:00:00", MORNING, "2027-01-01"),
    ],
)
def test_which_night_it_was(started, now, word):
    line = morning_line(evening(started=wall(started)), wall(now))
    assert line.startswith(f"{word}: ")


def test_the_command(folder, capsys):
    assert main(["last-night"]) == 1
    assert "no night has been written down yet" in capsys.readouterr().err
    file = NightFile(folder)
    file.keep(evening())
    file.keep(evening(started=wall("2026-11-20T22:00:00"), started_at=88.0, ended="stop"))
    assert main(["last-night"]) == 0
    assert capsys.readouterr().out.count("\n") == 1
    assert main(["last-night", "--all"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.rpartition(", ")[2] for line in lines] == [
        "silent at 06:48.",
        "stopped by hand at 06:07.",
    ]


def test_the_command_for_a_program(folder, capsys):
    assert main(["last-night", "--json"]) == 1
    said = json.loads(capsys.readouterr().out)
    assert said == {"format": "nidra-box-last-night/1", "nights": []}
    NightFile(folder).keep(evening(extended=2))
    assert main(["last-night", "--json"]) == 0
    [found] = json.loads(capsys.readouterr().out)["nights"]
    assert found["started"] == "2026-11-19T22:41:05+01:00"
    assert found["silent"] == "2026-11-20T06:48:29+01:00"
    assert found["faded"] is None
    assert (found["extended"], found["touched"], found["silent_s"]) == (2, 0, 29_244.0)


def test_a_file_that_cannot_be_read_is_one_line(folder, capsys):
    NightFile(folder).path.mkdir()
    assert main(["last-night"]) == 1
    assert "cannot be read: Is a directory" in capsys.readouterr().err


# -- a box that is a service's, asked by a person ------------------------------------------------


MEND = "sudo nidra-box last-night, or once: sudo usermod -aG nidra-box $USER, then log in again"


@pytest.fixture
def service():
    with a_folder_for_all() as folder:
        yield folder


def at_home(monkeypatch, tmp_path):
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))


@pytest.mark.parametrize("shut", ["the file", "its folder"])
def test_nights_that_a_person_may_not_read_are_not_denied(shut, service, tmp_path, monkeypatch):
    """0640 in the service's folder: not "no night has been written down yet"."""
    at_home(monkeypatch, tmp_path)
    file = NightFile(service)
    file.keep(evening())
    asked = argparse.Namespace(config=None, all=False, json=False)
    with monkeypatch.context() as there:
        there.setattr(morning, "_state", lambda *given: service)
        assert morning.show_last_night(asked) == 0
    target = file.path if shut == "the file" else service
    target.chmod(0o000)
    try:
        with without_rights():
            assert morning._state(Config(), file.path.name, service) == service
            monkeypatch.setattr(morning, "_state", lambda *given: service)
            with pytest.raises(
                Failed, match=re.escape(f"{file.path} may not be read by you: {MEND}")
            ):
                morning.show_last_night(asked)
    finally:
        target.chmod(0o755)


def test_where_the_service_has_no_nights_a_person_s_own_are_meant(service, tmp_path, monkeypatch):
    at_home(monkeypatch, tmp_path)
    assert morning._state(Config(), "nights.jsonl", service) == service  # root has none of its own
    NightFile(tmp_path / "nidra-box").keep(evening())
    assert morning._state(Config(), "nights.jsonl", service) == tmp_path / "nidra-box"
    assert morning._state(Config(), "nights.jsonl", service / "no") == tmp_path / "nidra-box"
