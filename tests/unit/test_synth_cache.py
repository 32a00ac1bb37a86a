"""Sounds in their cache: whole or not there, known when damaged, the same every time, made in
little memory; and the commands and the process that make them."""

import hashlib
import os
import resource
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from nidra_box.appliance.beds import BedsToCome
from nidra_box.cli import main
from nidra_box.cli.common import playable
from nidra_box.diary.entries import FaultEnded
from nidra_box.sound import beds
from nidra_box.sound.sources import FileSource
from tests.support.box import ROOT, with_beds

BUDGET_MB = 150


@pytest.fixture
def short(monkeypatch):
    """Three short sounds instead of all of them, for what is not about their samples."""
    few = {
        name: replace(beds.RECIPES[name], seconds=2.5)
        for name in ("bed:brown", "sound:bowl", "sound:bell")
    }
    for name in list(beds.RECIPES):
        monkeypatch.delitem(beds.RECIPES, name)
    for name, recipe in few.items():
        monkeypatch.setitem(beds.RECIPES, name, recipe)
    return list(few)


@pytest.fixture
def folder(tmp_path, short):
    for name in short:
        beds.make_into(tmp_path, name)
    return tmp_path


@pytest.mark.slow
def test_another_run_makes_the_same_files_in_little_memory(tmp_path):
    """All sounds in a fresh process: the hashes that the last run noted, and the most memory it
    ever held (VmHWM: `ru_maxrss` would count what this test run holds, too)."""
    code = (
        "import sys, pathlib\n"
        "from nidra_box.sound import beds\n"
        "for name in beds.RECIPES: beds.make_into(pathlib.Path(sys.argv[1]), name)\n"
        "status = pathlib.Path('/proc/self/status').read_text().splitlines()\n"
        "print(next(line.split()[1] for line in status if line.startswith('VmHWM')))\n"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    most_mb = int(done.stdout) / 1024
    print(f"{most_mb:.0f} MB")
    assert 20 < most_mb < BUDGET_MB
    assert beds.missing(tmp_path, thorough=True) == []
    kept = with_beds().beds
    for name in beds.RECIPES:
        noted = f"{beds.file_name(name)}.sha256"
        assert (tmp_path / noted).read_text() == (kept / noted).read_text(), (
            f"{name} is not what it was: another version of its recipe? (numpy may have changed; "
            f"then remove {kept})"
        )


def test_the_hash_beside_a_sound_is_one_that_everybody_can_check(folder, short):
    for name in short:
        path = folder / beds.file_name(name)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert (folder / f"{path.name}.sha256").read_text() == f"{digest}  {path.name}\n"


def test_a_cached_sound_can_be_played(folder):
    source = FileSource(folder / beds.file_name("sound:bowl"))
    assert (source.frames, source.channels) == (beds.RECIPES["sound:bowl"].frames, 2)
    assert source.read(1000, 100).any()
    source.close()


def test_a_folder_without_sounds_lacks_all_of_them(tmp_path):
    assert beds.missing(tmp_path / "nowhere") == list(beds.RECIPES)


def cut_short(path):
    os.truncate(path, path.stat().st_size - 4000)


def emptied(path):
    path.write_bytes(b"")


def torn_header(path):
    """What a power cut leaves of a file without fsync: the right length, and zeros."""
    path.write_bytes(bytes(path.stat().st_size))


def without_hash(path):
    path.with_name(path.name + ".sha256").unlink()


def with_an_empty_hash(path):
    path.with_name(path.name + ".sha256").write_bytes(b"")


def with_a_broken_hash(path):
    path.with_name(path.name + ".sha256").write_bytes(b"\xff" * 90)


def with_a_fifo_for_a_hash(path):
    without_hash(path)
    os.mkfifo(path.with_name(path.name + ".sha256"))


def replaced_by_a_folder(path):
    path.unlink()
    path.mkdir()


DAMAGE = [
    cut_short,
    emptied,
    torn_header,
    without_hash,
    with_an_empty_hash,
    with_a_broken_hash,
    with_a_fifo_for_a_hash,
    replaced_by_a_folder,
]


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_sound_is_missing_at_every_start(folder, damage):
    assert beds.missing(folder) == []
    damage(folder / beds.file_name("sound:bell"))
    assert beds.missing(folder) == ["sound:bell"]


def test_a_flipped_bit_is_found_by_a_thorough_look_and_mended(folder):
    path = folder / beds.file_name("sound:bell")
    whole = path.read_bytes()
    path.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    assert beds.missing(folder) == []
    assert beds.missing(folder, thorough=True) == ["sound:bell"]
    beds.make_into(folder, "sound:bell")
    assert path.read_bytes() == whole
    assert beds.missing(folder, thorough=True) == []


def test_a_card_that_is_full_leaves_nothing_behind(tmp_path, short):
    """A real limit on the length of files, in the middle of the samples."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            beds.make_into(tmp_path, "bed:brown")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []
    assert "bed:brown" in beds.missing(tmp_path)


def test_a_sound_that_cannot_be_renewed_stays_as_it_was(folder, monkeypatch):
    def fail(source, target):
        raise OSError(28, "No space left on device")

    path = folder / beds.file_name("sound:bell")
    before = path.read_bytes()
    monkeypatch.setattr("pathlib.Path.replace", fail)
    with pytest.raises(OSError, match="No space"):
        beds.make_into(folder, "sound:bell")
    assert path.read_bytes() == before
    assert not list(folder.glob("*.part"))


def test_two_that_make_the_same_sound_at_once_do_not_disturb_each_other(tmp_path, short):
    with ThreadPoolExecutor(4) as makers:
        made = [makers.submit(beds.make_into, tmp_path, "sound:bell") for _ in range(8)]
        assert {future.result() for future in made} == {tmp_path / beds.file_name("sound:bell")}
    assert "sound:bell" not in beds.missing(tmp_path, thorough=True)
    assert len(list(tmp_path.iterdir())) == 2


def test_what_another_process_made_meanwhile_is_not_made_again(tmp_path, short):
    """The service and the installation of its package may make the sounds at the same time."""
    path = beds.make_into(tmp_path, "sound:bell", unless_whole=True)
    made = path.stat().st_ino
    assert beds.make_into(tmp_path, "sound:bell", unless_whole=True) == path
    assert path.stat().st_ino == made
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    beds.make_into(tmp_path, "sound:bell", unless_whole=True)
    assert beds.missing(tmp_path, thorough=True) == ["bed:brown", "sound:bowl"]


@pytest.mark.parametrize(
    "change", [{"seed": 62}, {"version": 99}, {"seconds": 3.0}, {"modulation_db": None}]
)
def test_another_recipe_is_another_file(monkeypatch, change):
    before = beds.file_name("bed:brown")
    recipe = replace(beds.RECIPES["bed:brown"], **change)
    monkeypatch.setitem(beds.RECIPES, "bed:brown", recipe)
    assert beds.file_name("bed:brown") != before


# -- the commands and the process that make them ---------------------------------------------


def test_the_command_names_what_it_made_and_makes_only_what_is_not_whole(
    tmp_path, short, capsys, monkeypatch
):
    monkeypatch.setattr(os, "nice", lambda by: None)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    into = tmp_path / "beds"
    assert main(["beds", "--into", str(into)]) == 0
    assert capsys.readouterr().out.split() == short
    path = into / beds.file_name("bed:brown")
    with path.open("r+b") as stream:
        stream.seek(9_999)
        stream.write(b"damage")
    assert main(["beds", "--into", str(into)]) == 0
    assert capsys.readouterr().out.split() == ["bed:brown"]
    assert main(["beds", "--into", str(into), "--quiet"]) == 0
    assert capsys.readouterr().out == ""


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path, short, capsys, monkeypatch):
    monkeypatch.setattr(os, "nice", lambda by: None)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "own"))
    (tmp_path / "file").write_text("")
    assert main(["beds", "--into", str(tmp_path / "file" / "beds")]) == 1
    assert "Not a directory" in capsys.readouterr().err


def test_without_a_terminal_the_work_is_said_when_it_begins_and_only_if_there_is_any(
    tmp_path, short, capsys
):
    playable.make_beds_into(tmp_path)
    assert capsys.readouterr().err.startswith("making the sounds that are missing (3)")
    playable.make_beds_into(tmp_path)
    assert capsys.readouterr().err == ""


def test_the_bar_counts_the_sounds(tmp_path, short, monkeypatch):
    shown = []

    class Bar:
        def __init__(self, label):
            shown.append(label)

        def __call__(self, share, text=""):
            shown.append((round(share, 2), text))

        def done(self):
            shown.append("done")

    monkeypatch.setattr(playable, "Progress", Bar)
    playable.make_beds_into(tmp_path)
    assert shown == [
        "making sounds",
        (0.0, "bed:brown (1 of 3)"),
        (0.33, "sound:bowl (2 of 3)"),
        (0.67, "sound:bell (3 of 3)"),
        "done",
    ]


def test_a_box_takes_up_each_sound_as_it_comes(tmp_path):
    """The maker is a process of its own; here it is a script that is slow about it."""
    maker = tmp_path / "maker"
    maker.write_text("#!/bin/sh\necho bed:brown\nread wait < $0.go\necho bed:rain\n")
    maker.chmod(0o755)
    os.mkfifo(f"{maker}.go")
    told = []
    posted = []
    beds = BedsToCome(["bed:brown", "bed:rain"], posted.append)
    thread = beds.make(tmp_path, told.append, [str(maker)])
    with open(f"{maker}.go", "w") as go:  # opens when the first name has been said
        assert thread.is_alive()
        go.write("on\n")
    thread.join(10.0)
    assert told == ["bed:brown", "bed:rain", ""]
    assert posted == [FaultEnded("bed:brown"), FaultEnded("bed:rain")]
