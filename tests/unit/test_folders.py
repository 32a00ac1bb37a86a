"""Own things, state, and what can be computed again: each in its place."""

from pathlib import Path

import pytest

from nidra_box.library.folders import Folders

NAMES = ("STATE_DIRECTORY", "CACHE_DIRECTORY", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


@pytest.mark.parametrize(
    ("environment", "own", "state", "cache"),
    [
        ({}, "/h/.local/share/nidra-box", "/h/.local/state/nidra-box", "/h/.cache/nidra-box"),
        (
            {"XDG_DATA_HOME": "/d", "XDG_STATE_HOME": "/s", "XDG_CACHE_HOME": "/c"},
            "/d/nidra-box",
            "/s/nidra-box",
            "/c/nidra-box",
        ),
        (
            {"STATE_DIRECTORY": "/var/lib/box", "CACHE_DIRECTORY": "/var/cache/box:/other"},
            "/var/lib/box",
            "/var/lib/box",
            "/var/cache/box",
        ),
    ],
)
def test_each_kind_has_its_place(environment, own, state, cache, monkeypatch):
    for name in NAMES:
        monkeypatch.delenv(name, raising=False)
    for name, value in {"HOME": "/h", **environment}.items():
        monkeypatch.setenv(name, value)
    found = Folders.find()
    assert (found.own, found.library) == (Path(own), Path(own) / "library")
    assert (found.state, found.beds) == (Path(state), Path(cache) / "beds")
    elsewhere = Folders.find(library="/music")
    assert (elsewhere.library, elsewhere.own) == (Path("/music"), Path(own))


def test_recordings_that_were_taken_in_lie_in_the_state_folder_or_on_another_disk():
    assert Folders.find(own="/mnt/box").recordings == Path("/mnt/box/recordings")
    assert Folders.find(own="/mnt/box", store="/disk").recordings == Path("/disk")
    assert Folders.find(own="/mnt/box", store="/disk").state == Path("/mnt/box")


def test_a_folder_that_the_settings_name_holds_everything():
    found = Folders.find(own="/mnt/box")
    assert {found.own, found.state, found.cache} == {Path("/mnt/box")}
    assert found.library == Path("/mnt/box/library")
