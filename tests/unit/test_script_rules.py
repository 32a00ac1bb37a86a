"""Every rule of the script format: broken once, reported once, on its line."""

from dataclasses import replace

import pytest

from nidra_box.documents.node import Severity
from nidra_box.sound.beds import KNOWN_SOUNDS
from tests.support.scripts import SMALL, changed, compiled, line_of, read

LONG = "Breathe " * 30 + "out."


def test_the_small_script_is_right():
    _, problems = read()
    assert problems.errors == []
    _, problems = compiled()
    assert problems.errors == []


# (what is changed, words of the one error, part of the line it must point at)
ERRORS = [
    ((("format: nidra-script/1", "format: nidra-script/9"),), "allowed: nidra-script/1", "format:"),
    ((("id: small", "id: Small Night"),), "small letters, digits and hyphens", "id: Small"),
    ((("kind: guided", "kind: gided"),), "did you mean 'guided'", "kind: gided"),
    ((("goal: back", "goal: world-peace"),), "allowed: sleep | stress | back | break", "goal:"),
    ((("language: en", "language: english please"),), "language code", "language:"),
    ((("language: en", "langage: en"),), "unknown key (did you mean 'language'?)", "langage"),
    ((('duration: "9:00"', "duration: 9:00"),), "base-60", "duration: 9:00"),
    ((('duration: "9:00"', 'duration: "9:05"'),), "0:05 less than 9:05", 'duration: "9:05"'),
    ((("cautions: [red-flags]", "cautions: []"),), "red-flags", None),
    ((("lufs: -20, true", "lufs: -10, true"),), "-26 to -16 LUFS", "voice:"),
    ((("even: [5, 0, 5, 0]", "even: [2, 5, 3, 2]"),), "holds take", None),
    ((("id: night", "id: drift"),), "stands twice", "id: drift\n  kind: sleep"),
    ((("{pattern: dark}", "{pattern: off}"),), "a light that is out is dark", "pattern: off"),
    (
        (("peak: 26}", "peak: 61}"), ("floor: 0, peak", "floor: 0, fade: 5, peak")),
        "over the cap of 60",
        "peak: 61",
    ),
    ((("peak: [12, 0]", "peak: [12, 3]"),), "a drift stage ends dark", "peak: [12, 3]"),
    ((("colour: amber", "colour: blue"),), "allowed: amber | red", "colour: blue"),
    (
        (
            ("colour: amber, floor: 4", "colour: red, floor: 4"),
            ("colour: red, floor: 0", "colour: amber, floor: 0"),
        ),
        "amber after red",
        "colour: amber",
    ),
    (
        (
            ("floor: 4, peak: 26", "floor: 40, peak: 26"),
            ("floor: 0, peak: [12, 0]", "floor: 0, fade: 4, peak: [12, 0]"),
        ),
        "floor: 40 is above the peak",
        "floor: 40",
    ),
    ((("peak: 26}", "peak: 40}"),), "a step of 28 L* needs a fade", "peak: [12, 0]"),
    (
        (("rate: 10}", "rate: [16.5, 10]}"),),
        "16.5 is out of range; allowed: 4.5 to 16 breaths/min",
        "rate: [16.5",
    ),
    ((("rate: [10, 8]", "rate: [8, 8]"),), "a breath may change by 0.5 s", "rate: [8, 8]"),
    (
        (
            ("  pace: {breath: even, rate: 10}\n", ""),
            (
                "light: {pattern: breath, colour: amber, floor: 4, peak: 26}",
                "light: {pattern: steady, colour: amber, peak: 20}",
            ),
        ),
        "no breath to wait for",
        "sync: exhale",
    ),
    (
        (("breath: even, rate: 10", "breath: odd, rate: 10"),),
        "'odd' is not one of the patterns",
        "odd",
    ),
    ((("under_voice_lu: 18", "under_voice_lu: 5"),), "12 to 30 LU", "under_voice_lu: 5"),
    ((("brown, lufs: -40", "brown, lufs: -30"),), "is 6 LU under the voice", "lufs: -30"),
    ((("id: brown, under", "id: brwon, under"),), "did you mean 'brown'", "brwon"),
    ((("fade_in: 10", "fade_in: 2"),), "fades in over at least 3 s", "fade_in: 2"),
    (
        (("brown, lufs: -40", "brown, fade_in: 4, lufs: -42"),),
        "a step of 4 LU needs at least 10 s",
        "-42",
    ),
    ((("brown, lufs: -42}", "brown, lufs: -25}"),), "too loud for sleep", "lufs: -25"),
    ((("lufs: [-42, -90]", "lufs: [-42, -80]"),), "ends in a fade", "id: leave"),
    (
        (
            (
                "- id: night\n",
                '- id: step\n  kind: sleep\n  duration: "0:09"\n  light: {pattern: dark}\n'
                "  bed: {id: brown, lufs: [-41, -46]}\n- id: night\n",
            ),
            ('duration: "9:00"', 'duration: "9:09"'),
            ("lufs: -42}", "lufs: -45}"),
        ),
        "a step of 5 LU needs at least 10 s",
        "[-41, -46]",
    ),
    (
        (
            (
                "bed: {id: brown, lufs: -40}",
                "bed: [{id: brown, lufs: -40}, {id: rain, lufs: -40, fade_in: 9}]",
            ),
        ),
        "a bed that comes in needs at least 10 s",
        "rain",
    ),
    (
        (
            ('duration: "1:00"', 'duration: "0:36"'),
            ('duration: "9:00"', 'duration: "8:36"'),
            (
                "bed: {id: brown, under_voice_lu: 18, fade_in: 10}",
                "bed: [{id: brown, under_voice_lu: 18}, {id: rain, under_voice_lu: 18}]",
            ),
        ),
        "rain leaves here within 9 s, a quarter of the stage; it needs at least 10 s",
        "id: rain",
    ),
    (
        (
            ('duration: "3:00"\n  bed: {id: brown, lufs: -42}', 'duration: "3:00"'),
            (
                'duration: "3:00"\n  bed: {id: brown, lufs: [-42, -90]}',
                'duration: "3:00"',
            ),
        ),
        "ends in a fade of at least 60 s",
        "id: drift",
    ),
    (
        (
            ("kind: drift", "kind: quiet"),
            ("peak: [12, 0]}", "peak: [12, 16]}"),
        ),
        "a step of 16 L* needs a fade",
        "{pattern: dark}",
    ),
    (
        (
            (
                "  light: {pattern: dark}\n- id: leave",
                "  light: {pattern: steady, colour: red, peak: 1}\n- id: leave",
            ),
        ),
        "a sleep stage is dark",
        "peak: 1}",
    ),
    (
        (
            (
                "  light: {pattern: dark}\n- id: leave",
                '  light: {pattern: dark}\n  cues: [{say: "Hello."}]\n- id: leave',
            ),
        ),
        "no word and no bell after the drift stage",
        "Hello",
    ),
    ((("Breathe out.", LONG),), "at most 220", "Breathe Breathe"),
    ((("Breathe out.", "Breathe out"),), "must end with a full stop", "Breathe out"),
    ((("Breathe out.", "This heals you."),), "claims too much: 'heals'", "heals"),
    ((("title: Small Night", "title: Back pain cured"),), "claims too much: 'cured'", None),
    ((('say: "Breathe out."', 'sing: "Breathe out."'),), "needs one of say, play", "sing"),
    ((("pause: 10}", 'pause: 10, at: "2:00"}'),), "is not within its stage", '2:00"}'),
    ((("sync: exhale", "sync: exhal"),), "did you mean 'exhale'", "exhal}"),
    (
        (("licence: {text: CC-BY-4.0, audio: CC-BY-4.0}", "licence: {text: CC-BY-4.0}"),),
        "audio: is missing",
        "licence",
    ),
]


