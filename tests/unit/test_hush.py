"""What works in the background hears that a session runs: with the press, and until a minute after."""

import pytest

from nidra_box.appliance import presence
from nidra_box.appliance.inbox import Terminate
from nidra_box.appliance.presence import claim, hush, is_hushed
from nidra_box.session import events as e
from tests.unit.test_parts import Box


def hushes(*posts, ends_at=120.0):
    """[(second, word)] of a box that is given `posts`, (second, item)."""
    told = []
    box = Box(ends_at, hush=lambda word: told.append((box.world.clock.now(), word)))
    for at, item in posts:
        box.inbox.schedule(at, item)
    box.loop.run()
    return [(round(at, 1), word) for at, word in told]


def test_the_press_hushes_and_a_minute_after_the_stop_it_ends():
    stop = 30.0
    told = hushes((5.0, e.Press(0.0)), (stop, e.Hold(0.0)), ends_at=200.0)
    assert told[:2] == [(0.0, False), (5.0, True)]  # what a killed box left is taken back
    (ended, word), *more = told[2:]
    assert (word, more) == (False, [])
    assert 60.0 <= ended - stop <= 62.0  # the stop's own fade takes 1.5 s


def test_a_pause_is_not_the_end():
    told = hushes((5.0, e.Press(0.0)), (20.0, e.Press(0.0)), ends_at=300.0)
    assert [word for _, word in told] == [False, True, False]
    assert told[-1][0] >= 300.0  # SIGTERM


def test_who_starts_anew_within_the_minute_hears_no_end_between():
    told = hushes(
        (5.0, e.Press(0.0)),
        (30.0, e.Hold(0.0)),
        (60.0, e.Press(0.0)),
        (90.0, e.Hold(0.0)),
        ends_at=200.0,
    )
    assert [word for _, word in told] == [False, True, False]
    assert 150.0 <= told[-1][0] <= 152.0


def test_the_end_of_the_box_is_the_end_of_the_hush():
    assert [word for _, word in hushes((5.0, e.Press(0.0)), ends_at=20.0)] == [False, True, False]
    assert hushes((0.0, Terminate())) == [(0.0, False)]


def test_light_and_sound_come_first():
    """The file is touched when the pass of the press has lit the lamp and begun the sound."""
    parts = [part.name for part in Box().loop.parts]
    assert parts.index("hush") > max(parts.index(name) for name in ("light", "sound", "status"))


# -- the file ------------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "box"))
    monkeypatch.setattr(presence, "SERVICE_RUNTIME", tmp_path / "service")
    (tmp_path / "box").mkdir()
    return tmp_path / "box"


def test_it_lies_there_while_a_session_runs(folder):
    with claim(folder):
        assert not is_hushed()
        hush(True)
        hush(True)
        assert (folder / "playing").read_bytes() == b""  # the units look for this name
        assert is_hushed()
        hush(False)
        assert not (folder / "playing").exists()
        hush(False)
        assert not is_hushed()


def test_what_a_killed_box_left_hushes_nobody(folder):
    with claim(folder):
        hush(True)
    assert (folder / "playing").exists()
    assert not is_hushed()


def test_somebody_in_a_shell_is_hushed_by_the_service(folder, tmp_path):
    service = tmp_path / "service"
    service.mkdir()
    (service / "playing").touch()
    with claim(service):
        assert is_hushed()


def test_a_folder_that_cannot_be_written_to_stops_nothing(folder, monkeypatch):
    folder.rmdir()
    hush(True)
    monkeypatch.delenv("RUNTIME_DIRECTORY")
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    hush(True)
    hush(False)
