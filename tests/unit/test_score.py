"""The compiled night: every cue in its place, exact to the frame."""

import itertools

import pytest

from nidra_box.score.score import ClipFacts
from nidra_box.units import RATE_HZ
from tests.support.scripts import SMALL, changed, compiled

CLIPS = {
    "Leave out whatever hurts.": ClipFacts("voice:small/a.opus", 2 * RATE_HZ, -20.0),
    "Breathe out.": ClipFacts("voice:small/b.opus", RATE_HZ, -20.5),
    "Nothing more to do.": ClipFacts("voice:small/c.opus", RATE_HZ * 3 // 2, -20.0),
}


def test_every_stage_begins_on_its_frame():
    score, problems = compiled(clips=CLIPS)
    assert not problems.errors
    assert score.frames == 540 * RATE_HZ
    assert [s.start for s in score.stages] == [0, 60 * RATE_HZ, 180 * RATE_HZ, 360 * RATE_HZ]
    assert score.stages[-1].end == score.frames
    assert score.stage_at(59.9999).id == "arrive"
    assert score.stage_at(60.0).id == "drift"
    assert score.stage_at(540.0) is None
    assert score.stage_at(-0.1) is None


def test_words_fall_where_the_script_says():
    score, _ = compiled(clips=CLIPS)
    first, second, third = score.clips
    assert first.start == 8 * RATE_HZ
    # two seconds of words and ten of pause, then it waits for the out-breath: the breath is
    # 6 s long and half of it goes in, so an out-breath begins at 21 s
    assert second.start == 21 * RATE_HZ
    assert third.start == 60 * RATE_HZ
    assert score.words_at(8.5) == "Leave out whatever hurts."
    assert score.words_at(11.0) == ""


def test_clips_are_brought_to_the_voice_of_their_stage():
    score, _ = compiled(clips=CLIPS)
    assert [c.lufs + c.gain_db for c in score.clips] == pytest.approx([-20, -20, -24])


def test_flex_pauses_share_what_is_left():
    text = changed(
        (
            '  - {say: "Breathe out.", pause: flex, sync: exhale}',
            '  - {say: "Breathe out.", pause: flex}\n  - {say: "Nothing more to do.", pause: flex}',
        )
    )
    score, _ = compiled(text, CLIPS)
    a, b, c = score.clips[:3]
    used = 8 + 2 + 10 + 1 + 1.5
    flex = (60 - used) / 2
    assert b.start == 20 * RATE_HZ
    assert c.start == pytest.approx((21 + flex) * RATE_HZ, abs=1)


def test_at_times_cut_a_stage_into_stretches():
    text = changed(
        (
            '  - {say: "Breathe out.", pause: flex, sync: exhale}',
            '  - {at: "0:40", say: "Breathe out.", pause: flex}',
        ),
        ("pause: 10}", "pause: flex}"),
    )
    score, _ = compiled(text, CLIPS)
    assert score.clips[1].start == 40 * RATE_HZ


def test_words_without_a_clip_keep_their_time():
    score, _ = compiled()
    assert [c.source for c in score.clips] == ["", "", ""]
    assert score.clips[0].frames == round(4 * 60 / 112 * RATE_HZ)


def test_the_bed_runs_in_decibels_from_stage_to_stage():
    score, _ = compiled(clips=CLIPS)
    level = {
        t: score.bed_levels(t).get("brown") for t in (0.0, 5.0, 10.0, 59.0, 75.0, 200, 400, 539.99)
    }
    assert level[0.0] == pytest.approx(-70)
    assert level[5.0] == pytest.approx(-54)
    assert level[10.0] == level[59.0] == pytest.approx(-38)
    assert level[75.0] == pytest.approx(-40)
    assert level[200] == pytest.approx(-42)
    assert level[539.99] == pytest.approx(-90, abs=0.01)
    assert score.bed_levels(540.0) == {}


def test_a_bed_that_ends_fades_out_within_its_last_stage():
    text = changed(("  bed: {id: brown, lufs: -40}\n", ""))
    score, _ = compiled(text, CLIPS)
    assert score.bed_levels(50.0)["brown"] == pytest.approx(-38)
    assert score.bed_levels(59.999)["brown"] < -89
    assert score.bed_levels(60.0) == {}
    assert score.bed_levels(181.0)["brown"] < -60  # and comes back from silence


def test_two_beds_at_once():
    text = changed(
        ("bed: {id: brown, lufs: -40}", "bed: [{id: brown, lufs: -40}, {id: pink, lufs: -44}]")
    )
    score, problems = compiled(text, CLIPS)
    assert not problems.errors
    assert set(score.bed_levels(100.0)) == {"brown", "pink"}


def test_the_light_is_dark_in_sleep_and_under_its_cap_before():
    score, _ = compiled(clips=CLIPS)
    levels = [score.lightness(t / 50) for t in range(540 * 50)]
    assert max(levels[: 60 * 50]) <= 26
    assert max(levels[60 * 50 : 180 * 50]) <= 12
    assert max(levels[180 * 50 :]) == 0
    assert all(abs(a - b) <= 0.5 for a, b in itertools.pairwise(levels))
    assert score.redness(30) == 0.0
    assert score.redness(100) == 1.0


def test_a_light_that_falls_is_down_before_the_next_stage_begins():
    score, _ = compiled(clips=CLIPS)
    assert score.light.peak.at(60.0) == pytest.approx(12)
    assert score.light.peak.at(58.0) == pytest.approx(26)


def test_swell_and_steady():
    text = changed(
        (
            "light: {pattern: breath, colour: amber, floor: 4, peak: 26}",
            "light: {pattern: swell, colour: amber, floor: 2, peak: 20}",
        ),
        (
            "light: {pattern: breath, colour: red, floor: 0, peak: [12, 0]}",
            "light: {pattern: steady, colour: red, fade: 8, peak: [12, 0]}",
        ),
    )
    score, problems = compiled(text, CLIPS)
    assert not problems.errors
    assert score.lightness(0) == pytest.approx(2)
    assert score.lightness(30) == pytest.approx(11, abs=0.1)
    assert score.lightness(120) == pytest.approx(6, abs=0.1)


def test_a_recording_in_a_stage():
    text = changed(
        (
            '  cues:\n  - {say: "Nothing more to do.", pause: flex}\n',
            "  track: {file: mine.flac, gain_db: -6}\n",
        )
    )
    score, problems = compiled(text, CLIPS)
    assert not problems.errors
    track = score.tracks[0]
    assert (track.file, track.start, track.end, track.gain_db) == (
        "mine.flac",
        60 * RATE_HZ,
        180 * RATE_HZ,
        -6,
    )
    assert score.level_at(100.0) == pytest.approx(-20, abs=0.1)


@pytest.mark.parametrize("name", ["../secret.flac", "a/b.flac", "a\\nb.flac", ""])
def test_a_recording_never_lies_outside_the_library(name):
    from tests.support.scripts import read

    text = changed(
        (
            '  cues:\n  - {say: "Nothing more to do."',
            f'  track: "{name}"\n  cues:\n  - {{say: "Nothing more to do."',
        )
    )
    assert any("track" in str(p) for p in read(text)[1].errors)


def test_clips_between_finds_every_clip_that_sounds():
    score, _ = compiled(clips=CLIPS)
    for clip in score.clips:
        assert clip in score.clips_between(clip.start, clip.start + 1)
        assert clip in score.clips_between(clip.end - 1, clip.end)
        assert clip not in score.clips_between(clip.end, clip.end + 1)
        assert clip not in score.clips_between(clip.start - 10, clip.start)


def test_the_level_of_everything_together():
    score, _ = compiled(clips=CLIPS)
    assert score.level_at(9.0) == pytest.approx(-20, abs=0.1)
    assert score.level_at(300.0) == pytest.approx(-42)
    assert score.level_at(541.0) == -120
    assert score.loudest_between(200 * RATE_HZ, 300 * RATE_HZ) == pytest.approx(-42)
    assert "Leave out" in SMALL
