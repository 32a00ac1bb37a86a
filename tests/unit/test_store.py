"""The state: whole or not at all, readable whatever happened, never in the way of the sound."""

import errno
import json
import math
import os
import threading
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nidra_box.appliance.memory import Heard, Memory, heard_after, memory_of, recall
from nidra_box.appliance.parts.saver import Saver
from nidra_box.appliance.store import BackgroundStore, FileStore, file_system, heard_in
from nidra_box.diary.diary import Diary
from nidra_box.part import Course
from nidra_box.session import events as e
from nidra_box.session.events import Outline, Phase, Settings
from nidra_box.session.rules.starting import first_second
from nidra_box.session.session import Session
from nidra_box.session.transitions import step

SOME = Memory(-31.5, 60.0, "night", "tape.flac", 1234.5, True, "boot", 77.0, 1.79e9)
OTHER = replace(SOME, volume_db=-12.0)


def test_what_is_saved_is_loaded(tmp_path):
    store = FileStore(tmp_path / "deep" / "folder")
    assert store.load() == (Memory(), [])
    store.save(SOME)
    assert store.failed == ""
    assert FileStore(tmp_path / "deep" / "folder").load() == (SOME, [])


def test_an_overlay_is_known_from_the_list_of_mounts(tmp_path):
    device = os.stat(tmp_path).st_dev
    mounts = tmp_path / "mountinfo"
    mounts.write_text(
        "21 1 9999:1 / /proc rw - proc proc rw\n"
        f"22 1 {os.major(device)}:{os.minor(device)} / / rw,noatime shared:1 - overlay over rw\n"
    )
    assert file_system(tmp_path, mounts) == "overlay"
    mounts.write_text("torn\n22 1")
    assert file_system(tmp_path, mounts) == ""
    assert file_system(tmp_path / "nowhere", mounts) == ""
    assert file_system(tmp_path) != ""


def test_the_last_good_state_is_kept_beside(tmp_path):
    store = FileStore(tmp_path)
    store.save(SOME)
    store.save(OTHER)
    (tmp_path / "state.json").write_bytes(b"")
    memory, complaints = store.load()
    assert memory == SOME
    assert "state.json cannot be used" in complaints[0]


@pytest.mark.parametrize(
    "garbage",
    [b"", b"{", b"\x00" * 300, b"[]", b"null", b'{"version": "one"}', b"\xff\xfe", b"[" * 100_000],
)
def test_a_torn_state_is_a_complaint_and_the_defaults(tmp_path, garbage):
    (tmp_path / "state.json").write_bytes(garbage)
    (tmp_path / "state.json.bak").write_bytes(garbage)
    memory, complaints = FileStore(tmp_path).load()
    assert memory == Memory()
    assert len(complaints) == 2


def test_a_torn_file_never_becomes_the_backup(tmp_path):
    store = FileStore(tmp_path)
    store.save(SOME)
    store.save(OTHER)
    (tmp_path / "state.json").write_bytes(b"{")
    store.save(replace(SOME, volume_db=-1.0))
    assert store.failed == ""
    assert json.loads((tmp_path / "state.json.bak").read_text())["volume_db"] == SOME.volume_db


def test_a_newer_version_is_read_as_far_as_it_is_understood(tmp_path):
    (tmp_path / "state.json").write_text(
        json.dumps(
            {
                "version": 9,
                "volume_db": -40,
                "dreams": [1],
            }
        )
    )
    memory, complaints = FileStore(tmp_path).load()
    assert memory == replace(Memory(), volume_db=-40.0)
    assert complaints == []


@pytest.mark.slow
@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda x: st.lists(x) | st.dictionaries(st.text(), x),
    )
)
def test_any_json_is_survived(value):
    import tempfile
    from pathlib import Path

    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "state.json").write_text(json.dumps(value))
        memory, _ = FileStore(Path(folder)).load()
        assert math.isfinite(memory.volume_db)


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_card_that_refuses_is_told_and_the_old_state_stays(tmp_path, monkeypatch, code):
    store = FileStore(tmp_path)
    store.save(SOME)

    def refuse(descriptor):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", refuse)
    store.save(OTHER)
    assert os.strerror(code) in store.failed
    monkeypatch.undo()
    assert store.load()[0] == SOME


