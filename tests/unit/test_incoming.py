"""Files and folders are copied into the library whole or not at all, from a stick or by `add`."""

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import time
from collections import namedtuple

import pytest

from nidra_box.cli import intake, main
from nidra_box.files import boot_id
from nidra_box.library import incoming
from nidra_box.library.filenames import safe_name
from nidra_box.library.incoming import CannotCopy, Copied, copy_in, sweep
from nidra_box.library.stick import Outcome, Stick, read_stick, take_stick


@pytest.fixture
def stick(tmp_path):
    (tmp_path / "stick").mkdir()
    return tmp_path / "stick"


@pytest.fixture
def library(tmp_path):
    (tmp_path / "library").mkdir()
    return tmp_path / "library"


def write(path, content=b"sound", at=1_600_000_000):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (at, at))
    return path


def names(folder):
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def test_a_file_is_there_with_its_time(stick, library):
    file = write(stick / "rain.flac", b"r" * 3_000_000)
    told = []
    assert copy_in(file, library, lambda *done: told.append(done)) == Copied("rain.flac", 3_000_000)
    assert (library / "rain.flac").read_bytes() == b"r" * 3_000_000
    assert (library / "rain.flac").stat().st_mtime == 1_600_000_000
    assert names(library) == [".incoming", "rain.flac"]
    assert told[-1] == (3_000_000, 3_000_000)
    assert told == sorted(told)


def test_a_folder_is_one_programme_without_what_systems_leave(stick, library):
    for name in ("cd 1/a.mp3", "cd 2/b.mp3", "._a.mp3", ".DS_Store", "@eaDir/x", "Thumbs.db"):
        write(stick / "book" / name)
    assert copy_in(stick / "book", library).name == "book"
    assert names(library / "book") == ["cd 1", "cd 1/a.mp3", "cd 2", "cd 2/b.mp3"]


def test_it_appears_in_one_step(stick, library, monkeypatch):
    """Whoever looks while it is copied sees nothing of it; everything is synced before."""
    for name in ("a.mp3", "b.mp3"):
        write(stick / "book" / name, b"x" * 2_000_000)
    seen, synced = [], []
    fsync = os.fsync
    monkeypatch.setattr(
        os, "fsync", lambda descriptor: (synced.append(descriptor), fsync(descriptor))
    )
    rename = os.rename

    def at_once(old, new):
        seen.append(("renamed", len(synced)))
        rename(old, new)

    monkeypatch.setattr(os, "rename", at_once)
    copy_in(stick / "book", library, lambda *_: seen.append(os.listdir(library)))
    assert [one for one in seen if one != [".incoming"]] == [("renamed", 4)]  # files, folders
    assert os.listdir(library / ".incoming") == []


def test_the_same_again_is_not_copied_again(stick, library):
    file = write(stick / "rain.flac")
    copy_in(file, library)
    write(file, at=1_600_000_002)  # FAT counts in two seconds
    assert copy_in(file, library) == Copied("rain.flac", 5, was_there=True)
    assert names(library) == [".incoming", "rain.flac"]


def test_what_was_fetched_again_is_known_by_its_content(stick, library):
    copy_in(write(stick / "rain.flac", b"r" * 3_000_000), library)
    again = write(stick / "rain.flac", b"r" * 3_000_000, at=1_700_000_000)
    assert copy_in(again, library) == Copied("rain.flac", 3_000_000, was_there=True)
    other = write(stick / "rain.flac", b"r" * 2_999_999 + b"s", at=1_700_000_000)
    assert copy_in(other, library) == Copied("rain (2).flac", 3_000_000)


