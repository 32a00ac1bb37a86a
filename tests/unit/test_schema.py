"""An editor underlines what the box refuses: the schemas against the parser and the rules."""

import jsonschema
import pytest

from nidra_box.cli import main
from nidra_box.library.template import new_script
from tests.support.box import ROOT
from tests.support.schemas import (
    FILES,
    SCHEMAS,
    box_errors,
    loaded,
    schema_errors,
    underlined,
)
from tests.support.scripts import SMALL, changed
from tests.unit.test_script_rules import ERRORS

SHIPPED = sorted((ROOT / "audio" / "programmes").glob("*.yaml"))
CONFIG = ROOT / "config" / "nidra-box.yaml"


@pytest.mark.parametrize("what", FILES)
def test_a_schema_is_one(what):
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[what])
    assert SCHEMAS[what]["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("what", FILES)
def test_the_schemas_in_docs_are_current(capsys, what):
    assert main(["schema", what]) == 0
    assert capsys.readouterr().out == FILES[what].read_text("utf-8"), (
        f"nidra-box schema {what} -o {FILES[what].relative_to(ROOT)}"
    )


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_script_validates(path):
    assert schema_errors("script", loaded(path.read_text("utf-8"))) == []


def test_other_files_that_are_right_validate():
    assert schema_errors("config", loaded(CONFIG.read_text("utf-8"))) == []
    assert schema_errors("config", {}) == []
    for text in (SMALL, new_script("a", "x", "y")):
        assert schema_errors("script", loaded(text)) == []
        assert box_errors("script", text) == []


# What needs sums, neighbours or the whole night. Everything else in ERRORS both must refuse.
ONLY_CHECK_SAYS = {
    "0:05 less than 9:05": "a sum",
    "holds take": "a sum",
    "stands twice": "all other stages",
    "amber after red": "the stages before",
    "floor: 40 is above the peak": "two values of one light",
    "a step of 28 L* needs a fade": "the stage before",
    "a step of 16 L* needs a fade": "the stage before",
    "a breath may change by 0.5 s": "the stage before",
    "'odd' is not one of the patterns": "names given elsewhere",
    "is 6 LU under the voice": "two levels",
    "a step of 4 LU needs at least 10 s": "the stage before",
    "a step of 5 LU needs at least 10 s": "two values of one stage",
    "a bed that comes in needs at least 10 s": "the stage before",
    "rain leaves here within 9 s, a quarter of the stage; it needs at least 10 s": "the stage after",
    "ends in a fade": "which stage is the last",
    "ends in a fade of at least 60 s": "which stage is the last",
    "is not within its stage": "two times",
}


@pytest.mark.parametrize(("pairs", "words", "_where"), ERRORS, ids=[e[1][:38] for e in ERRORS])
def test_a_broken_rule_is_refused_by_both(pairs, words, _where):
    text = changed(*pairs)
    assert box_errors("script", text)
    assert underlined("script", loaded(text)) != (words in ONLY_CHECK_SAYS)


def test_what_only_check_says_is_in_the_table_of_errors():
    assert set(ONLY_CHECK_SAYS) <= {words for _, words, _ in ERRORS}


MORE = [
    (("duration: \"9:00\"", "duration: \"12:30:00\""),),
    (("duration: \"9:00\"", "duration: \"13:00:00\""),),
    (("duration: \"9:00\"", "duration: \"12:00:01\""),),
    (("duration: \"1:00\"", "duration: \"0:00\""),),
    (("duration: \"1:00\"", "duration: \"1:60\""),),
    (("duration: \"1:00\"", "duration: \"1:60:00\""),),
    (("goal: back", "goal: sleep"), ("cautions: [red-flags]", "cautions: []")),
    (("kind: guided", "kind: light-only"),),
    (("floor: 4, peak: 26}", "peak: 26}"),),
    (("{pattern: dark}", "{pattern: dark, peak: 3}"),),
    (("{pattern: breath, colour: amber, floor: 4", "{pattern: steady, colour: amber, floor: 4"),),
    (("under_voice_lu: 18,", "under_voice_lu: 18, lufs: -38,"),),
    (("under_voice_lu: 18, ", ""),),
    (("brown, lufs: -42}", "brown, under_voice_lu: 20}"),),
    (("lufs: -40}", "lufs: [-40, -41, -42]}"),),
    (("peak: [12, 0]", "peak: 12"),),
    (("peak: [12, 0]", "peak: [12]"),),
    (("peak: [12, 0]", "peak: []"),),
    (("even: [5, 0, 5, 0]", "even: [5, 0, 0, 0]"),),
    (("even: [5, 0, 5, 0]", "even: [5, 0, 5]"),),
    (("even: [5, 0, 5, 0]", "even: 5"),),
    (("breath:\n  even: [5, 0, 5, 0]\n  long-out: [4, 0, 6, 0]", "breath: even"),),
    (("{silence: 8}", "{silence: -8}"),),
    (("{silence: 8}", "{silence: a while}"),),
    (("{silence: 8}", "{silence: 8, say: \"Both.\"}"),),
    (("{silence: 8}", "{each: [One., two], gap: 3}"),),
    (("{silence: 8}", "{each: [One.]}"),),
    (("{silence: 8}", "{each: [\"\"], gap: 3}"),),
    (("{silence: 8}", "{repeat: 61, cues: [{silence: 1}]}"),),
    (("{silence: 8}", "{repeat: 2}"),),
    (("{silence: 8}", "{repeat: 2, cues: [{at: \"0:03\", silence: 1}]}"),),
    (("{silence: 8}", "{repeat: 2, cues: [{repeat: 2, cues: [{at: \"0:03\", silence: 1}]}]}"),),
    (("{silence: 8}", "{play: gong}"),),
    (("Breathe out.", "Breathe out.\", say_tts: \"This heals."),),
    (("Breathe out.", ""),),
    (("Breathe out.", "   "),),
    (("tags: [sleep, lower back]", "tags: [detoxing]"),),
    (("title: Small Night", "title: \"\""),),
    (("title: Small Night", "title: Proven REMEDY"),),
    (("id: arrive", "id: Arrive"),),
    (("stages:\n- id: arrive", "stages:\n- arrive\n- id: arrive"),),
    (("  kind: drift\n", "  kind: drift\n  track: ../mine.flac\n"),),
    (("breath: even, rate", "breath: \"\", rate"),),
    (
        (
            "bed: {id: brown, lufs: -42}\n  light: {pattern: dark}",
            "bed: {id: brown, lufs: -42}\n  light: {pattern: dark}\n"
            "  cues: [{repeat: 2, cues: [{play: bowl}]}]",
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize("pairs", MORE, ids=lambda pairs: pairs[0][1][:40])
def test_what_one_part_shows_is_refused_by_both(pairs):
    text = changed(*pairs)
    assert box_errors("script", text)
    assert underlined("script", loaded(text))


RIGHT = [
    (('duration: "9:00"', 'duration: "0:09:00"'),),
    (("title: Small Night", "title: 2026"),),
    (("id: small", "id: 11"),),
    (("{silence: 8}", '{silence: 8, at: "0:00"}'),),
    (("Breathe out.", "“Breathe out.” "),),
    (("brown, lufs: -42}", "brown, lufs: [-42]}"),),
    (("bed: {id: brown, lufs: -42}", "bed: []"),),
    (("peak: [12, 0]", "peak: [12, 0], fade: 120"),),
    (("tags: [sleep, lower back]", "tags: [healthy, treaty]"),),
]


@pytest.mark.parametrize("pairs", RIGHT, ids=lambda pairs: pairs[0][1][:40])
def test_what_is_right_is_underlined_by_neither(pairs):
    text = changed(*pairs)
    assert box_errors("script", text) == []
    assert schema_errors("script", loaded(text)) == []


@pytest.mark.parametrize(
    "text",
    [
        "knob: {steps_per_detent: 3}",
        "pins: {knob_b: -1}",
        "pins: {knob_a: -1}",
        "pins: {knob_a: -1, knob_b: 27}",
        "lock: on",
        "pins:",
        "sound: {device_buffer: 1024.5}",
        "programmes: lower-back-night",
        "format: nidra-box-config/2",
    ],
)
def test_a_wrong_setting_is_refused_by_both(text):
    assert box_errors("config", text)
    assert schema_errors("config", loaded(text))


def test_a_box_without_a_knob_is_allowed_by_both():
    text = "pins: {knob_a: -1, knob_b: -1}"
    assert box_errors("config", text) == []
    assert schema_errors("config", loaded(text)) == []


def test_every_setting_is_described():
    def leaves(schema, path=""):
        for key, inner in schema["properties"].items():
            yield f"{path}{key}", inner
            if "properties" in inner:
                yield from leaves(inner, f"{path}{key}.")

    for name, schema in leaves(SCHEMAS["config"]):
        if "properties" not in schema and name != "format":
            assert "default" in schema.get("description", ""), name
            assert "default" in schema, name
