"""The part that brings recordings, as they come and go, into the session."""

import math
from dataclasses import replace

import pytest

from nidra_box.appliance.parts.returning import Returning
from nidra_box.appliance.parts.shelf import Shelf
from nidra_box.diary import entries
from nidra_box.diary.diary import Diary
from nidra_box.library.circle import called_now, chosen_now, circle_of
from nidra_box.library.port import CannotPlay, NotYet
from nidra_box.library.record import Entry, Item
from nidra_box.library.stick import Refusal, Stick
from nidra_box.library.stock import Stock
from nidra_box.part import Course
from nidra_box.session import events as e
from nidra_box.session.session import Resume, Session
from nidra_box.session.transitions import step

A, B = "aaaaaaaaaaaa", "bbbbbbbbbbbb"
SCRIPTS = ["night", "lamp"]
RAIN = Stock((Entry(A, "Rain", "rain.mp3", 60.0),), is_known=True, has_index=True)


class Known:
    """Recordings as a test says; what is not in `there` is not read yet."""

    def __init__(self, stock=RAIN):
        self.stock, self.revision, self.looks, self.fetched = stock, 0, 0, []
        self.there, self.named = {}, ()

    @property
    def circle(self):
        return circle_of(self.named, SCRIPTS, self.stock)

    def chosen_now(self, chosen):
        return chosen_now(chosen, self.circle, not self.named, self.stock)

    def called_now(self, name):
        return called_now(name, self.circle, self.stock)

    def look(self):
        self.looks += 1

    def fetch(self, programme):
        self.fetched.append(programme)

    def load(self, programme):
        found = self.there.get(programme, NotYet("is still being fetched"))
        if isinstance(found, Exception):
            raise found
        return found


class Box:
    """The part, its session and its diary."""

    def __init__(self, stock=RAIN, chosen="night", beat=math.inf):
        self.recordings, self.beat, self.prepared = Known(stock), beat, []
        settings = e.Settings(tuple(SCRIPTS))
        self.course = Course(Session(settings, chosen))
        self.diary = Diary()
        self.part = Shelf(
            self.recordings,
            self.recordings,
            self.course,
            lambda: self.beat,
            lambda at: self.prepared.append(self.session.settings.programmes) or [],
            self.diary.knows,
            "this boot",
        )

    @property
    def session(self):
        return self.course.session

    def do(self, event):
        """What the loop does with an event; the effects."""
        self.course.session, effects = step(self.session, event)
        for effect in effects:
            if isinstance(effect, e.Load):
                self.do(e.Fetching(event.at, effect.id))
        return effects

    def turn(self, now):
        """A pass: what was said, events carried out."""
        if now < self.part.next_at():
            return []
        said = list(self.part.work(now))
        for item in said:
            if isinstance(item, entries.Entry):
                self.diary.write(now, item)
            else:
                self.do(item)
        return said

    def news(self, now, stock=None):
        if stock is not None:
            self.recordings.stock = stock
        self.recordings.revision += 1
        return self.turn(now)


def test_the_second_press_goes_over_what_came_and_what_it_begins_with_is_prepared():
    box = Box()
    said = box.news(1.0)
    assert box.session.settings.programmes == ("night", "lamp", A)
    assert [item.ready for item in said if isinstance(item, entries.Recordings)] == [1]
    box.turn(1.0)
    assert box.prepared == [("night", "lamp", A)]
    assert box.part.next_at() > 1.0
    assert box.news(2.0) == []  # the same stock: something was fetched
    box.turn(2.0)
    assert len(box.prepared) == 2


def test_it_is_looked_at_the_watchdog_s_beat_and_at_no_other_time():
    box = Box(beat=10.0)
    box.turn(0.0)
    assert (box.part.next_at(), box.recordings.looks) == (10.0, 0)
    box.turn(10.0)
    box.beat = 20.0  # the watchdog has beaten
    assert (box.part.next_at(), box.recordings.looks) == (20.0, 1)
    box.recordings.there["night"] = outline("night")
    box.do(e.Press(15.0))
    box.turn(15.0)  # asked at the press already
    box.turn(15.0)
    assert box.session.phase is e.Phase.PLAYING
    assert box.part.next_at() == math.inf
    alone = Box()
    alone.turn(0.0)
    assert (alone.part.next_at(), alone.recordings.looks) == (10.0, 1)


def test_what_was_chosen_stays_and_what_was_forgotten_is_chosen_no_more():
    box = Box(chosen=A)
    box.news(1.0)
    assert box.session.chosen == A
    box.news(2.0, Stock(is_known=True))
    assert box.session.chosen == A  # its disk was unplugged
    box.news(3.0, replace(RAIN, entries=(Entry(B, "Tide", "tide.mp3", 60.0),)))
    assert box.session.chosen == "night"