def test_a_cut_at_any_step_of_a_save_leaves_a_readable_state(tmp_path, monkeypatch):
    """The process dies at each system call of a save in turn."""

    class Died(BaseException):
        pass

    steps = ["open", "fsync", "replace", "replace_again"]
    for step_number in range(len(steps)):
        folder = tmp_path / str(step_number)
        store = FileStore(folder)
        store.save(SOME)
        calls = {"n": 0}

        def dying(original):
            def call(*args, **kwargs):
                calls["n"] += 1
                if calls["n"] > step_number:
                    raise Died
                return original(*args, **kwargs)

            return call

        with monkeypatch.context() as patched:
            patched.setattr(os, "fsync", dying(os.fsync))
            patched.setattr(type(folder), "replace", dying(type(folder).replace))
            with pytest.raises(Died):
                store.save(OTHER)
        memory, _ = FileStore(folder).load()
        assert memory in (SOME, OTHER)


def saver_of(store, phase=Phase.IDLE):
    session = Session(Settings(("a",)), "a", phase=phase, outline=Outline("a", "A", 3600.0))
    return Saver(store, Course(session), Clocks())


def test_the_volume_is_saved_when_the_hand_has_come_to_rest(tmp_path):
    saver = saver_of(FileStore(tmp_path))
    for t in (1.0, 2.0, 3.0):
        saver.soon(t)
    assert saver.next_at() == 8.0  # five seconds after the last turn
    saver.save(8.0)
    assert saver.next_at() == math.inf


def test_a_place_is_saved_so_often_that_a_cut_costs_five_minutes_at_most(tmp_path):
    saver = saver_of(FileStore(tmp_path), Phase.PLAYING)
    saver.save(9.0)
    assert saver.next_at() == 9.0 + 285.0


def test_a_save_that_fails_is_one_fault_and_is_tried_again():
    class Full:
        failed = "disk full"

        def save(self, memory):
            return

    store = Full()
    saver, diary = saver_of(store), Diary(notes := Notes())
    for at in (0.0, 1.0):
        for entry in saver.save(at):
            diary.write(at, entry)
    assert [entry.what for entry in notes.entries] == ["fault"]
    assert diary.faults.standing == ("disk full",)
    assert saver.next_at() == 1.0 + 300.0
    store.failed = ""
    for entry in saver.work(301.0):
        diary.write(301.0, entry)
    assert diary.faults.standing == ()
    assert notes.entries[-1].sentence() == "state works again"


class Notes:
    def __init__(self):
        self.entries = []

    def note(self, at, entry, diary):
        self.entries.append(entry)


# -- what a box makes of it ------------------------------------------------------------------


class Clocks:
    def __init__(self, boot="boot", wall=1.79e9):
        self._boot, self._wall = boot, wall

    def boot(self):
        return self._boot

    def wall(self):
        return self._wall

    def now(self):
        return 0.0


IDLE = Session(e.Settings(("night", "tape.flac")), "night")


def recalled(memory, now=100.0, **clocks):
    return recall(IDLE, memory, now, Clocks(**clocks))


def test_a_box_starts_silent_and_dark_whatever_it_remembers():
    session = recalled(SOME)
    assert session.phase is e.Phase.IDLE
    assert session.outline is None
    assert (session.volume_db, session.brightness, session.chosen) == (-31.5, 60.0, "night")


def test_remembered_levels_stay_within_the_limits():
    session = recalled(replace(SOME, volume_db=20.0, brightness=3.0, chosen="gone"))
    assert (session.volume_db, session.brightness, session.chosen) == (0.0, 10.0, "night")


@pytest.mark.parametrize(
    ("clocks", "saved", "offered"),
    [
        ({}, {"saved_at": 90.0}, True),  # the same boot, ten seconds ago
        ({}, {"saved_at": -3000.0}, False),  # the same boot, long ago
        ({"boot": "other", "wall": 1.79e9 + 600}, {}, True),  # ten minutes by the wall clock
        ({"boot": "other", "wall": 1.79e9 + 7200}, {}, False),
        ({"boot": "other", "wall": 1.79e9 - 5}, {}, False),  # the clock is behind: nobody knows
        ({"boot": "other", "wall": 0.0}, {}, False),
    ],
)
def test_a_guided_night_goes_on_only_when_it_is_known_to_be_recent(clocks, saved, offered):
    memory = replace(SOME, playing="night", keeps_place=False, **saved)
    session = recalled(memory, **clocks)
    assert (session.resume is not None) == offered


def test_a_recording_keeps_its_place_for_ever():
    session = recalled(SOME, boot="other", wall=0.0)
    assert session.resume.position_s == 1234.5
    assert session.resume.until == math.inf


