"""What goes along with a recording: an .lrc or our cue file beside it; words and the lamp."""

import os
import random
from itertools import pairwise

import pytest
import soundfile

from nidra_box.appliance.parts.marks import marks_of
from nidra_box.config import Config
from nidra_box.documents.node import Problems
from nidra_box.library.catalogue import outline_of
from nidra_box.library.intake.again import plan_again
from nidra_box.library.intake.cues import copy_cues
from nidra_box.library.intake.run import Wishes, run
from nidra_box.library.intake.store import Index
from nidra_box.library.person import Light, Person
from nidra_box.library.record import read_index, read_items, read_record
from nidra_box.library.recordings import along_in, recording_score, score_in
from nidra_box.score.along import parse_along
from nidra_box.score.script import BreathMark
from nidra_box.studio.nights.night_script import Act
from nidra_box.studio.nights.world import World
from nidra_box.units import RATE_HZ
from tests.support.store import noise, put_recording, with_bell
from tests.unit.test_recording_score import HOUR


def read(text, end_s=3600.0):
    problems = Problems("x.lrc")
    return parse_along(text, problems, end_s), [(p.line, p.message) for p in problems.found]


LRC = """\
[ti:Sea]
[ar: Somebody]

[00:05.50]Lie down.
[00:20.00] In
[00:24.00] hold
[00:26.5] OUT.
[01:12:03.25] Good <01:12:04.00>night.
"""


def test_an_lrc_has_words_and_moves_the_lamp():
    along, wrong = read(LRC, 5000.0)
    assert wrong == []
    assert [(line.at_s, line.words) for line in along.lines] == [
        (5.5, "Lie down."),
        (4323.25, "Good night."),
    ]
    assert along.marks == (
        BreathMark(20.0, "inhale"),
        BreathMark(24.0, "hold"),
        BreathMark(26.5, "exhale"),
    )


def test_our_cue_file_is_the_same_as_in_scripts():
    along, wrong = read("# a voice\n0:20 inhale\n0:24.5 exhale # out\n1:00 Lie down.\n1:04 in\n")
    assert wrong == []
    assert [mark.at_s for mark in along.marks] == [20.0, 24.5, 64.0]
    assert [line.words for line in along.lines] == ["Lie down."]


def test_words_stand_until_the_next_but_not_for_ever():
    along, _ = read("[00:05]One\n[00:08]Two\n[00:30]\n[01:00]Three")
    assert [(line.at_s, line.until_s) for line in along.lines] == [(5, 8), (8, 18), (60, 70)]
    along, _ = read("[00:05]One\n[00:08]\n")
    assert [(line.at_s, line.until_s) for line in along.lines] == [(5, 8)]


def test_what_is_said_again_has_several_times():
    along, wrong = read("[00:30][00:10]Again\n[00:20]Between\n[00:40]Last")
    assert wrong == []
    assert [(line.at_s, line.words) for line in along.lines] == [
        (10, "Again"),
        (20, "Between"),
        (30, "Again"),
        (40, "Last"),
    ]


def test_an_offset_makes_everything_come_sooner():
    along, _ = read("[offset:+500]\n[00:10]One\n[00:00.2]")
    assert [line.at_s for line in along.lines] == [9.5]


def test_out_of_order_past_the_end_and_unreadable_is_told_and_left_out():
    along, wrong = read("[00:10]One\n[00:05]Before\n[99:00]After\nNo time\n[00:20]Two")
    assert [line.words for line in along.lines] == ["One", "Two"]
    assert [number for number, _ in wrong] == [4, 2, 3]
    assert any("past the end" in message for _, message in wrong)
    assert any("earlier" in message for _, message in wrong)


def test_a_thousand_mistakes_are_told_twenty_times():
    along, wrong = read("[00:10]One\n" + "nonsense\n" * 1000 + "[00:20]Two")
    assert len(along.lines) == 2
    assert len(wrong) == 20


def test_anything_at_all_is_read_without_an_exception():
    rng = random.Random(1)
    letters = "[]:.0123456789<>ino ut\n\t\x1b\u202e#holdré\x00"
    for _ in range(2000):
        text = "".join(rng.choice(letters) for _ in range(rng.randrange(80)))
        along, _ = read(text)
        assert all(line.words.isprintable() for line in along.lines)
        assert all(0.0 <= m.at_s < 3600.0 for m in along.marks)


# -- the lamp ----------------------------------------------------------------------------------

VOICE = "".join(
    f"[{at // 60:02d}:{at % 60:02d}.00]in\n[{(at + 4) // 60:02d}:{(at + 4) % 60:02d}.00]out\n"
    for at in [*range(60, 121, 10), *range(800, 851, 10)]
)