def test_a_place_that_was_kept_under_the_name_of_a_file_is_found_by_its_id():
    box = Box(chosen="rain.mp3")
    box.course.session = replace(box.session, resume=Resume("rain.mp3", 1234.5, math.inf))
    said = box.news(1.0)
    assert box.session.chosen == A
    assert box.session.resume == Resume(A, 1234.5, math.inf)
    assert len([item for item in said if isinstance(item, e.CircleChanged)]) == 1
    effects = box.do(e.CircleChanged(2.0, ("night",), A))
    assert effects == []
    assert box.do(e.CircleChanged(2.0, ("night",), "night")) == [e.Remember(soon=True)]


def test_a_name_that_is_missing_and_what_was_refused_is_told_once_and_ends():
    box = Box(replace(RAIN, items=(Item("bad.mp3", "refused", reason="is empty"),)))
    box.recordings.named = ("rian.mp3", "night")
    said = [item.sentence() for item in box.news(1.0) if isinstance(item, entries.Refused)]
    assert said == [
        "cannot play rian.mp3: there is no programme of this name (did you mean 'rain.mp3'?)",
        "cannot play bad.mp3: is empty",
    ]
    again = box.news(2.0, replace(box.recordings.stock, marks=((), ((1, 1),))))
    assert not any(isinstance(item, entries.Refused) for item in again)
    box.diary.write(3.0, entries.Configured("new"))  # then everything is looked at afresh
    afresh = box.news(3.0, replace(box.recordings.stock, marks=((), ())))
    assert len([item for item in afresh if isinstance(item, entries.Refused)]) == 2
    box.recordings.named = ()
    box.news(4.0, RAIN)
    assert box.diary.faults.standing == ()


@pytest.mark.parametrize(("bad", "lines"), [(10, 10), (11, 1), (7500, 1)])
def test_many_refused_files_are_one_line_with_their_number(bad, lines):
    items = tuple(Item(f"{n}.mp3", "refused", reason="is empty") for n in range(bad))
    said = [
        i for i in Box().news(1.0, replace(RAIN, items=items)) if isinstance(i, entries.Refused)
    ]
    assert len(said) == lines
    if lines == 1:
        assert said[0].sentence() == (f"cannot play {bad:,} files: nidra-box programmes names each")


def test_a_library_that_is_missing_is_a_fault_until_it_is_there():
    box = Box(replace(RAIN, troubles=(("library", "/music is not there"),)))
    box.news(1.0)
    assert box.diary.faults.standing == ("library: /music is not there",)
    box.news(2.0, RAIN)
    assert box.diary.faults.standing == ()


# -- a stick -----------------------------------------------------------------------------------------


def with_stick(states, refused=(), boot="this boot", at_s=5.0):
    items = tuple(Item(name, state) for name, state in states.items())
    stick = Stick((*states, "rain.lrc"), refused, boot, at_s)
    return replace(RAIN, items=items, stick=stick)


@pytest.mark.parametrize(
    ("states", "refused", "well"),
    [
        ({"a.mp3": "ready", "b.mp3": "ready"}, (), [True]),
        ({"a.mp3": "ready", "b.mp3": "refused"}, (), [False]),
        ({"a.mp3": "ready"}, (Refusal("c", "is no ordinary file"),), [False]),
        ({"a.mp3": "ready", "b.mp3": "taking"}, (), []),
    ],
)
def test_a_stick_is_told_to_the_session_once_all_of_it_is_known(states, refused, well):
    box = Box()
    said = box.news(9.0, with_stick(states, refused))
    assert [item.well for item in said if isinstance(item, e.StickTaken)] == well
    again = box.news(10.0, replace(with_stick(states, refused), marks=((), ((1, 1),))))
    assert not any(isinstance(item, e.StickTaken) for item in again)


@pytest.mark.parametrize(("boot", "at_s"), [("the boot before", 5.0), ("this boot", 0.0)])
def test_a_stick_of_another_time_is_not(boot, at_s):
    said = Box().news(9.0, with_stick({"a.mp3": "ready"}, boot=boot, at_s=at_s))
    assert not any(isinstance(item, e.StickTaken) for item in said)


# -- a press on one that is not read yet ----------------------------------------------------------


def outline(name, **changes):
    return e.Outline(name, name, 3600.0, keeps_place=True, **changes)


def test_a_press_is_shown_at_once_and_plays_when_its_recording_is_there():
    box = Box(chosen=A)
    box.do(e.Press(1.0))
    assert box.session.wanted == A
    assert box.session.glow.ends_at > 1.0
    assert box.turn(1.0) == []
    box.recordings.there[A] = outline(A)
    box.news(9.0)
    assert (box.session.phase, box.session.outline.id) == (e.Phase.PLAYING, A)
    assert box.session.started_at == 9.0