def test_what_is_remembered_of_a_session():
    session, _ = step(IDLE, e.Press(1.0))
    session, _ = step(session, e.Loaded(1.0, e.Outline("night", "N", 600.0)))
    memory = memory_of(session, 61.0, Clocks())
    assert (memory.playing, memory.position_s, memory.keeps_place) == ("night", 60.0, False)
    stopped, _ = step(session, e.Shutdown(61.0))
    assert memory_of(stopped, 61.0, Clocks()).playing == "night"


# -- what was played -------------------------------------------------------------------------------

TIDE = e.Outline("aaaaaaaaaaaa", "Tide", 3600.0, (e.SleepSpan(1200.0, 3600.0),), keeps_place=True)


def begun(outline, at, session=IDLE):
    session, _ = step(replace(session, chosen=outline.id, wanted=outline.id), e.Loaded(at, outline))
    return session


def test_plays_and_place_are_kept_by_id_and_read_again(tmp_path):
    course, clocks = Course(begun(TIDE, 10.0)), Clocks(wall=1000.0)
    saver = Saver(FileStore(tmp_path), course, clocks)
    saver.save(10.0)
    saver.save(110.0)  # the same session is counted once
    assert heard_in(tmp_path)[TIDE.id] == Heard(TIDE.id, 1, 1000.0, 100.0)
    course.session, _ = step(course.session, e.Hold(500.0))
    saver.save(500.0)
    assert heard_in(tmp_path)[TIDE.id].place_s == 490.0
    after = Course(IDLE)
    again = Saver(FileStore(tmp_path), after, Clocks(wall=9000.0))
    again.recall(0.0)
    after.session = begun(e.Outline("night", "N", 600.0), 5.0, after.session)
    again.save(5.0)
    found = heard_in(tmp_path)
    assert found == {
        TIDE.id: Heard(TIDE.id, 1, 1000.0, 490.0),
        "night": Heard("night", 1, 9000.0, 0.0),
    }
    assert list(found) == [TIDE.id, "night"]  # the last one last
    assert first_second(replace(after.session, chosen=TIDE.id), 5.0) == 485.0


def test_only_so_many_are_remembered_and_no_file_that_has_no_id():
    many = tuple(Heard(f"{n:012x}", 1, 1.0) for n in range(300))
    after = heard_after(many, begun(TIDE, 1.0), 2.0, True, 5.0)
    assert (len(after), after[-1]) == (200, Heard(TIDE.id, 1, 5.0, 1.0))
    tape = replace(TIDE, id="tape.flac")
    assert heard_after((), begun(tape, 1.0), 2.0, True, 5.0) == ()


def test_a_state_with_what_was_played_is_read_by_a_box_that_does_not_know_of_it(tmp_path):
    FileStore(tmp_path).save(replace(SOME, heard=(Heard(TIDE.id, 3, 1.0, 2.0),)))
    content = json.loads((tmp_path / "state.json").read_text())
    assert content["version"] == 1
    del content["heard"]  # what it makes of it: an unknown field is passed over
    (tmp_path / "state.json").write_text(json.dumps(content))
    assert FileStore(tmp_path).load() == (SOME, [])
    assert heard_in(tmp_path) == {}
    assert heard_in(tmp_path / "nowhere") == {}


class Slow:
    """A card that takes its time: a save waits until it is let go."""

    def __init__(self):
        self.go, self.saving = threading.Semaphore(0), threading.Semaphore(0)
        self.saved, self.full, self.failed = [], False, ""

    def load(self):
        return Memory(), []

    def save(self, memory):
        self.saving.release()
        self.go.acquire(timeout=5)
        self.saved.append(memory)
        self.failed = "the state could not be saved: full" if self.full else ""

    def close(self):
        return


def test_nobody_waits_for_a_slow_card_and_only_the_newest_state_is_written():
    slow = Slow()
    store = BackgroundStore(slow, pytest.fail)
    store.save(Memory(volume_db=-1.0))
    slow.saving.acquire(timeout=5)  # it is being written, and hangs
    for level in (-2.0, -3.0, -4.0):
        store.save(Memory(volume_db=level))
    for _ in range(4):
        slow.go.release()
    store.close()
    assert [m.volume_db for m in slow.saved] == [-1.0, -4.0]


def test_a_save_that_fails_in_the_background_is_told_once():
    slow, told = Slow(), []
    slow.full = True
    store = BackgroundStore(slow, told.append)
    for _ in range(3):
        slow.go.release()
        store.save(Memory())
    store.close()
    assert told == ["the state could not be saved: full"]
    assert store.failed == told[0]
