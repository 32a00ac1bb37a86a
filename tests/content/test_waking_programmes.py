"""What every guided programme that ends awake promises: a fair pace, a way out early on, a
sound that leaves and comes back slowly, amber, red and amber again, nothing abrupt."""

from itertools import pairwise

import pytest

from nidra_box.library.voices import read_voice
from nidra_box.score.compile import spoken_title
from tests.content.listening import has_word, shipped
from tests.support.box import ROOT

WAKING = ("spine-lantern", "classic-thirty", "eleven-minute-rest")
LAST_FADE_S = 10.0
CAPS = {
    "preparation": 60, "return": 60, "posture": 50, "breath": 50, "intention": 45, "scan": 30,
    "touch": 30, "eyes": 30, "opposites": 25, "imagery": 20, "quiet": 20, "drift": 15, "sleep": 0,
}  # fmt: skip


@pytest.fixture(params=WAKING)
def programme(request):
    return shipped(request.param)


def test_nothing_is_wrong_with_it(programme):
    assert programme.mistakes == ()
    assert programme.script.ending == "wake"
    assert programme.script.kind == "guided"


def test_the_voice_is_a_fair_pace_and_leaves_room(programme):
    assert 105 <= programme.word_count / programme.speech_s * 60 <= 125
    assert 0.10 <= programme.speech_s / programme.score.duration_s <= 0.35


def test_a_way_out_is_offered_in_the_first_ninety_seconds(programme):
    offers = [line for line in programme.lines if has_word(line.words, "skip", "leave out")]
    assert offers
    assert offers[0].end_s < 90


def test_the_first_sound_comes_up_slowly_and_the_first_word_waits(programme):
    first = min(line.at_s for line in programme.lines)
    assert first >= 5
    level = [programme.bed(t) for t in range(11)]
    assert level[0] <= -70
    assert all(0 <= b - a <= 6 for a, b in pairwise(level))


def test_no_bed_ever_moves_faster_than_six_decibels_a_second(programme):
    level = [programme.bed(t) for t in range(int(programme.score.duration_s))]
    assert max(abs(b - a) for a, b in pairwise(level)) <= 6


def test_the_sound_sinks_to_minus_fifty_and_rises_for_three_to_ten_minutes(programme):
    end = programme.score.duration_s
    level = {t: programme.bed(t) for t in range(60, int(end - LAST_FADE_S))}
    lowest = min(level, key=level.get)
    assert level[lowest] == pytest.approx(-50, abs=0.5)
    assert 180 <= end - lowest <= 600
    rise = [level[t] for t in range(lowest, int(end - LAST_FADE_S))]
    assert all(0 <= b - a <= 0.2 for a, b in pairwise(rise))
    assert rise[-1] - rise[0] >= 10


def test_it_ends_in_a_return_and_the_last_word_leaves_time_to_fade(programme):
    last = programme.score.stages[-1]
    assert last.kind == "return"
    assert max(line.at_s for line in programme.lines) > last.start_s
    assert max(line.end_s for line in programme.lines) <= programme.score.duration_s - LAST_FADE_S
    assert programme.bed(programme.score.duration_s - 0.05) < -85


def test_the_light_is_amber_then_red_and_amber_again_only_for_the_return(programme):
    colours = []
    for span in programme.score.stages:
        redness = programme.score.redness((span.start_s + span.end_s) / 2)
        assert redness in (0.0, 1.0)
        colours.append("red" if redness else "amber")
    changes = [colours[0]] + [b for a, b in pairwise(colours) if a != b]
    assert changes == ["amber", "red", "amber"]
    assert colours[-2] == "red"


def test_the_light_sinks_on_the_way_in_and_rises_in_the_return(programme):
    spans = programme.score.stages
    peaks = [programme.peak(span.start_s, span.end_s) for span in spans]
    assert all(b <= a + 0.01 for a, b in pairwise(peaks[:-1]))
    assert all(peak <= CAPS[span.kind] for peak, span in zip(peaks, spans, strict=True))
    back, end = spans[-1].start_s, spans[-1].end_s
    assert programme.peak(end - 30, end) >= programme.peak(back, back + 15) + 15
    assert programme.score.lightness(end - 0.05) < 1


def test_the_breath_slows_without_a_step_and_quickens_at_the_end(programme):
    end = programme.score.duration_s
    period = [programme.score.breath_at(t / 2).period_s for t in range(int(end * 2))]
    assert 60 / period[0] == pytest.approx(11)
    assert min(60 / p for p in period) <= 6.5
    assert programme.rate(end - 0.1) >= 8.4
    back = int(programme.score.stages[-1].start_s * 2)
    slowest = period.index(max(period))
    assert slowest <= back
    assert max(abs(b - a) for a, b in pairwise(period)) < 0.05
    assert all(b >= a - 1e-9 for a, b in pairwise(period[: slowest + 1]))


def test_words_for_the_breath_are_said_when_it_turns(programme):
    synced = [line for line in programme.lines if line.sync]
    assert len(synced) >= 3
    for line in synced:
        after = programme.score.breath_at(line.at_s + 0.05)
        before = programme.score.breath_at(line.at_s - 0.05)
        assert after.part == line.sync, line
        assert before.part != line.sync, line


def test_its_voice_is_small_and_says_under_which_licence(programme):
    folder = ROOT / "audio" / "voice" / programme.script.id
    assert sum(file.stat().st_size for file in folder.iterdir()) <= 1_800_000
    licence = (folder / "LICENCE").read_text(encoding="utf-8")
    assert programme.script.title in licence
    assert "CC-BY-4.0" in licence
    voice = read_voice(folder)
    title = spoken_title(programme.script)
    said = {line.words for line in programme.lines}
    assert {clip.words for clip in voice.clips} == said | {title}
    assert {file.name for file in folder.glob("*.opus")} == {clip.file for clip in voice.clips}
    for clip in voice.clips:
        assert clip.lufs == pytest.approx(-20, abs=1)
        assert clip.true_peak_db <= -3