def voiced(text=VOICE, **light):
    along, wrong = read(text)
    assert wrong == []
    return recording_score(HOUR, Person(light=Light(**light)), along)


def test_in_and_out_of_the_voice_are_those_of_the_lamp():
    score = voiced()
    for at_s in (60, 70, 110, 800, 840):
        assert score.breath_at(at_s + 1e-6).fullness == pytest.approx(0.0, abs=1e-6)
        assert score.breath_at(at_s + 4.0).fullness == pytest.approx(1.0, abs=1e-6)
        assert str(score.breath_at(at_s + 4.01).part) == "exhale"


def test_before_between_and_after_the_light_breathes_by_itself():
    score = voiced()
    assert 60 / score.breath_at(30.0).period_s == pytest.approx(11.0, abs=0.6)
    assert 60 / score.breath_at(400.0).period_s == pytest.approx(8.0, abs=1.5)
    assert 60 / score.breath_at(1199.0).period_s == pytest.approx(6.0, abs=0.1)
    assert score.light.is_dark(1200.0, 3600.0)
    fullness = [score.breath_at(n / 100).fullness for n in range(120_000)]
    jumps = [abs(b - a) for a, b in pairwise(fullness)]
    assert max(jumps) < 0.02, "one breath goes into the next"
    indices = [score.breath_at(n / 10).index for n in range(12_000)]
    assert all(0 <= b - a <= 1 for a, b in pairwise(indices))


def test_marks_in_the_dark_light_nothing():
    score = voiced(lit_s=600.0)
    assert score.light.is_dark(600.0, 3600.0)
    assert 60 / score.breath_at(500.0).period_s == pytest.approx(6.5, abs=1.0)


def test_without_marks_the_light_is_as_ever():
    assert voiced("[00:05]Hello").light == recording_score(HOUR, Person()).light
    assert voiced("[00:05]in").light == recording_score(HOUR, Person()).light


def test_words_are_shown_and_told():
    score = voiced("[00:05]Lie down.\n[00:09]\n[00:30]Sleep.")
    assert [score.words_at(t) for t in (4.9, 5.0, 8.9, 9.0, 30.0, 39.9, 40.1)] == [
        "",
        "Lie down.",
        "Lie down.",
        "",
        "Sleep.",
        "Sleep.",
        "",
    ]
    told = [entry for _, entry in reversed(marks_of(score, 0.0))]
    assert [e.words for e in told if e.what == "cue"] == ["Lie down.", "Sleep."]


class OneRecording:
    def __init__(self, score):
        self.score = score

    def load(self, programme):
        return outline_of(self.score)


def test_the_lamp_is_in_step_with_a_cue_file_at_minute_fourteen():
    """On the real loop, in virtual time: half bright in the middle of each *in* and each *out*."""
    marks = "".join(
        f"[{at // 60:02.0f}:{at % 60:05.2f}]{part}\n"
        for n in range(6)
        for at, part in ((820 + n * 9.37, "in"), (824.3 + n * 9.37, "out"))
    )
    score = voiced(marks)
    world = World(Config(), (score.id,), OneRecording(score))
    night = world.play([Act(5.0, "press"), Act(900.0, "end")])
    began = next(n["at_s"] for n in night.trace if n["what"] == "start")
    for n in range(5):
        breathes_in = began + 820 + n * 9.37
        half = score.light.peak.at(822 + n * 9.37) / 2
        seen = [w for w in night.light if breathes_in <= w.at_s < breathes_in + 9.37]
        crossed = [
            a.at_s + (half - a.lightness) / (b.lightness - a.lightness) * (b.at_s - a.at_s)
            for a, b in pairwise(seen)
            if (a.lightness > half) != (b.lightness > half)
        ]
        middles = [4.3 / 2, 4.3 + (9.37 - 4.3) / 2]
        assert crossed == pytest.approx([breathes_in + m for m in middles], abs=0.05)
    cues = [n for n in night.trace if n["what"] == "cue"]
    assert cues == []


# -- from beside the original into the store ---------------------------------------------------


@pytest.fixture
def place(tmp_path):
    record = put_recording(tmp_path / "store", noise(30.0))
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "Sea.mp3").write_bytes(b"x")
    return tmp_path / "store" / record.id


