"""What goes wrong in one part of the box, and what becomes of the others."""

import itertools

from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import Reload, Terminate
from nidra_box.appliance.memory import Memory
from nidra_box.appliance.presence import present
from nidra_box.appliance.store import BackgroundStore
from nidra_box.cli import box
from nidra_box.config import Config
from nidra_box.diary import entries
from nidra_box.diary.diary import Diary
from nidra_box.diary.entries import CardLevel, Fault, Started
from nidra_box.diary.journal import Journal as JournalSink
from nidra_box.diary.night_log import NightLog
from nidra_box.library.port import CannotPlay
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.sound import VirtualSound
from nidra_box.studio.nights.world import MemoryStore, World
from tests.unit.test_appliance import Shelf
from tests.unit.test_journal import Journal, Spare


def bug(*_):
    raise ZeroDivisionError("a bug")


def world_of(shelf=None, **given):
    return World(Config(), ("small", "other"), shelf or Shelf(), **given)


def play(world, text):
    return world.play(parse_night(text, "n"))


class BrokenLamp:
    """A bug in the formula."""

    next_at, due = 0.0, bug

    def poke(self, at):
        return


def test_a_bug_in_the_formula_of_the_light_leaves_it_dark_while_the_sound_goes_on():
    world = world_of()
    world.inbox.schedule(40.0, lambda: setattr(world.loop.light, "lamp", BrokenLamp()))
    recording = play(world, "0:00:05 press\n0:02:00 end")
    assert [w.lightness for w in recording.light if w.at_s < 40.0][-1] > 1.0
    assert recording.light[-1].lightness == 0.0
    assert world.loop.course.session.phase == "playing"


def test_a_lamp_that_raises_anything_at_all_is_a_lamp_that_failed_and_never_jumps():
    def find():
        world.light.listener = world._lit

    world = world_of()
    world.inbox.schedule(40.0, lambda: setattr(world.light, "listener", bug))
    world.inbox.schedule(75.0, find)
    recording = play(world, "0:00:05 press\n0:02:00 end")
    seen = [w.lightness for w in recording.light if w.at_s > 5.0]
    assert max(abs(b - a) for a, b in itertools.pairwise(seen)) < 0.51
    assert [w.at_s for w in recording.light if 75.0 < w.at_s < 110.0], "it is lit again"
    assert world.loop.ports.diary.faults.standing == ()


def test_a_slow_card_is_waited_for_once_the_sound_has_faded():
    done = []

    class Sound(VirtualSound):
        def close(self):
            done.append("silent")

    class Store(MemoryStore):
        def save(self, memory):
            done.append("saved")

        def close(self):
            done.append("on the card")

    play(world_of(sound=Sound(), store=Store()), "0:00:10 stop service\n0:01:00 end")
    assert done[-3:] == ["saved", "silent", "on the card"]


CUT = Memory(playing="small", position_s=30.0, saved_boot="boot-0", timer_left_s=400.0)


def test_a_box_that_is_to_end_while_it_starts_brings_no_night_back_later():
    memory = Memory(**{n: getattr(CUT, n) for n in CUT.__slots__} | {"was_playing": True})
    world = World(
        Config(resume_after_power_loss=True), ("small",), Shelf(), store=MemoryStore(memory)
    )
    world.inbox.post(Terminate())
    recording = play(world, "0:01:00 end")
    assert [line["what"] for line in recording.trace if line["what"] in ("start", "shutdown")] == [
        "start",
        "shutdown",
    ]
    assert not world.store.memory.was_playing


def test_a_programme_that_can_be_played_again_is_no_fault_any_more():
    class Mended(Shelf):
        torn = True

        def load(self, programme):
            if self.torn:
                raise CannotPlay("is torn")
            return super().load(programme)

    shelf = Mended()
    world = world_of(shelf)
    world.reload = lambda: (Config().settings(("small", "other")), "the file")
    world.inbox.schedule(10.0, lambda: setattr(shelf, "torn", False))
    world.inbox.schedule(11.0, Reload())
    play(world, "0:00:20 end")
    assert world.loop.ports.diary.faults.standing == ()