@pytest.mark.parametrize(("pairs", "words", "where"), ERRORS, ids=[e[1][:38] for e in ERRORS])
def test_a_broken_rule_is_one_error_on_its_line(pairs, words, where):
    text = changed(*pairs)
    _, problems = read(text)
    assert len(problems.errors) == 1, "\n".join(map(str, problems.errors))
    problem = problems.errors[0]
    assert words in str(problem)
    assert problem.severity is Severity.ERROR
    if where is not None and "\n" not in where:
        assert problem.line == line_of(text, where), str(problem)


WARNINGS = [
    ((("Breathe out.", "Breathe out 3 times."),), "has digits"),
    ((("Breathe out.", "Breathe e.g. out."),), "abbreviation"),
    ((("Breathe out.", "In " * 27 + "out."),), "28 words"),
    ((("fade_in: 10}", "fade_in: 4}"),), "the box takes 9 s"),
    (
        (('duration: "2:00"', 'duration: "5:00"'), ('duration: "9:00"', 'duration: "12:00"')),
        "2 to 4 minutes",
    ),
    (
        (
            (
                'duration: "3:00"\n  bed: {id: brown, lufs: [-42',
                'duration: "1:30"\n  bed: {id: brown, lufs: [-42',
            ),
            ('duration: "9:00"', 'duration: "7:30"'),
        ),
        "shorter than 5 minutes",
    ),
]


@pytest.mark.parametrize(("pairs", "words"), WARNINGS, ids=[w[1] for w in WARNINGS])
def test_a_warning_warns_and_does_not_refuse(pairs, words):
    _, problems = read(changed(*pairs))
    assert problems.errors == []
    assert any(words in str(p) and "warning:" in str(p) for p in problems.warnings), (
        problems.warnings
    )


COMPILED = [
    ((("pause: 10}", "pause: 58}"),), "longer than the stage"),
    (
        (
            ("pause: flex, sync: exhale", "pause: 1, sync: exhale"),
            ("{silence: 8}", "{silence: 5}"),
            ("pause: 10}", "pause: 1}"),
        ),
        "give one pause as flex",
    ),
    ((("{silence: 8}", "{silence: 2}"),), "the first word comes at least 5 s after the bed"),
    (
        (("  bed: {id: brown, under_voice_lu: 18, fade_in: 10}\n", ""),),
        "the first word comes at least 5 s after the bed",
    ),
    ((("Leave out whatever hurts.", "Lie down."),), "no comfort or opt-out cue"),
    (
        (
            ("rate: 10}", "rate: 16}"),
            ("peak: 26}", "peak: 40}"),
            ("rate: [10, 8]", "rate: [16, 15]"),
            ("floor: 0, peak", "floor: 0, fade: 5, peak"),
        ),
        "moves faster than 25 L*/s",
    ),
]