def test_a_cue_file_beside_the_original_goes_into_the_store_and_away_again(tmp_path, place):
    original, cues = tmp_path / "library" / "Sea.mp3", tmp_path / "library" / "sea.LRC"
    assert copy_cues(original, place, 30.0) == ()
    assert score_in(place).lines == ()
    cues.write_text("[00:05]Lie down.\n[00:55]Too late\n")
    (told,) = copy_cues(original, place, 30.0)
    assert "line 2" in told
    assert "past the end" in told
    assert [line.words for line in score_in(place).lines] == ["Lie down."]
    original.rename(tmp_path / "away.mp3")
    cues.unlink()
    assert copy_cues(original, place, 30.0) == ()
    assert len(score_in(place).lines) == 1, "a missing original changes nothing"
    (tmp_path / "away.mp3").rename(original)
    copy_cues(original, place, 30.0)
    assert score_in(place).lines == ()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_cue_file_may_be_written_as_editors_write(tmp_path, place, encoding):
    (tmp_path / "library" / "Sea.lrc").write_bytes("[00:05]Für dich".encode(encoding))
    assert copy_cues(tmp_path / "library" / "Sea.mp3", place, 30.0) == ()
    assert score_in(place).words_at(6.0) == "Für dich"


def test_a_cue_file_that_is_none_is_told_and_the_one_before_stays(tmp_path, place):
    original = tmp_path / "library" / "Sea.mp3"
    (tmp_path / "library" / "Sea.cues").write_text("0:05 Hello\n")
    copy_cues(original, place, 30.0)
    lrc = tmp_path / "library" / "Sea.lrc"
    for make in (
        lambda: os.mkfifo(lrc),
        lrc.mkdir,
        lambda: lrc.symlink_to("/etc/passwd"),
        lambda: lrc.write_bytes(b"[00:05]x\n" * 200_000),
    ):
        make()
        (told,) = copy_cues(original, place, 30.0)
        assert "Sea.lrc is not used" in told
        assert [line.words for line in score_in(place).lines] == ["Hello"]
        lrc.rmdir() if lrc.is_dir() and not lrc.is_symlink() else lrc.unlink()


def test_a_damaged_cue_file_in_the_store_costs_nobody_the_night(place):
    (place / "cues.txt").write_bytes(b"\xff\xfe\xfd")
    assert score_in(place).lines == ()
    assert len(along_in(place, 30.0)[1]) == 1


def test_the_intake_takes_a_cue_file_along_whenever_it_comes(tmp_path):
    library, store = tmp_path / "library", tmp_path / "store"
    library.mkdir()
    soundfile.write(library / "Sea.wav", noise(20.0, -30.0), 48_000)
    wishes = Wishes(library, store, settle_s=0.0, once=True)
    run(wishes)
    (entry,) = read_index(store)
    assert score_in(store / entry.id).lines == ()
    (library / "Sea.lrc").write_text("[00:05]Lie down.")
    run(wishes)
    assert score_in(store / entry.id).words_at(6.0) == "Lie down."
    assert [item.name for item in read_items(store)] == ["Sea.wav"]
    (library / "Sea.lrc").unlink()
    run(wishes)
    assert score_in(store / entry.id).lines == ()


def test_what_a_person_said_is_planned_also_where_the_clock_went_back(tmp_path):
    """A box without a clock of its own begins at an old time after a power cut."""
    record = put_recording(tmp_path, noise(60.0, -40.0))
    said = tmp_path / record.id / "person.yaml"
    said.write_text("format: nidra-person/1\nlight: {lamp: none}\n")
    os.utime(said, (1_000_000.0, 1_000_000.0))
    plan_again(tmp_path, Index(tmp_path))
    assert read_record(tmp_path / record.id).lit_s == 0.0


def test_an_end_is_judged_again_when_a_bell_before_it_is_held_down(tmp_path):
    """A soft end needs no fade; beside a bell that is heard no more, it is as loud as the rest."""
    sound = with_bell(noise(120.0, -50.0), at_s=100.0)
    record = put_recording(tmp_path, sound, soften="never", ends_softly=True, lit_s=60.0)
    said = tmp_path / record.id / "person.yaml"
    said.write_text('format: nidra-person/1\nlight: {length: "1:00"}\n')
    plan_again(tmp_path, Index(tmp_path))
    assert not read_record(tmp_path / record.id).ends_softly
    assert score_in(tmp_path / record.id).tracks[0].fade_frames == 12 * RATE_HZ


def test_a_loop_is_softened_from_its_beginning_on(tmp_path):
    """What is lit in its first round is dark in all others."""
    record = put_recording(tmp_path, noise(60.0, -40.0))
    (tmp_path / record.id / "person.yaml").write_text("format: nidra-person/1\nloop: true\n")
    plan_again(tmp_path, Index(tmp_path))
    assert read_record(tmp_path / record.id).lit_s == 0.0
