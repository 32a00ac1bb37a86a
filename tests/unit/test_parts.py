"""The box is a list of parts: in which order they work and close, and what a bug in one does."""

import math
import sys
import threading
from pathlib import Path

import pytest

from nidra_box.appliance import assemble as assembling
from nidra_box.appliance.inbox import Terminate
from nidra_box.appliance.parts.watchdog import InputsDied
from nidra_box.appliance.parts.workers import WorkerDied
from nidra_box.appliance.ports import Ports
from nidra_box.appliance.supervisor import Nobody
from nidra_box.config import Config
from nidra_box.diary.diary import Diary
from nidra_box.session import events as e
from nidra_box.sound.reader import BLOCK, AheadReader
from nidra_box.studio.nights.world import World
from nidra_box.worker import Worker
from tests.unit.test_appliance import Shelf, said


class Box:
    """A whole box in virtual time, ended by SIGTERM at `ends_at`."""

    def __init__(self, ends_at=30.0, assemble=assembling.assemble, **ports):
        self.world = world = World(Config(), ("small", "other"), Shelf())
        self.inbox, self.light, self.recording = world.inbox, world.light, world.recording
        given = {
            "clock": world.clock,
            "inbox": world.inbox,
            "inputs": world.inputs,
            "light": world.light,
            "sound": world.sound,
            "supervisor": world.supervisor,
            "diary": Diary(world.recording),
            "store": world.store,
            "programmes": world.catalogue,
        }
        self.loop = assemble(world.config, world.programmes, Ports(**given | ports))
        self.inbox.schedule(ends_at, Terminate())
        self.inbox.schedule(ends_at + 60.0, Terminate())

    def part(self, name):
        return next(part for part in self.loop.parts if part.name == name)

    def said(self, what):
        return said(self.recording, what)


def names(parts):
    return [part.name for part in parts]


def test_light_works_before_sound_and_the_beat_comes_last():
    assert names(Box().loop.parts) == [
        "power return",
        "light",
        "sound",
        "marks",
        "state",
        "inputs",
        "workers",
        "status",
        "hush",
        "leaving",
        "supervisor",
    ]


def test_told_dark_saved_silent_given_back_is_the_order_of_closing():
    box, closed = Box(), []
    for part in box.loop.parts:
        part.close = lambda name=part.name, close=part.close: (closed.append(name), close())
    box.loop.run()
    assert [n for n in closed if n in ("supervisor", "light", "state", "sound", "inputs")] == [
        "supervisor",
        "light",
        "state",
        "sound",
        "inputs",
    ]
    assert sorted(closed) == sorted(names(box.loop.parts))


def test_a_part_that_cannot_be_closed_keeps_no_other_from_it():
    box = Box()
    box.inbox.schedule(5.0, e.Press(0.0))

    def close():
        raise RuntimeError("a bug")

    box.part("supervisor").close = close
    box.loop.run()
    assert not box.light.is_open
    assert box.world.store.memory.was_playing is False
    assert box.said("fault")[-1]["part"] == "supervisor"


A_PART = '''
import math
from nidra_box.part import Closing
from nidra_box.session.events import Press

class Waker:
    """Presses the button at 00:20."""

    name = "waker"
    closes = Closing.LAST

    def __init__(self, inbox):
        self.inbox, self.at = inbox, 20.0

    def next_at(self):
        return self.at

    def work(self, now):
        self.at = math.inf
        self.inbox.post(Press(now))
        return ()

    def is_well(self, now):
        return True

    def close(self):
        return
'''


def test_a_part_is_one_file_and_one_line_in_assemble(tmp_path, monkeypatch):
    (tmp_path / "waker.py").write_text(A_PART)
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "waker", raising=False)
    source = Path(assembling.__file__).read_text(encoding="utf-8")
    place = "        marks,\n"
    assert source.count(place) == 1
    line = "        __import__('waker').Waker(ports.inbox),\n"
    with_it = {}
    exec(compile(source.replace(place, place + line), "assemble", "exec"), with_it)
    box = Box(assemble=with_it["assemble"])
    box.loop.run()
    (start,) = box.said("start")
    assert start["at_s"] == 20.0


@pytest.mark.parametrize("as_news", [False, True])
def test_a_gesture_of_any_part_is_one_of_a_hand(as_news):
    """Posted or returned, it is written down and does what a hand would have done."""
    box = Box()
    if as_news:
        marks = box.part("marks")
        due = [10.0]
        marks.next_at = lambda: due[0] if due else math.inf
        marks.work = lambda now: [e.Press(due.pop())]
    else:
        box.inbox.schedule(10.0, e.Press(0.0))
    box.loop.run()
    assert [(g["at_s"], g["gesture"]) for g in box.said("gesture")] == [(10.0, "press")]
    assert [s["at_s"] for s in box.said("start")] == [10.0]


def fails_at(part, at, error=RuntimeError):
    """`part` has a bug from `at` on."""
    work = part.work

    def broken(now):
        if now < at:
            return work(now)
        raise error("a bug")

    part.work, part.next_at = broken, lambda next_at=part.next_at: max(min(next_at(), at), 0.0)