def test_what_is_there_is_never_replaced(stick, library):
    write(library / "rain.flac", b"mine")
    file = write(stick / "rain.flac", b"theirs", at=1_500_000_000)
    assert copy_in(file, library) == Copied("rain (2).flac", 6)
    assert copy_in(file, library) == Copied("rain (2).flac", 6, was_there=True)
    assert (library / "rain.flac").read_bytes() == b"mine"
    write(stick / "book/a.mp3")
    write(library / "book/a.mp3", b"another")
    assert copy_in(stick / "book", library).name == "book (2)"


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("rain.flac", "rain.flac"),
        ("rain\nhard.flac", "rain_hard.flac"),
        ("\x1b[2Jrain.flac", "_[2Jrain.flac"),
        ("rain\u202egpj.flac", "rain_gpj.flac"),
        ("..\\..\\rain.flac", "_.._rain.flac"),
        ("...flac", "flac"),
        (" \u00a0 ", "recording"),
        ("u\u0308ber.flac", "\u00fcber.flac"),  # NFD, as macOS writes it
        (os.fsdecode(b"m\xfcde.mp3"), "m\u00fcde.mp3"),  # Latin-1, from an old stick
        ("\u96e8" * 100 + ".flac", "\u96e8" * 65 + ".flac"),  # 3 bytes each
        ("a." + "b" * 300, "a." + "b" * 198),
    ],
)
def test_names_are_made_harmless(name, safe):
    assert safe_name(name) == safe
    assert len(safe.encode()) <= 200


def test_the_intake_may_read_it_whatever_the_umask_of_who_copies(stick, library):
    write(stick / "book/cd 1/a.mp3")
    before = os.umask(0o077)
    try:
        copy_in(write(stick / "rain.flac"), library)
        copy_in(stick / "book", library)
    finally:
        os.umask(before)
    for name, mode in (("rain.flac", 0o664), ("book", 0o775), ("book/cd 1", 0o775)):
        assert (library / name).stat().st_mode & 0o777 == mode
    assert (library / "book/cd 1/a.mp3").stat().st_mode & 0o777 == 0o664


def test_two_names_that_become_one_are_two_files(stick, library):
    for name in ("a\x01.mp3", "a\x02.mp3"):
        write(stick / "book" / name)
    copy_in(stick / "book", library)
    assert names(library / "book") == ["a_ (2).mp3", "a_.mp3"]


def test_no_link_is_followed_and_nothing_waits_for_a_pipe(stick, library, tmp_path):
    secret = write(tmp_path / "secret")
    write(stick / "book/a.mp3")
    (stick / "book/link.mp3").symlink_to(secret)
    (stick / "book/inner").symlink_to(tmp_path)
    os.mkfifo(stick / "book/pipe.mp3")
    with socket.socket(socket.AF_UNIX) as listening, contextlib.chdir(stick / "book"):
        listening.bind("socket.mp3")
    copy_in(stick / "book", library)
    assert names(library / "book") == ["a.mp3"]
    (stick / "alone.mp3").symlink_to(secret)
    for one in (stick / "alone.mp3", stick / "book/pipe.mp3"):
        with pytest.raises(CannotCopy, match="is no ordinary file"):
            copy_in(one, library)


def test_a_link_that_takes_the_place_of_a_file_is_not_followed(stick, library, tmp_path):
    """Between the look and the copy."""
    secret = write(tmp_path / "secret", b"hidden")
    for name in ("a.mp3", "b.mp3"):
        write(stick / "book" / name)

    def change(done, total):
        (stick / "book/b.mp3").unlink(missing_ok=True)
        (stick / "book/b.mp3").symlink_to(secret)

    with pytest.raises(CannotCopy):
        copy_in(stick / "book", library, change)
    assert names(library) == [".incoming"]


def test_a_file_that_grows_meanwhile_is_not_taken(stick, library):
    file = write(stick / "rain.flac")

    def more(done, total):
        with open(file, "ab") as stream:
            stream.write(b"more")

    with pytest.raises(CannotCopy, match="was changed while it was copied"):
        copy_in(file, library, more)
    assert names(library) == [".incoming"]


def test_a_stick_that_is_pulled_in_the_middle_leaves_nothing(stick, library, monkeypatch):
    for name in ("a.mp3", "b.mp3"):
        write(stick / "book" / name, b"x" * 2_000_000)
    read, blocks = os.read, []

    def pulled(descriptor, size):
        blocks.append(size)
        if len(blocks) > 4:
            raise OSError(5, "Input/output error")
        return read(descriptor, size)

    monkeypatch.setattr(incoming.os, "read", pulled)
    with pytest.raises(CannotCopy, match="was it pulled out"):
        copy_in(stick / "book", library)
    assert names(library) == [".incoming"]


