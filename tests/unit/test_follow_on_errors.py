"""What only follows from a mistake goes away with it, and is not reported beside it."""

import pytest

from nidra_box.documents.node import Problems, Severity
from tests.support.scripts import changed
from tests.unit.test_every_rule import found_in

FOLLOWS = {
    "a light that could not be read": (("{pattern: dark}", "{pattern: off}"),),
    "a light between two that could not be read": (
        ("light: {pattern: breath, colour: red, floor: 0,", "light: {pattern: off, colour: red, floor: 0,"),
    ),
    "a peak too high": (("peak: 26}", "peak: 70}"),),
    "words that are repeated": (("{silence: 8}", '{silence: 8}\n  - {repeat: 3, cues: [{say: "And on"}]}'),),
    "a rate out of range": (("rate: 10}", "rate: 99}"),),
    "a breath that could not be read": (("even: [5, 0, 5, 0]", "even: [0, 0, 5, 0]"),),
    "a list for breath": (("breath:\n  even: [5, 0, 5, 0]\n  long-out: [4, 0, 6, 0]", "breath: []"),),
    "an ending misspelt": (
        ("ending: sleep-through", "ending: slep"),
        ("lufs: [-42, -90]", "lufs: -42"),
    ),
    "a caution misspelt": (("cautions: [red-flags]", "cautions: [red-flag]"),),
    "a stage's length misspelt": (('duration: "1:00"', 'duration: "1m"'),),
    "the length misspelt": (('duration: "9:00"', 'duration: "9"'),),
    "a length of nothing": (('duration: "1:00"', 'duration: "0:00"'),),
    "a pace misspelt": (("{breath: even, rate: 10}", "10 a minute"),),
    "a stage that is none": (("- id: night\n", "- night\n- id: night\n"),),
    "a kind misspelt": (("kind: drift", "kind: drfit"), ("brown, lufs: -40", "brown, lufs: -52, fade_in: 20")),
    "a colour misspelt": (("colour: amber", "colour: rot"),),
    "a bed misspelt": (("{id: brown, lufs: -40}", "{id: brwon, lufs: -52, fade_in: 1}"),),
    "a cue too long": (("Breathe out.", "And on, " * 30 + "and out."), ("{silence: 8}", "{silence: 40}")),
}  # fmt: skip


@pytest.mark.parametrize("name", FOLLOWS)
def test_what_follows_from_a_mistake_is_not_a_second_one(tmp_path, name):
    found = found_in(tmp_path, "small", changed(*FOLLOWS[name]))
    errors = [problem for problem in found if problem.severity is Severity.ERROR]
    assert len(errors) == 1, "\n".join(map(str, errors))


def test_an_error_blames_its_place_what_is_inside_it_and_around_it():
    problems = Problems("f")
    problems.error(1, "stages[3].light.peak", "x")
    problems.error(1, "stages[4].light", "x")
    problems.warn(1, "stages[5].light", "x")
    assert problems.blames("stages[3].light.peak")
    assert problems.blames("stages[3].light")
    assert problems.blames("stages[4].light.peak")
    assert problems.blames("nothing", "stages[3]")
    assert not problems.blames("stages[3].light.floor")
    assert not problems.blames("stages[3].lights")
    assert not problems.blames("stages[5].light")
    assert not problems.blames("stages[31]")