@pytest.mark.parametrize("name", ["power return", "sound", "marks", "state", "inputs", "leaving"])
def test_a_part_that_raises_ends_the_box_softly(name):
    box = Box()
    box.inbox.schedule(5.0, e.Press(0.0))
    fails_at(box.part(name), 12.0)
    with pytest.raises(RuntimeError, match="a bug"):
        box.loop.run()
    assert box.world.clock.now() == 12.0
    assert (box.light.is_open, box.light.amber, box.light.red) == (False, 0.0, 0.0)
    assert box.world.store.memory.playing == "small"


@pytest.mark.parametrize("name", ["light", "status"])
def test_a_bug_in_light_or_status_is_a_fault_and_the_night_goes_on(name):
    box = Box(ends_at=120.0)
    box.inbox.schedule(5.0, e.Press(0.0))
    fails_at(box.part(name), 12.0)
    box.inbox.schedule(70.0, e.Hold(0.0))
    box.loop.run()
    assert [(f["part"], f["reason"]) for f in box.said("fault")] == [(name, "RuntimeError: a bug")]
    assert [s["stage"] for s in box.said("stage")] == ["arrive", "drift"]
    assert [p["phase"] for p in box.said("phase") if p["at_s"] < 120.0] == ["playing", "idle"]
    assert box.world.clock.now() == pytest.approx(120.0, abs=2.0)


def test_a_part_that_is_spared_is_tried_again_and_its_fault_ends():
    box = Box(ends_at=120.0)
    status = box.part("status")
    work, tried = status.work, []

    def once(now):
        tried.append(now)
        if len(tried) == 1:
            raise RuntimeError("a bug")
        return work(now)

    status.work = once
    box.inbox.schedule(5.0, e.Press(0.0))
    box.loop.run()
    assert tried[1] - tried[0] == pytest.approx(30.0, abs=0.1)
    assert box.said("fault ended")[0]["part"] == "status"


def test_the_readers_death_ends_the_box_softly():
    """A bug on its thread: without it the night would be silent for ever."""

    def bug(*_):
        raise RuntimeError("a bug")

    box = Box(workers=(Worker("other", lambda: None),))
    reader = AheadReader(bug, bug, box.inbox.post)
    reader.attend([("x", 0, BLOCK)])
    reader.worker.join(10.0)
    assert reader.worker.died
    box = Box(workers=(reader.worker,))
    box.inbox.schedule(0.0, e.Press(0.0))
    with pytest.raises(WorkerDied, match="reader"):
        box.loop.run()
    assert not box.light.is_open


def test_a_thread_that_has_done_its_work_has_not_died():
    done = Worker("other", lambda: None).start()
    done.join(10.0)
    box = Box(workers=(done,))
    box.loop.run()
    assert not box.said("fault")


def test_a_thread_that_died_is_a_fault_of_its_own_name():
    posted, cleared = [], threading.Event()

    def work():
        cleared.wait(10.0)
        raise OSError(5, "gone")

    worker = Worker("power", work, posted.append).start()
    cleared.set()
    worker.join(10.0)
    assert (worker.died, posted[0].fault()[0]) == (True, "power")


class Watched(Nobody):
    """A supervisor that wants a beat every 3 s."""

    def __init__(self):
        self.beats = 0

    def beat_every_s(self, running):
        return 3.0

    def beat(self):
        self.beats += 1


def asked(box):
    """When the box asks whether edges still arrive."""
    times, is_alive = [], box.world.inputs.is_alive

    class Inputs:
        closed = box.world.inputs.closed

        def is_alive(self):
            times.append(box.world.clock.now())
            return is_alive()

        def close(self):
            box.world.inputs.close()

    box.part("inputs").inputs = Inputs()
    return times


def test_inputs_are_asked_at_each_beat():
    box = Box(supervisor=Watched())
    times = asked(box)
    box.loop.run()
    assert {0.0, 3.0, 6.0, 9.0, 12.0, 15.0} <= set(times)


def test_inputs_are_asked_on_a_pass_that_carries_a_gesture():
    """The knob still arrives, posted by another, while the library's thread is dead."""
    box = Box()
    times = asked(box)
    box.inbox.schedule(13.7, e.Turn(0.0, 1))
    box.loop.run()
    assert 13.7 in times


def test_dead_inputs_end_the_box_on_the_pass_that_shows_it():
    box = Box()
    box.inbox.schedule(11.0, lambda: setattr(box.world.inputs, "alive", False))
    box.inbox.schedule(13.7, e.Turn(0.0, 1))
    with pytest.raises(InputsDied):
        box.loop.run()
    assert box.world.clock.now() == 13.7


def test_a_lamp_that_failed_is_tried_at_once_when_a_hand_is_at_the_box():
    box, tried = Box(ends_at=200.0), []
    write = box.light.write

    def counted(amber, red):
        tried.append(box.world.clock.now())
        write(amber, red)

    box.loop.light.light = type("Lamp", (), {"name": "lamp", "write": staticmethod(counted)})()
    box.loop.light.light.close = box.light.close
    box.light.fails = True
    box.inbox.schedule(100.3, e.Turn(0.0, 1))
    box.inbox.schedule(100.3, lambda: setattr(box.light, "fails", False))
    box.loop.run()
    assert 100.3 in tried
    assert len({t for t in tried if 12.0 < t < 100.0}) <= 3, "else it is tried every half minute"