def test_a_disk_that_is_full_in_the_middle_leaves_nothing(stick, library, monkeypatch):
    write(stick / "rain.flac")

    def full(descriptor, data):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(incoming.os, "write", full)
    with pytest.raises(CannotCopy, match=r"did not fit on the disk → make room"):
        copy_in(stick / "rain.flac", library)
    assert names(library) == [".incoming"]


def test_a_gigabyte_stays_free(stick, library, monkeypatch):
    usage = namedtuple("usage", "total used free")
    file = write(stick / "rain.flac", b"x" * 1_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, 1_000_999_999))
    with pytest.raises(CannotCopy, match=r"needs 0\.0 GB, and 1\.0 GB are free, of which 1\.0 GB"):
        copy_in(file, library)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(0, 0, 1_001_000_000))
    assert copy_in(file, library).name == "rain.flac"


def test_what_cannot_be_copied_says_why(stick, library):
    (stick / "empty").mkdir()
    with pytest.raises(CannotCopy, match="without a file in it"):
        copy_in(stick / "empty", library)
    write(stick / "deep/1/2/3/a.mp3")
    with pytest.raises(CannotCopy, match="folders within folders"):
        copy_in(stick / "deep", library)
    with pytest.raises(CannotCopy, match="cannot be read: no such file"):
        copy_in(stick / "none", library)
    with pytest.raises(CannotCopy, match="holds the library itself"):
        copy_in(library.parent, library)


def test_what_lies_in_the_library_is_there_already(library):
    write(library / "book/a.mp3")
    assert copy_in(library / "book/a.mp3", library) == Copied("book", 0, was_there=True)


KILLED = """
import sys, time
from pathlib import Path
from nidra_box.library.incoming import copy_in
copy_in(Path(sys.argv[1]), Path(sys.argv[2]), lambda *_: (print("copying", flush=True), time.sleep(60)))
"""


def test_what_a_killed_copy_left_is_swept_but_none_that_goes_on(stick, library):
    file = write(stick / "rain.flac")
    command = [sys.executable, "-c", KILLED, file, library]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as copying:
        copying.stdout.readline()
        sweep(library)
        assert len(os.listdir(library / ".incoming")) == 1
        copying.kill()
        copying.wait()
    assert names(library / ".incoming") != []
    sweep(library)
    assert names(library) == [".incoming"]
    assert copy_in(file, library).name == "rain.flac"


def test_a_library_without_the_folder_has_nothing_to_sweep(tmp_path):
    sweep(tmp_path / "nowhere")


def test_everything_is_written_by_whoever_may(stick, library):
    """Root opens what the caller names, and writes with the rights of the library's owner."""
    write(stick / "rain.flac")
    inside = []

    @contextlib.contextmanager
    def writing():
        inside.append(time.monotonic())
        yield

    copy_in(stick / "rain.flac", library, writing=writing)
    assert len(inside) == 3  # the workplace, the file, its name


# -- a stick -------------------------------------------------------------------------------------


def test_the_folder_of_a_stick_is_copied_and_nothing_else_of_it(stick, library):
    write(stick / "NIDRA-BOX/rain.flac", b"long" * 100)
    write(stick / "NIDRA-BOX/rain.lrc", b"short")
    write(stick / "NIDRA-BOX/book/a.mp3")
    write(stick / "NIDRA-BOX/._rain.flac")
    write(stick / "private.mp3")
    before = {path: path.stat() for path in stick.rglob("*")}
    assert take_stick(stick, library) == Outcome(("rain.lrc", "rain.flac", "book"))
    assert names(library) == [
        ".incoming",
        ".incoming/stick.json",
        "book",
        "book/a.mp3",
        "rain.flac",
        "rain.lrc",
    ]
    assert before.keys() == set(stick.rglob("*"))
    assert take_stick(stick, library).was_there == ("rain.lrc", "rain.flac", "book")


