"""The file of nights: a year of them, whole or not at all, never in the way."""

import errno
import json
import os
import threading

import pytest

from nidra_box.diary import nights as nights_module
from nidra_box.diary.night_log import Night
from nidra_box.diary.nights import BackgroundNights, NightFile

EVENING = 1_790_000_000.0


def usual(number=0, **fields):
    values = {
        "started": EVENING + number * 86_400.0,
        "started_at": 1_234_567.1 + number,
        "programmes": ["Lower Back, Long Night"],
        "asleep_s": 1500.0,
        "silent_s": 29_244.0,
        "ended": "end",
        "longest_ms": 12.3,
    }
    return Night(**(values | fields))


EVENTFUL = usual(
    faded_s=60.5,
    extended=2,
    touched=1,
    paused=3,
    restarts=1,
    late_turns=4,
    lost_card_s=40.0,
    faults=["light: gone “away”"],
)


def test_what_is_kept_is_read(tmp_path):
    file = NightFile(tmp_path / "deep" / "state")
    assert file.read() == []
    assert file.last() is None
    assert file.keep(EVENTFUL) == ""
    assert file.keep(usual(1)) == ""
    assert file.read() == [EVENTFUL, usual(1)]
    assert len(file.path.read_bytes().splitlines()) == 2


def test_a_night_that_goes_on_is_still_one_line(tmp_path):
    file = NightFile(tmp_path)
    file.keep(usual(0))
    file.keep(usual(1, ended="", silent_s=None))
    file.keep(usual(1))
    assert file.read() == [usual(0), usual(1)]


def test_a_year_of_usual_nights_fits(tmp_path):
    file = NightFile(tmp_path)
    line = nights_module._line(usual(0))
    assert (len(line) + 1) * 366 < 64_000
    file.path.write_bytes(b"".join(nights_module._line(usual(n)) + b"\n" for n in range(400)))
    file.keep(usual(400))
    kept = file.read()
    assert len(kept) == 366
    assert kept[0] == usual(35)
    assert kept[-1] == usual(400)


def test_eventful_nights_stay_below_the_size(tmp_path):
    file = NightFile(tmp_path)
    long = {"faults": ["ä" * 120] * 8}
    file.path.write_bytes(
        b"".join(nights_module._line(usual(n, **long)) + b"\n" for n in range(40))
    )
    for number in range(40, 44):
        file.keep(usual(number, **long))
        assert file.path.stat().st_size <= 64_000
    assert file.last().started_at == usual(43).started_at


@pytest.mark.parametrize(
    "torn",
    [b'{"started":"2026-11-19T22', nights_module._line(usual(9)), b"\x00" * 200, b"null", b"[1]"],
)
def test_a_torn_last_line_is_skipped_and_written_over(tmp_path, torn):
    file = NightFile(tmp_path)
    file.keep(usual(0))
    with file.path.open("ab") as stream:
        stream.write(torn)
    assert file.read() == [usual(0)]
    assert file.keep(usual(1)) == ""
    assert file.read() == [usual(0), usual(1)]
    assert file.path.read_bytes().endswith(b"\n")


def test_a_line_with_a_value_that_cannot_be_is_left_out(tmp_path):
    file = NightFile(tmp_path)
    line = {"started": "2026-11-19T22:41:05+01:00", "faded_s": 5, "dreams": 7}
    bad = ['{"started": "never"}', "[" * 100_000, json.dumps(line | {"touched": -2})]
    file.path.write_text("\n".join([json.dumps(line), *bad]) + "\n")
    (night,) = file.read()
    assert night == Night(started=night.started, faded_s=5)


def test_a_full_disk_is_a_word_and_the_old_file_stays(tmp_path, monkeypatch):
    file = NightFile(tmp_path)
    file.keep(usual(0))

    def full(descriptor):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in file.keep(usual(0, touched=1))
    assert file.read() == [usual(0)]


def test_a_folder_that_cannot_be_is_a_word(tmp_path):
    (tmp_path / "file").write_text("")
    file = NightFile(tmp_path / "file" / "state")
    assert "could not be written down" in file.keep(usual(0))
    assert file.last() is None


class SlowFile:
    """A card that takes its time: every write waits to be let go."""

    def __init__(self, outcome=""):
        self.kept, self.outcome = [], outcome
        self.begun, self.go = threading.Semaphore(0), threading.Semaphore(0)

    def keep(self, night):
        self.begun.release()
        assert self.go.acquire(timeout=10)
        self.kept.append(night)
        return self.outcome


def test_the_owner_never_waits_and_what_is_overtaken_is_not_written():
    file = SlowFile()
    nights = BackgroundNights(file)
    nights.keep(usual(0))
    assert file.begun.acquire(timeout=10)
    for touched in range(3):
        nights.keep(usual(0, touched=touched))
    nights.keep(usual(1))
    for _ in range(3):
        file.go.release()
    nights.close()
    assert file.kept == [usual(0), usual(0, touched=2), usual(1)]


def test_a_complaint_is_made_once():
    file, said = SlowFile("full"), []
    nights = BackgroundNights(file, said.append)
    for number in range(3):
        nights.keep(usual(number))
        file.go.release()
    nights.close()
    assert said == ["full"]
    assert len(file.kept) == 3


def test_closing_what_was_never_used():
    BackgroundNights(SlowFile()).close()
