"""What a person reads of a recording: each thing found, and what is done about it."""

from dataclasses import replace

import pytest

from nidra_box.library.findings import (
    about,
    end_line,
    findings,
    gain_line,
    light_line,
    state_line,
    what_is_done,
    what_it_is,
)
from nidra_box.library.person import Lamp, Light, Person
from nidra_box.library.record import Damage, Item, Jolt, Original, Record

BELL = Jolt(1500.0, 1504.0, 48.7)
SEA = Record(
    id="0123456789ab",
    title="Sea",
    originals=(Original("sea.m4a", "f" * 64, 5e6),),
    sound="sound.flac",
    frames=48_000 * 1800,
    channels=1,
    lufs=-38.2,
    true_peak_db=-9.0,
    gain_db=14.2,
    kind="AAC in MP4",
    softening_s=(1499.4, 1499.9, 1504.0, 1511.0),
    softening_db=(0.0, -40.7, -40.7, 0.0),
    jolts=(BELL,),
)


def test_what_it_is_in_a_line():
    assert what_it_is(SEA) == "AAC in MP4, 30:00, mono, -38.2 LUFS"
    assert what_it_is(replace(SEA, kind="", channels=2)) == "30:00, stereo, -38.2 LUFS"


def test_a_jolt_says_when_how_high_and_what_is_done():
    assert findings(SEA) == [
        "a late jolt at 25:00, 49 dB above what came before: held down by 41 dB"
    ]
    never = replace(SEA, soften="never", softening_s=(), softening_db=())
    assert findings(never)[0].endswith("before: left as it is, since you said: never soften")


def test_damage_and_a_lying_header_are_told_and_nothing_else():
    odd = replace(SEA, jolts=(), promised_s=2400.0, damage=(Damage(20.0, 1.24), Damage(30.0, 0.0)))
    assert findings(odd) == [
        "its header promises 40:00, it holds 30:00: all that it holds plays",
        "damaged at 0:20, 1.2 s are missing: passed over with a fade",
        "damaged at 0:30: passed over with a fade",
    ]
    assert findings(replace(SEA, jolts=())) == []


def test_of_many_the_first_are_named():
    many = replace(SEA, jolts=tuple(Jolt(float(at), at + 1.0, 9.0) for at in range(40)))
    assert len(findings(many)) == 5
    assert findings(many)[-1] == "and 36 more late jolts"


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({}, "plays 14.2 dB louder, at -24 LUFS"),
        ({"lufs": -14.0, "gain_db": -10.0}, "plays 10.0 dB softer, at -24 LUFS"),
        ({"lufs": -24.0, "gain_db": 0.0}, "plays as loud as it is, at -24 LUFS"),
        (
            {"gain_db": 6.0, "held_by": "peak"},
            "plays 6.0 dB louder, at -32 LUFS (not at -24, since its peak may not come"
            " nearer to full scale)",
        ),
    ],
)
def test_the_gain_and_what_held_it(change, line):
    assert gain_line(replace(SEA, **change)) == line


def test_light_and_end():
    assert light_line(SEA, Person()) == "the lamp for 20:00, then dark: 11 to 6 breaths a minute"
    assert light_line(replace(SEA, frames=48_000 * 60), Person()).startswith(
        "the lamp to its end: "
    )
    assert light_line(SEA, Person(light=Light(Lamp.STEADY))).endswith("steady")
    assert light_line(SEA, Person(light=Light(Lamp.NONE))) == "no light"
    assert end_line(SEA, Person()) == "fades out over its last 60 s"
    assert end_line(replace(SEA, frames=48_000 * 300), Person()) == "fades out over its last 30 s"
    assert end_line(replace(SEA, ends_softly=True), Person()) == "ends softly by itself"
    assert "8 hours" in end_line(SEA, Person(loop=True))
    assert len(what_is_done(SEA, Person())) == 3


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (Item("a", "ready", "0123456789ab"), "ready"),
        (Item("a", "waiting"), "waiting"),
        (Item("a", "waiting", reason="a night plays"), "waiting: a night plays"),
        (Item("a", "taking", share=0.37, left_s=240.0), "being taken in, 37 %, about 4 min"),
        (Item("a", "taking", share=0.374), "being taken in, 37 %"),
        (Item("a", "refused", reason="it is empty"), "not played: it is empty"),
    ],
)
def test_how_far_it_is(item, line):
    assert state_line(item) == line


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "10 s"), (44, "40 s"), (56, "1 min"), (3599, "60 min"), (7200, "2.0 h")],
)
def test_time_left_in_steps_that_a_person_thinks_in(seconds, words):
    assert about(seconds) == f"about {words}"
