"""`add`: what cannot be taken in is a line each, and leaves nothing behind."""

import json
import os

import pytest
import soundfile

from nidra_box.cli.common.intake import is_served
from nidra_box.library.folders import Folders
from tests.support.own import Own, run
from tests.support.somebody import without_rights
from tests.support.store import noise


@pytest.fixture
def box(tmp_path, monkeypatch):
    return Own(tmp_path, monkeypatch)


def refused(box, capsys, path):
    """The one line that is said of it."""
    code, out, err = run(capsys, "add", path)
    assert (code, err) == (1, "")
    assert out.count("\n") == 1
    assert [name for name in os.listdir(box.library) if name != ".incoming"] == []
    assert not list((box.library / ".incoming").glob("*"))
    return out


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "cannot be read: no such file or directory"),
        (os.mkfifo, "is no ordinary file and no folder"),
        (lambda path: path.symlink_to("/dev/zero"), "is no ordinary file and no folder"),
        (lambda path: path.symlink_to("nowhere"), "cannot be read: no such file or directory"),
        (lambda path: path.mkdir(), "is a folder without sound → name one with recordings in it"),
    ],
)
def test_what_is_no_sound_is_one_line(box, capsys, tmp_path, make, says):
    path = tmp_path / "night\n\x1b[2J.flac"
    make(path)
    said = refused(box, capsys, path)
    assert said.endswith(f"night\\x0a\\x1b[2J.flac {says}\n")


def test_a_folder_of_pictures_is_not_copied(box, capsys, tmp_path):
    (tmp_path / "holiday").mkdir()
    (tmp_path / "holiday" / "beach.mp3").write_bytes(b"\x89PNG\r\n" + bytes(100))
    assert "is a folder without sound" in refused(box, capsys, tmp_path / "holiday")


def test_the_folder_around_the_library_is_not_copied_into_it(box, capsys):
    soundfile.write(box.library / "a.flac", noise(1.0), 48_000)
    code, out, _ = run(capsys, "add", box.library.parent)
    assert (code, out.count("\n")) == (1, 1)
    assert "holds the library itself" in out


def test_a_library_that_is_a_file_is_told(box, capsys):
    box.library.rmdir()
    box.library.touch()
    code, _, err = run(capsys, "add", "x.flac")
    assert (code, err.count("\n")) == (1, 1)
    assert "is a file, so nothing is found there" in err


@pytest.mark.skipif(os.geteuid() != 0, reason="root may write everywhere")
def test_who_may_not_write_to_the_library_reads_how_to(box, capsys, tmp_path):
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
    with without_rights():
        code, _, err = run(capsys, "add", "x.flac")
    assert (code, err.count("\n")) == (1, 1)
    assert "may not be written by you: sudo nidra-box add …" in err
    assert "usermod -aG nidra-box $USER, then log in again" in err


def test_as_json_each_that_was_named_is_a_row(box, capsys, tmp_path):
    code, out, _ = run(capsys, "add", "--json", tmp_path / "a", tmp_path / "b")
    rows = json.loads(out)["added"]
    assert code == 1
    assert json.loads(out)["format"] == "nidra-box-add/1"
    assert [row["path"] for row in rows] == [str(tmp_path / "a"), str(tmp_path / "b")]
    assert {row["state"] for row in rows} == {"not played"}
    assert all(row["reason"].startswith("cannot be read") for row in rows)
    assert all((row["id"], row["title"], row["duration_s"]) == (None, None, None) for row in rows)


def test_a_cue_file_by_itself_waits_for_nobody(box, capsys, tmp_path):
    (tmp_path / "sea.lrc").write_text("[0:01] Lie down.\n")
    code, out, _ = run(capsys, "add", tmp_path / "sea.lrc")
    assert (code, out) == (0, "sea.lrc goes with the recording that is called like it\n")
    assert (box.library / "sea.lrc").is_file()
    assert "sea.lrc" not in run(capsys, "programmes")[1]


def test_only_the_box_s_own_library_is_looked_after_by_its_unit(tmp_path):
    (tmp_path / "nidra-box-library.service").touch()
    service = Folders.find("", "/var/lib/nidra-box")
    assert is_served(service, (tmp_path,))
    assert not is_served(service, (tmp_path / "none",))
    assert not is_served(Folders.find("", str(tmp_path)), (tmp_path,))