def test_what_of_a_stick_was_not_copied_is_kept_with_its_reason(stick, library):
    write(stick / "nidra-box/rain.flac")
    (stick / "nidra-box/empty").mkdir()
    outcome = take_stick(stick, library)
    (refusal,) = outcome.refused
    assert (outcome.copied, refusal.name) == (("rain.flac",), "empty")
    assert read_stick(library) == Stick(("rain.flac",), (refusal,), boot_id(), 0.0)
    (stick / "nidra-box/empty").rmdir()
    take_stick(stick, library)
    assert read_stick(library).refused == ()


def test_a_stick_was_put_in_when_the_system_first_saw_it(stick, library, monkeypatch, tmp_path):
    write(stick / "nidra-box/rain.flac")
    monkeypatch.setattr("nidra_box.library.stick.UDEV", tmp_path)
    device = stick.stat().st_dev
    known = b"S:disk/by-id/usb-x\nI:4123456789\nE:ID_FS_TYPE=vfat\n"
    write(tmp_path / f"b{os.major(device)}:{os.minor(device)}", known)
    take_stick(stick, library)
    assert read_stick(library).put_in_at_s == 4123.456789


def test_a_stick_with_too_much_on_it_is_refused_in_one_line(stick, library, monkeypatch):
    monkeypatch.setattr("nidra_box.library.stick.MOST_FILES", 2)
    for name in "abc":
        write(stick / "nidra-box" / name)
    (refusal,) = take_stick(stick, library).refused
    assert refusal.reason == "has more than 2 files → use folders"
    assert names(library) == [".incoming", ".incoming/stick.json"]


@pytest.mark.parametrize("make", [lambda folder: None, lambda folder: write(folder / "nidra-box")])
def test_a_stick_without_the_folder_is_left_alone(stick, library, make):
    make(stick)
    assert take_stick(stick, library) == Outcome()
    assert os.listdir(library) == []


def test_a_session_that_begins_has_the_copy_wait(stick, library, monkeypatch):
    """Between two blocks; and it goes on where it was."""
    write(stick / "nidra-box/rain.flac", b"x" * 3_000_000)
    hushed = iter([False, False, True, True, False, False, False, False])
    slept = []
    monkeypatch.setattr(intake, "is_hushed", lambda: next(hushed))
    monkeypatch.setattr(intake.time, "sleep", slept.append)
    assert take_stick(stick, library, intake.wait_while_hushed).copied == ("rain.flac",)
    assert slept == [1.0, 1.0]


def test_the_command_says_what_became_of_each(stick, library, capsys, tmp_path):
    write(stick / "nidra-box/a.flac")
    write(stick / "nidra-box/b.flac")
    (stick / "nidra-box/empty").mkdir()
    shutil.copy2(stick / "nidra-box/b.flac", library / "b.flac")
    settings = write(tmp_path / "box.yaml", f"folders: {{library: {library}}}".encode())
    assert main(["take-stick", str(stick), "--config", str(settings)]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "a.flac: copied into the library",
        "b.flac: was in the library already",
        "empty: not copied: it is a folder without a file in it → put the recordings into it",
    ]


@pytest.mark.parametrize(
    "text", ["", "[]", '{"format": "x"}', '{"format": "nidra-stick/1", "refused": 3}']
)
def test_what_somebody_wrote_into_the_list_is_not_believed(library, text):
    write(library / ".incoming/stick.json", text.encode())
    with pytest.raises(ValueError, match=r"it is|refused"):
        read_stick(library)


def test_the_intake_is_started_for_this_box_when_the_session_has_ended(monkeypatch, tmp_path):
    """As a process of its own, in place of the command."""
    settings = write(tmp_path / "box.yaml", b"folders: {library: /one, recordings: /two}\n")
    hushed, became = [True, False], []
    monkeypatch.setattr(intake, "is_hushed", lambda: hushed.pop(0))
    monkeypatch.setattr(intake.time, "sleep", lambda _: became.append("waited"))
    monkeypatch.setattr(intake.os, "execv", lambda *words: became.append(words))
    main(["take-in", "--config", str(settings)])
    program = [sys.executable, "-m", "nidra_box.library.intake"]
    where = ["--library", "/one", "--store", "/two", "--quality", "auto"]
    assert became == ["waited", (sys.executable, program + where)]
