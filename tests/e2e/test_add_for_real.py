"""`add`, `describe` and `forget` with the intake itself, as a process of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
import time

import pytest
import soundfile

from nidra_box.library.gone import forgotten
from nidra_box.library.record import read_items, read_record
from tests.support.own import Own, rows_of, run
from tests.support.store import noise, with_bell

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs ffmpeg")


@pytest.fixture
def box(tmp_path, monkeypatch):
    return Own(tmp_path, monkeypatch)


def sound(path, seconds=20.0, db=-40.0, bell_at_s=None, **options):
    """A file that has lain there for a while."""
    heard = noise(seconds, db)
    if bell_at_s is not None:
        heard = with_bell(heard, bell_at_s)
    soundfile.write(path, heard, 48_000, **options)
    os.utime(path, (1_700_000_000, 1_700_000_000))
    return path


def added(capsys, *paths):
    code, out, _ = run(capsys, "add", "--json", *paths)
    return code, json.loads(out)["added"]


@needs_ffmpeg
def test_a_telephone_s_voice_memo_is_taken_in_and_told(box, capsys, tmp_path):
    wav, memo = sound(tmp_path / "a.wav"), tmp_path / "ocean.m4a"
    tags = ["-metadata", "title=Ocean at Night", "-metadata", "artist=Ann Teacher"]
    subprocess.run(["ffmpeg", "-v", "error", "-i", wav, *tags, memo], check=True)
    code, out, err = run(capsys, "add", memo)
    assert code == 0, out + err
    head, *lines = out.splitlines()
    record = read_record(box.store / read_items(box.store)[0].id)
    assert head == f"ocean.m4a is ready: Ocean at Night, Ann Teacher  ({record.id})"
    assert lines[0].startswith("  AAC")
    assert "mono" in lines[0]
    assert any(line.startswith("  plays ") and "-24 LUFS" in line for line in lines)
    assert "  fades out over its last 2 s" in lines
    assert any(re.fullmatch(r"  takes [\d.]+ MB of [\d.]+ GB free", line) for line in lines)
    row = next(row for row in rows_of(capsys) if row["id"] == record.id)
    assert (row["title"], row["state"], row["reason"]) == ("Ocean at Night", "ready", None)
    assert row["duration_s"] == pytest.approx(20.0, abs=0.05)


def test_what_is_no_sound_is_told_with_its_reason_and_left_there(box, capsys, tmp_path):
    page = tmp_path / "page.flac"
    page.write_text("<!doctype html><html>" + "x" * 5000)
    os.utime(page, (1_700_000_000, 1_700_000_000))
    code, rows = added(capsys, page, sound(tmp_path / "sea.flac"))
    assert code == 1
    assert [row["state"] for row in rows] == ["not played", "ready"]
    assert "web page" in rows[0]["reason"]
    assert (box.library / "page.flac").exists()
    assert next(r for r in rows_of(capsys) if r["id"] == "page.flac")["state"] == "not played"


def test_a_folder_is_one_programme_in_natural_order(box, capsys, tmp_path):
    (tmp_path / "The long way").mkdir()
    for number in (10, 2, 1):
        sound(tmp_path / "The long way" / f"{number}.flac", 10.0 + number)
    code, rows = added(capsys, tmp_path / "The long way")
    assert code == 0
    assert rows[0]["duration_s"] == pytest.approx(43.0, abs=0.1)
    record = read_record(box.store / rows[0]["id"])
    assert [each.name.rpartition("/")[2] for each in record.originals] == [
        "1.flac",
        "2.flac",
        "10.flac",
    ]


def test_the_same_again_is_there_already(box, capsys, tmp_path):
    file = sound(tmp_path / "sea.flac")
    added(capsys, file)
    code, rows = added(capsys, file)
    assert code == 0
    assert (rows[0]["was_there"], rows[0]["state"], rows[0]["name"]) == (True, "ready", "sea.flac")
    assert sorted(os.listdir(box.library)) == [".incoming", "sea.flac"]
    code, out, _ = run(capsys, "add", box.library / "sea.flac")
    assert code == 0
    assert out.startswith("sea.flac is in the library already\nsea.flac is ready: ")


def test_another_light_finds_another_dark_at_once(box, capsys, tmp_path):
    _, rows = added(capsys, sound(tmp_path / "sea.flac", 150.0, -50.0, bell_at_s=120.0))
    place = box.store / rows[0]["id"]
    assert read_record(place).jolts == ()
    assert run(capsys, "describe", "sea", "--length", "1:00")[0] == 0
    (jolt,) = read_record(place).jolts
    assert jolt.start_s == pytest.approx(120.0, abs=0.5)
    assert min(read_record(place).softening_db) < -25.0
    _, out, _ = run(capsys, "describe", "sea", "--soften", "never", "--title", "The sea")
    assert read_record(place).softening_db == ()
    assert len(read_record(place).jolts) == 1
    _, out, _ = run(capsys, "show", "the sea")
    assert "left as it is, since you said: never soften" in out
    run(capsys, "describe", "the sea", "--loop")
    row = next(row for row in rows_of(capsys) if row["title"] == "The sea")
    assert row["duration_s"] == 8 * 3600.0


def test_what_was_forgotten_is_not_taken_in_again_until_it_is_brought_back(box, capsys, tmp_path):
    file = sound(tmp_path / "sea.flac")
    _, rows = added(capsys, file)
    programme = rows[0]["id"]
    run(capsys, "forget", "sea")
    code, rows = added(capsys, file)
    assert code == 1
    assert f"nidra-box forget --undo {programme}" in rows[0]["reason"]
    assert not (box.store / programme).exists()
    assert programme not in [row["id"] for row in rows_of(capsys)]
    run(capsys, "forget", "--undo", "sea")
    assert forgotten(box.store) == []
    assert programme in [row["id"] for row in rows_of(capsys)]
    assert added(capsys, file)[1][0]["state"] == "ready"


def test_a_cue_file_goes_with_its_recording_and_what_is_wrong_in_it_is_told(box, capsys, tmp_path):
    file = sound(tmp_path / "sea.flac")
    (tmp_path / "sea.lrc").write_text("[0:02] Lie down.\n[5:00] Too late.\n")
    code, out, err = run(capsys, "add", file)
    assert code == 0
    assert "sea.lrc goes with it" in err
    _, out, _ = run(capsys, "show", "sea")
    assert "0:02  Lie down." in out
    assert "its cue file, line 2: " in out
    assert [row["id"] for row in rows_of(capsys)].count("sea.lrc") == 0
    (box.library / "sea.lrc").unlink()
    run(capsys, "add", sound(tmp_path / "rain.flac", 30.0))
    _, out, _ = run(capsys, "show", "sea")
    assert "Lie down" not in out
    assert "cue file" not in out


def test_every_reason_lies_in_a_text_for_whoever_has_no_terminal(box, capsys, tmp_path):
    (tmp_path / "page.flac").write_text("<!doctype html><html>" + "x" * 5000)
    added(capsys, tmp_path / "page.flac", sound(tmp_path / "sea.flac"))
    text = (box.store / "taken-in.txt").read_text()
    assert "Not played (1)\n\n  page.flac\n      it is a web page" in text
    assert "Ready to play (1)\n\n  sea.flac\n      sea, 0:20\n" in text


def started(path):
    """As from a terminal: a shell has what it starts behind a `&` ignore Ctrl-C, tests too."""
    words = ["env", "--default-signal=INT", sys.executable, "-m", "nidra_box", "add", str(path)]
    return subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE)


def wait_for(true, seconds=30.0):
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_control_c_while_it_copies_leaves_nothing(box, tmp_path):
    """A sparse file of many gigabytes takes long enough to be interrupted."""
    if shutil.disk_usage(tmp_path).free < 40 << 30:
        pytest.skip("the disk is too small for it")
    big = tmp_path / "big.wav"
    with open(big, "wb") as stream:
        stream.truncate(30 << 30)
    process = started(big)
    wait_for(lambda: list((box.library / ".incoming").glob("*/big.wav")))
    process.send_signal(2)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert os.listdir(box.library) == [".incoming"]
    assert os.listdir(box.library / ".incoming") == []


def test_control_c_while_it_is_taken_in_ends_the_intake_too(box, tmp_path):
    process = started(sound(tmp_path / "long.flac", 900.0))
    wait_for(lambda: any(item.state == "taking" for item in read_items(box.store)))
    process.send_signal(2)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130, err
    assert b"in the library, and taken in at the next add: long.flac" in err
    asked = ["pgrep", "-f", str(box.store)]
    assert subprocess.run(asked, capture_output=True, check=False).stdout == b""
    assert (box.library / "long.flac").exists()
