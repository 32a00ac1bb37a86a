"""A recording that was taken in, as a score: stages, light, length, loop, all from its record."""

from dataclasses import replace

import numpy as np
import pytest

from nidra_box.library.person import Lamp, Light, Person
from nidra_box.library.record import Chapter
from nidra_box.library.recordings import exactly, recording_score
from nidra_box.score.vocabulary import StageKind
from nidra_box.units import RATE_HZ
from tests.support.store import exact_score, noise, put_recording, record_of, softened_at
from tests.unit.test_record import RECORD

HOUR = replace(
    RECORD,
    frames=3600 * RATE_HZ,
    chapters=(),
    softening_s=(),
    softening_db=(),
    levels_db=(-40.0,) * 3600,
    lufs=-40.0,
    gain_db=16.0,
)


def stages(score):
    return [(s.id, str(s.kind), s.start_s, s.end_s) for s in score.stages]


def test_twenty_minutes_of_breath_light_and_then_dark_to_the_end():
    score = recording_score(HOUR, Person())
    assert stages(score) == [
        ("breathe", "breath", 0.0, 1200.0),
        ("listen", "sleep", 1200.0, 3600.0),
    ]
    assert (score.id, score.title, score.duration_s) == (HOUR.id, "Sea", 3600.0)
    assert 60 / score.breath_at(30.0).period_s == pytest.approx(11.0)
    assert 60 / score.breath_at(1150.0).period_s == pytest.approx(6.0)
    assert (score.redness(600.0), score.redness(1100.0)) == (0.0, 1.0)
    assert score.light.is_dark(1200.0, 3600.0)
    assert not score.light.is_dark(1180.0, 1190.0)


def test_a_person_says_how_the_lamp_goes_and_how_long():
    slow = recording_score(HOUR, Person(light=Light(rates=(8.0, 5.0), lit_s=600.0)))
    assert 60 / slow.breath_at(10.0).period_s == pytest.approx(8.0)
    assert 60 / slow.breath_at(590.0).period_s == pytest.approx(5.0)
    assert slow.light.is_dark(600.0, 3600.0)
    steady = recording_score(HOUR, Person(light=Light(Lamp.STEADY, lit_s=600.0)))
    assert steady.breath_at(100.0) is None
    assert steady.lightness(60.0) == steady.lightness(300.0) > 10.0
    assert steady.light.is_dark(600.0, 3600.0)
    assert stages(steady)[0] == ("rest", "breath", 0.0, 600.0)


def test_without_light_it_is_dark_and_sleep_from_its_first_second():
    score = recording_score(HOUR, Person(light=Light(Lamp.NONE)))
    assert stages(score) == [("listen", "sleep", 0.0, 3600.0)]
    assert score.light.is_dark(0.0, 3600.0)


def test_chapters_are_its_stages_and_sleep_begins_in_the_middle_of_one():
    chapters = (Chapter("One", 0.0), Chapter("Two", 900.0), Chapter("Three", 1800.0))
    score = recording_score(replace(HOUR, chapters=chapters), Person())
    assert stages(score) == [
        ("One", "breath", 0.0, 900.0),
        ("Two", "breath", 900.0, 1200.0),
        ("Two", "sleep", 1200.0, 1800.0),
        ("Three", "sleep", 1800.0, 3600.0),
    ]


def test_a_chapter_that_begins_with_the_dark_is_not_cut():
    chapters = (Chapter("One", 0.0), Chapter("Two", 1200.0))
    score = recording_score(replace(HOUR, chapters=chapters), Person())
    assert [s[1:] for s in stages(score)] == [("breath", 0.0, 1200.0), ("sleep", 1200.0, 3600.0)]


def test_odd_chapters_are_put_in_order():
    chapters = (
        Chapter("late", 9e9),
        Chapter("B", 100.0),
        Chapter("twice", 100.0),
        Chapter("\x1b[31m\n", 50.0),
        Chapter("x" * 500, -7.0),
        Chapter("", 200.0),
    )
    score = recording_score(replace(HOUR, chapters=chapters), Person())
    assert [s.start_s for s in score.stages] == [0.0, 50.0, 100.0, 200.0, 1200.0]
    assert [s.end_s for s in score.stages][-1] == 3600.0
    assert all(s.id and s.id.isprintable() and len(s.id) <= 48 for s in score.stages)


def test_a_recording_shorter_than_its_light_is_lit_to_its_end():
    score = recording_score(replace(HOUR, frames=30 * RATE_HZ, levels_db=(-40.0,) * 30), Person())
    assert stages(score) == [("breathe", "breath", 0.0, 30.0)]
    assert score.lightness(29.999) == pytest.approx(0.0, abs=0.5)


def test_a_long_silence_at_its_end_is_no_part_of_it():
    """Never lit over silence, and idle after the last sound."""
    silent = (-40.0,) * 700 + (-120.0,) * 100
    score = recording_score(replace(HOUR, frames=800 * RATE_HZ, levels_db=silent), Person())
    assert score.duration_s == 701.0
    short = replace(HOUR, frames=705 * RATE_HZ, levels_db=silent[:705])
    assert recording_score(short, Person()).duration_s == 705.0