@pytest.mark.parametrize(("pairs", "words"), COMPILED, ids=[c[1][:30] for c in COMPILED])
def test_what_only_the_whole_night_shows(pairs, words):
    _, problems = compiled(changed(*pairs))
    assert [p for p in problems.errors if words in str(p)], problems.found
    assert len(problems.errors) == 1


def test_words_that_crowd_a_stage_are_warned_of():
    many = "\n".join(
        '  - {say: "Breathe in and out and in and out and in and out again."}' for _ in range(6)
    )
    crowded = changed(
        ('  - {say: "Breathe out.", pause: flex, sync: exhale}', many), ("pause: 10}", "pause: 1}")
    )
    _, problems = compiled(crowded)
    assert not problems.errors
    assert any("words fill" in str(p) for p in problems.warnings)
    _, problems = compiled(changed(("pause: 10}", "pause: 46}")))
    assert any("left for a flex pause" in str(p) for p in problems.warnings)


def test_three_mistakes_of_yaml_are_all_reported():
    """`pattern: off`, an unquoted duration and stages that do not sum: three errors."""
    text = changed(
        ("light: {pattern: dark}", "light: {pattern: off}"),
        ('duration: "2:00"', "duration: 2:00"),
        ('duration: "9:00"', 'duration: "9:30"'),
    )
    _, problems = read(text)
    assert [p.line for p in problems.errors] == [
        line_of(text, '"9:30"'),
        line_of(text, "duration: 2:00"),
        line_of(text, "pattern: off"),
    ]


def test_what_is_shipped_needs_an_open_licence():
    text = changed(("audio: CC-BY-4.0", "audio: personal"))
    assert not read(text)[1].errors
    assert "open licence" in str(read(text, shipped=True)[1].errors[0])


def test_a_light_only_programme_has_no_sound():
    text = changed(("kind: guided", "kind: light-only"))
    assert any("light-only" in str(p) for p in read(text)[1].errors)


def test_the_lamp_may_be_lit_for_half_an_hour():
    text = changed(
        ('duration: "1:00"', 'duration: "31:00"'), ('duration: "9:00"', 'duration: "39:00"')
    )
    assert any("the lamp is lit for 33:00" in str(p) for p in read(text)[1].errors)
    waking = changed(("ending: sleep-through", "ending: open"), text=text)
    assert not any("the lamp is lit" in str(p) for p in read(waking)[1].errors)


def test_every_mistake_of_a_file_is_reported_at_once():
    pairs = (("kind: guided", "kind: gided"), ("floor: 4", "flor: 4"), ("rate: 10}", "rate: 99}"))
    found = [str(p) for p in read(changed(*pairs))[1].errors]
    for words in ("gided", "flor", "floor: is missing", "rate"):
        assert any(words in f for f in found), words


def test_rotations_and_repeats_unfold():
    text = changed(
        (
            '  - {say: "Breathe out.", pause: flex, sync: exhale}',
            "  - {each: [Right thumb., Second finger.], gap: 2}\n"
            '  - {repeat: 2, gap: 1, cues: [{say: "In."}, {say: "Out."}]}\n'
            "  - {silence: flex}",
        )
    )
    script, problems = read(text)
    assert not problems.errors
    words = [cue.text for stage, cue in script.spoken() if stage.id == "arrive"]
    assert words == [
        "Leave out whatever hurts.",
        "Right thumb.",
        "Second finger.",
        "In.",
        "Out.",
        "In.",
        "Out.",
    ]
    assert SMALL.count("say:") == 3


@pytest.mark.parametrize("bed", KNOWN_SOUNDS.beds)
def test_people_sleep_to_a_bed_only_if_it_swells_by_no_more_than_six(bed):
    text = changed(("{id: brown, lufs: -42}", f"{{id: {bed}, fade_in: 20, lufs: -42}}"))
    _, problems = read(text)
    assert problems.errors == []
    wilder = replace(KNOWN_SOUNDS, beds=KNOWN_SOUNDS.beds | {bed: 6.1})
    _, problems = read(text, known=wilder)
    assert {problem.message for problem in problems.errors} == {
        f"{bed} swells by 6.1 dB; in sleep at most 6"
    }


@pytest.mark.parametrize(
    ("lasts", "whole", "warned"), [("4:59", "10:59", True), ("5:00", "11:00", False)]
)
def test_the_last_fade_is_best_five_minutes_long(lasts, whole, warned):
    last = 'duration: "3:00"\n  bed: {id: brown, lufs: [-42, -90]}'
    _, problems = compiled(changed(("9:00", whole), (last, last.replace("3:00", lasts))))
    assert any("shorter than 5 minutes" in str(p) for p in problems.found) == warned