def test_settings_that_were_refused_are_one_fault_the_last():
    diary = Diary()
    for reason in ("line 1", "line 2"):
        diary.write(0.0, entries.ConfigurationRefused(reason))
    assert diary.faults.standing == ("the settings are not taken up: line 2",)


def test_the_last_words_stand_in_the_phase_that_the_box_ended_in(monkeypatch, caplog):
    monkeypatch.setattr(box, "LOOKED_UP_S", 0.0)
    journal = Journal()
    sink = JournalSink(journal, Spare())
    diary = Diary(sink)
    diary.write(1.0, entries.Started("small", "Small", 0.0, -20.0, 0.0))
    diary.write(1.0, entries.PhaseChanged("playing"))
    diary.write(2.0, entries.VolumeChanged(-20.0))
    box.end_in_journal(ZeroDivisionError("a bug"), sink)
    last = journal.entries[-1]
    assert (last["NIDRA_PHASE"], last["NIDRA_PROGRAMME"]) == ("playing", "small")


def test_a_writer_that_died_is_a_fault_and_the_next_state_is_written_all_the_same():
    class Odd(MemoryStore):
        def save(self, memory):
            if memory.volume_db == -1.0:
                raise ValueError("a bug")
            super().save(memory)

    odd, told = Odd(), []
    store = BackgroundStore(odd, told.append)
    store.save(Memory(volume_db=-1.0))
    store.close()
    assert store.failed == told[0] != ""
    store.save(Memory(volume_db=-2.0))
    store.close()
    assert odd.memory.volume_db == -2.0
    assert (told[1:], store.failed) == ([""], "")


def test_a_status_that_a_killed_box_left_says_nothing_of_the_next_one(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path))
    (tmp_path / "status.json").write_text("{}", encoding="utf-8")
    with present(tmp_path, SystemClock()):
        assert not (tmp_path / "status.json").exists()


def test_hands_do_not_use_up_the_quick_tries_of_a_lamp():
    turns = "".join(f"0:00:{20.1 + n / 10:04.1f} turn +1\n" for n in range(12))
    text = f"0:00:05 press\n0:00:20 lose light\n{turns}0:00:24 find light\n0:01:00 end"
    world = World(Config(), ("small",), Shelf())
    recording = world.play(parse_night(text, "n"))
    assert [w for w in recording.light if 24.0 <= w.at_s < 26.0]


def test_a_mixer_that_is_set_well_ends_its_fault():
    diary = Diary()
    diary.write(0.0, Fault("mixer hw:X", "no Master to set"))
    diary.write(1.0, CardLevel("hw:X", "PCM 0 dB"))
    assert diary.faults.standing == ()


def test_a_bug_in_the_status_ends_no_start_and_no_reload():
    world = World(Config(), ("small",), Shelf())

    def tamper(loop):
        loop.status._make = lambda now: 1 / 0

    world.tamper = tamper
    world.inbox.schedule(20.0, Reload())
    recording = world.play(parse_night("0:00:05 press\n0:20:00 end", "n"))
    assert [line for line in recording.trace if line["what"] == "end"]


def test_a_source_that_failed_another_night_is_not_in_this_nights_line():
    nights = []
    diary = Diary(NightLog(nights.append, lambda: 0.0))
    diary.write(0.0, Fault("bed:rain", "is torn"))
    diary.write(0.0, Fault("knob a", "gone"))
    diary.write(1.0, Started("a", "A", 0.0, -20.0, 0.0))
    assert nights[-1].faults == ["knob a: gone"]


def test_new_settings_end_what_was_refused_before_them():
    diary = Diary()
    diary.write(0.0, entries.Refused("rain.mp3", "is torn"))
    diary.write(0.0, Fault("knob a", "gone"))
    diary.write(1.0, entries.Configured("box.yaml"))
    assert diary.faults.standing == ("knob a: gone",)
