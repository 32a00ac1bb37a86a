"""Which words are too long for their place, and by how much."""

import pytest

from nidra_box.documents.node import Problems
from nidra_box.score.compile import breath_of, compile_script
from nidra_box.score.score import ClipFacts
from nidra_box.studio.voice.fit import Misfit, lengths_of, longest_s, misfits, shortest_flex_s
from nidra_box.units import RATE_HZ
from tests.support.box import shipped_catalogue
from tests.support.scripts import SMALL, changed, read

FIXED = changed(
    ('"1:00"', '"0:40"'),
    ('"9:00"', '"8:40"'),
    ('{say: "Breathe out.", pause: flex, sync: exhale}', '{say: "Breathe out.", pause: 12}'),
)
"""Stage arrive: 8 s silence, words, 10 s, words, 12 s: 10 s are left for all words."""


def fitted(text, seconds):
    script, problems = read(text)
    assert not problems.errors
    breath = breath_of(script, {})
    return misfits(script, seconds, breath), script, breath


def compiled_over(script, seconds):
    """Whether the compiler finds these lengths too long."""
    problems = Problems("x")
    facts = {w: ClipFacts("voice:x/y", round(s * RATE_HZ), -20.0) for w, s in seconds.items()}
    compile_script(script, facts, problems)
    return any("longer than the stage" in str(p) for p in problems.errors)


def test_words_that_fit_are_no_misfits():
    found, script, _ = fitted(FIXED, {"Leave out whatever hurts.": 5.0, "Breathe out.": 4.9})
    assert found == []
    assert not compiled_over(script, {"Leave out whatever hurts.": 5.0, "Breathe out.": 4.9})


def test_the_one_that_is_far_too_long_is_named_and_no_other():
    seconds = {"Leave out whatever hurts.": 12.5, "Breathe out.": 1.2}
    found, script, _ = fitted(FIXED, seconds)
    assert found == [
        Misfit("arrive", "Leave out whatever hurts.", 12.5, pytest.approx(3.7, abs=1e-3))
    ]
    assert compiled_over(script, seconds)


def test_taking_away_what_is_too_much_makes_it_fit():
    seconds = {"Leave out whatever hurts.": 22.0, "Breathe out.": 14.0}
    found, script, _ = fitted(FIXED, seconds)
    assert [misfit.words for misfit in found] == list(seconds)
    mended = {m.words: m.length_s - m.over_s for m in found}
    assert fitted(FIXED, mended)[0] == []
    assert not compiled_over(script, mended)


def test_a_wait_for_the_breath_counts():
    """A breath takes 6 s, an out-breath begins at 3, 9, 15 … seconds of the night. Words that
    end a moment after one wait for the next, so a little too much may cost a whole breath."""
    text = changed(
        ('"1:00"', '"0:30"'),
        ('"9:00"', '"8:30"'),
        ('{say: "Breathe out.", pause: flex', '{say: "Breathe out.", pause: 2'),
    )
    seconds = {"Leave out whatever hurts.": 3.5, "Breathe out.": 1.0}
    assert fitted(text, seconds)[0] == []  # 8 + 3.5 + 10 = 21.5, the out-breath is at 27
    seconds["Leave out whatever hurts."] = 9.2
    found, _, breath = fitted(text, seconds)
    assert [m.words for m in found] == ["Leave out whatever hurts."]
    assert found[0].over_s == pytest.approx(0.2, abs=1e-3)
    script, _ = read(text)
    assert longest_s(script, "Leave out whatever hurts.", seconds, breath) == pytest.approx(9.0)


def test_a_script_that_asks_too_much_is_not_the_speaker_s_fault():
    found, _, _ = fitted(
        changed(
            ("Nothing more to do.", "Nothing. " * 20), ('"2:00"', '"0:05"'), ('"9:00"', '"7:05"')
        ),
        {},
    )
    assert [(m.stage, m.words) for m in found] == [("drift", "")]
    assert found[0].over_s == pytest.approx(20 * 60 / 112 - 5)


def test_seconds_that_no_pause_claims_are_said():
    text = FIXED.replace('"0:40"', '"1:30"').replace('"8:40"', '"9:30"')
    found, _, _ = fitted(text, {"Leave out whatever hurts.": 2.0, "Breathe out.": 1.0})
    assert [(m.stage, m.words, m.over_s) for m in found] == [("arrive", "", pytest.approx(-57.0))]


def test_words_that_come_again_are_as_long_in_every_place():
    text = SMALL.replace("Nothing more to do.", "Breathe out.").replace(
        '{say: "Breathe out.", pause: flex}',
        '{repeat: 3, cues: [{say: "Breathe out.", pause: 30}]}',
    )
    script, problems = read(text)
    assert not problems.errors
    breath = breath_of(script, {})
    assert longest_s(script, "Breathe out.", {}, breath) == pytest.approx(10.0, abs=1e-3)


def test_what_a_cue_may_take_is_where_the_compiler_gives_up():
    catalogue = shipped_catalogue()
    script, _, _ = catalogue.compile(catalogue.scripts()["lower-back-night"])
    breath = breath_of(script, {})
    seconds = lengths_of(script, {})
    for words in list(seconds)[::7]:
        most = longest_s(script, words, {}, breath)
        assert most > seconds[words]
        assert not compiled_over(script, {**seconds, words: most - 0.01})
        assert compiled_over(script, {**seconds, words: most + 0.01})


def test_the_shortest_pause_that_bends():
    script, _ = read(FIXED)
    assert shortest_flex_s(script, {"Nothing more to do.": 20.0}, breath_of(script, {})) == (
        pytest.approx(100.0, abs=1e-3)
    )