@pytest.mark.parametrize(
    ("seconds", "softly", "fade_s"),
    [(3600, False, 60.0), (600, False, 60.0), (100, False, 10.0), (3600, True, 1.0)],
)
def test_its_last_minute_fades_or_a_tenth_of_it(seconds, softly, fade_s):
    record = replace(
        HOUR, frames=seconds * RATE_HZ, levels_db=(-40.0,) * seconds, ends_softly=softly
    )
    track = recording_score(record, Person()).tracks[0]
    assert track.fade_frames / RATE_HZ == fade_s
    frames = np.linspace(track.end - track.fade_frames, track.end, 11).astype(np.int64)
    assert np.diff(track.shape(frames)) == pytest.approx(-6.6, abs=0.01)
    assert track.level_lufs + track.shape(frames)[-1] == pytest.approx(-90.0)


def test_a_loud_end_falls_further():
    record = replace(HOUR, levels_db=(-40.0,) * 3590 + (-30.0,) * 10)
    track = recording_score(record, Person()).tracks[0]
    assert track.fade_db == pytest.approx(90.0 - 14.0)


# -- loops -------------------------------------------------------------------------------------


def test_a_loop_plays_for_eight_hours_and_leaves_within_the_last_quarter():
    short = replace(HOUR, frames=300 * RATE_HZ, levels_db=(-40.0,) * 300)
    score = recording_score(short, Person(loop=True))
    track = score.tracks[0]
    assert score.duration_s == 8 * 3600.0
    assert stages(score)[-1] == ("listen", "sleep", 1200.0, 28800.0)
    assert track.fade_frames == 15 * 60 * RATE_HZ
    assert track.loop.first == 1 * RATE_HZ
    assert track.loop.last == 299 * RATE_HZ
    assert track.loop.overlap == 4 * RATE_HZ
    assert score.level_at(28000.0 - 1e-3) == pytest.approx(-24.0 - 66.0 * 100 / 900, abs=0.01)


def test_a_loop_leaves_out_where_its_file_fades_in_and_out():
    levels = (-80.0, -60.0, -50.0, *(-40.0,) * 290, -44.0, -60.0, -80.0)
    faded = replace(HOUR, frames=len(levels) * RATE_HZ, levels_db=levels)
    loop = recording_score(faded, Person(loop=True)).tracks[0].loop
    assert (loop.first / RATE_HZ, loop.last / RATE_HZ) == (4.0, 292.0)


def test_a_loop_of_a_second_is_a_loop():
    tiny = replace(HOUR, frames=RATE_HZ, levels_db=(-40.0,))
    loop = recording_score(tiny, Person(loop=True)).tracks[0].loop
    assert (loop.first, loop.last, loop.overlap) == (0, RATE_HZ, RATE_HZ // 4)


# -- its real level ----------------------------------------------------------------------------


def test_the_level_is_the_real_one_with_gain_and_softening(tmp_path):
    sound = noise(60.0, -50.0)
    sound[30 * RATE_HZ : 32 * RATE_HZ] *= 100.0
    record = put_recording(tmp_path, sound, gain_db=6.0, **softened_at(29.9, 32.2, -33.0))
    dark = Person(light=Light(Lamp.NONE))
    for score in (recording_score(record, dark), exact_score(tmp_path, record, dark)):
        assert score.level_at(20.0) == pytest.approx(-44.0, abs=0.4)
        assert score.level_at(31.0) == pytest.approx(-37.0, abs=0.4)
        assert max(score.level_at(t / 10) for t in range(600)) <= -36.5
        assert score.loudest_between(0, 50 * RATE_HZ) == pytest.approx(
            max(-37.0, record.lufs + 6.0), abs=0.5
        )


def test_levels_that_are_no_levels_are_refused(tmp_path):
    record = put_recording(tmp_path, noise(12.0))
    np.save(tmp_path / record.id / "levels.npy", np.zeros(7))
    with pytest.raises(ValueError, match=r"levels\.npy"):
        exactly(recording_score(record, Person()), tmp_path / record.id)


def test_what_is_softened_for_a_moment_counts_in_its_whole_second():
    """The record has the loudest of every second; the box has nothing finer."""
    sound = noise(20.0, -50.0)
    record, _ = record_of(
        sound,
        "x.wav",
        softening_s=(10.02, 10.05, 10.2, 10.3),
        softening_db=(0.0, -20.0, -20.0, 0.0),
    )
    track = recording_score(record, Person()).tracks[0]
    assert track.sounds(np.array([10 * RATE_HZ + 1]))[0] == pytest.approx(
        record.levels_db[10] - 20.0 + record.gain_db, abs=0.01
    )


def test_every_dark_stage_is_sleep():
    chapters = tuple(Chapter(str(n), n * 60.0) for n in range(60))
    for lamp in Lamp:
        score = recording_score(replace(HOUR, chapters=chapters), Person(light=Light(lamp)))
        lit_s = 0.0 if lamp is Lamp.NONE else 1200.0
        assert all((s.kind is StageKind.SLEEP) == (s.start_s >= lit_s) for s in score.stages)
