"""Nights with a recording that was taken in, on the real loop in virtual time."""

import pytest

from nidra_box.config import Config
from nidra_box.library.catalogue import outline_of
from nidra_box.library.person import Lamp, Light, Person
from nidra_box.library.record import Chapter
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.world import World
from nidra_box.studio.promises import check
from tests.support.store import levels_with_bells, planned

ID = "0123456789ab"


class OneRecording:
    def __init__(self, score):
        self.score = score

    def load(self, programme):
        return outline_of(self.score)


def play(text, person=None, levels=None, **changes):
    """(recording, world) of a night with an hour that has bells in it."""
    levels = levels_with_bells(3600.0, (1500.0, 2400.0)) if levels is None else levels
    score = planned(levels, ID, person or Person(), **changes)
    world = World(Config(), (ID,), OneRecording(score))
    night = world.play(parse_night(text, "a night"))
    assert check(night, Config()) == []
    assert night.light[-1].lightness == 0.0
    assert not world.sound.state.playbacks
    return night, world


def notes(night, what):
    return [note for note in night.trace if note["what"] == what]


def test_the_plain_end_is_idle_and_dark_and_keeps_no_place():
    night, world = play("0:00:05 press\n1:30:00 end")
    (end,) = notes(night, "end")
    assert end["at_s"] == pytest.approx(3605.0, abs=0.1)
    assert world.store.memory.playing == ""
    assert night.light[-1].at_s < 1206.0


def test_chapters_are_told_as_stages_and_a_press_in_the_dark_gives_red_light():
    chapters = (Chapter("One", 0.0), Chapter("Two", 900.0))
    night, _ = play("0:00:05 press\n0:30:00 press\n1:30:00 end", chapters=chapters)
    told = [(n["stage"], n["kind"]) for n in notes(night, "stage")]
    assert told == [("One", "breath"), ("Two", "breath"), ("Two", "sleep")]
    assert len(notes(night, "comfort light")) == 1


@pytest.mark.parametrize("at", ["0:10:00", "0:40:00"])
def test_a_break_while_it_plays_fades_and_the_next_evening_begins_at_the_beginning(at):
    text = f"0:00:05 press\n{at} break recording\n1:30:00 press\n1:31:00 hold\n1:40:00 end"
    night, _ = play(text)
    (broke,) = notes(night, "broke off")
    phases = [n["phase"] for n in notes(night, "phase") if n["at_s"] <= broke["at_s"] + 1.0]
    assert phases[-1] == "idle"
    sound = night.sound_dbfs()
    assert (sound[int(broke["at_s"]) + 3 : 5395] == -120.0).all()
    lit = [w for w in night.light if broke["at_s"] + 4.0 < w.at_s < 5399.0]
    assert all(w.lightness == 0.0 for w in lit)
    assert [n["from_s"] for n in notes(night, "start")] == [0.0, 0.0]


def test_a_place_before_a_hold_is_kept_and_one_in_a_loop_is_not():
    text = "0:00:05 press\n0:40:00 hold\n0:50:00 press\n0:51:00 hold\n0:55:00 end"
    night, _ = play(text)
    assert [n["from_s"] for n in notes(night, "start")] == [0.0, pytest.approx(2390.8, abs=0.2)]
    looped = levels_with_bells(3600.0, ())
    night, _ = play(text, Person(loop=True), looped)
    assert [n["from_s"] for n in notes(night, "start")] == [0.0, 0.0]


def test_a_place_in_the_fade_of_its_end_is_no_place_to_go_on_at():
    night, _ = play("0:00:05 press\n0:59:40 hold\n1:10:00 press\n1:11:00 hold\n1:20:00 end")
    assert [n["from_s"] for n in notes(night, "start")] == [0.0, 0.0]


def test_a_loop_plays_for_eight_hours_and_fades_as_our_night_does():
    levels = levels_with_bells(900.0, ())
    night, _ = play("0:00:05 press\n8:30:00 end", Person(loop=True), levels)
    sound = night.sound_dbfs()
    assert sound[28_000] < sound[27_000] - 5.0
    assert sound[5000:27_900].max() - sound[5000:27_900].min() < 2.0
    (end,) = notes(night, "end")
    assert end["at_s"] == pytest.approx(28_805.0, abs=0.1)


def test_without_light_a_press_shows_red_and_everything_is_sleep():
    night, _ = play("0:00:05 press\n1:30:00 end", Person(light=Light(Lamp.NONE)))
    assert [n["kind"] for n in notes(night, "stage")] == ["sleep"]
    assert 0.0 < max(w.lightness for w in night.light) <= 10.0