def test_a_press_on_a_title_waits_until_the_recordings_are_known():
    box = Box(Stock(), chosen="Rain")
    box.recordings.named = ("Rain",)
    box.do(e.Press(1.0))
    box.turn(1.0)
    assert box.session.wanted == "Rain"
    box.recordings.there[A] = outline(A)
    box.news(5.0, RAIN)
    assert (box.session.chosen, box.session.wanted) == (A, A)
    box.turn(5.0)
    assert box.session.outline.id == A


def test_one_that_turns_out_to_be_broken_is_skipped():
    box = Box(chosen=A)
    box.do(e.Press(1.0))
    box.turn(1.0)
    box.recordings.there = {A: CannotPlay("is torn"), "night": outline("night")}
    box.turn(1.5)
    box.news(2.0)
    box.turn(2.0)
    assert box.session.outline.id == "night"
    assert box.session.chosen == A


def test_a_disk_that_never_answers_gives_way_to_the_next_programme():
    box = Box(chosen=A)
    box.recordings.there["night"] = outline("night")
    box.do(e.Press(1.0))
    box.turn(1.0)
    assert box.part.next_at() == pytest.approx(11.0)  # a look
    box.turn(61.0)
    box.turn(61.0)
    assert box.session.outline.id == "night"


def test_a_hold_takes_a_press_back_that_still_waits():
    box = Box(chosen=A)
    box.do(e.Press(1.0))
    box.do(e.Hold(2.0))
    assert box.session.wanted == "breath-lamp"
    box.recordings.there[A] = outline(A)
    box.news(9.0)
    assert box.session.phase is e.Phase.IDLE


def test_a_second_press_lets_what_plays_go_on_until_the_other_is_there():
    box = Box(chosen="lamp")
    box.recordings.there["lamp"] = outline("lamp")
    box.news(0.5)
    box.do(e.Press(1.0))
    box.turn(1.0)
    box.do(e.SecondPress(1.2))
    box.turn(1.2)
    assert (box.session.outline.id, box.session.wanted) == ("lamp", A)
    box.do(e.Press(3.0))  # a pause: nothing may begin by itself now
    box.recordings.there[A] = outline(A)
    box.news(9.0)
    assert box.session.phase is e.Phase.PAUSED


def test_a_file_that_nobody_took_in_is_told_when_it_plays():
    box = Box(Stock(waiting=("x.flac",), is_known=True), chosen="x.flac")
    box.recordings.there["x.flac"] = outline("x.flac")
    box.do(e.Press(1.0))
    said = box.turn(1.0) + box.turn(1.0)
    assert [item.programme for item in said if isinstance(item, entries.NotTakenIn)] == ["x.flac"]
    assert not any(isinstance(item, entries.NotTakenIn) for item in box.turn(2.0))


# -- after a power cut ----------------------------------------------------------------------------


class Cut:
    """A box that lost its power while A played."""

    def __init__(self):
        from nidra_box.appliance.memory import Memory

        self.recordings, self.failed = Known(), ""
        settings = e.Settings(("night",), resume_after_power_loss=True)
        self.course = Course(Session(settings, "night"))
        self.part = Returning(self.course, self, self.recordings, self)
        self.store = self
        memory = Memory(
            playing=A,
            position_s=100.0,
            was_playing=True,
            saved_boot="one",
            timer_left_s=3000.0,
            saved_wall=1000.0,
        )
        self.part.remember(memory)

    def save_now(self, memory, now):
        return []

    def boot(self):
        return "two"

    def wall(self):
        return 1010.0


def test_a_night_goes_on_as_soon_as_its_recording_is_read():
    cut = Cut()
    assert cut.part.work(5.0) == []
    assert cut.recordings.fetched == [A]
    assert cut.part.next_at() == 6.0
    assert cut.part.work(6.0) == ()
    cut.recordings.there[A] = outline(A)
    [told, event] = cut.part.work(7.0)
    assert isinstance(told, entries.PowerReturned)
    assert event.position_s == pytest.approx(110.0)
    assert cut.part.next_at() == math.inf


def test_it_waits_no_longer_than_two_minutes_and_gives_way_to_a_hand():
    late = Cut()
    late.part.work(5.0)
    [refused] = late.part.work(125.0)
    assert isinstance(refused, entries.Refused)
    touched = Cut()
    touched.part.work(5.0)
    touched.course.touched_at = 5.5
    touched.recordings.there[A] = outline(A)
    assert list(touched.part.work(6.0)) == []
    assert touched.part.next_at() == math.inf
