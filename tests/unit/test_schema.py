"""What an editor underlines by the schemas, the box refuses; what the box takes, neither does."""

import re

import jsonschema
import pytest

from nidra_box.cli import main
from nidra_box.sound.beds import KNOWN_SOUNDS
from nidra_box.studio.writing.comments import comments_of
from nidra_box.studio.writing.template import new_script
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


def test_a_comment_beside_a_setting_goes_on_below_it():
    text = "a: 1  # one\n      # two\n# three\nb: 2\n"
    assert comments_of(text) == {"a": "one two", "b": "three"}


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_shipped_script_validates(path):
    assert schema_errors("script", loaded(path.read_text("utf-8"))) == []


def test_other_files_that_are_right_validate():
    assert schema_errors("config", loaded(CONFIG.read_text("utf-8"))) == []
    assert schema_errors("config", {}) == []
    for text in (SMALL, new_script("a", KNOWN_SOUNDS, "x", "y")):
        assert schema_errors("script", loaded(text)) == []
        assert box_errors("script", text) == []


WRONG = [
    (("duration: \"1:00\"", "duration: \"1:60\""),),
    (("under_voice_lu: 18,", "under_voice_lu: 18, lufs: -38,"),),
    (("under_voice_lu: 18, ", ""),),
    (("lufs: -40}", "lufs: [-40, -41, -42]}"),),
    (("peak: [12, 0]", "peak: []"),),
    (("even: [5, 0, 5, 0]", "even: [5, 0, 5]"),),
    (("even: [5, 0, 5, 0]", "even: 5"),),
    (("breath:\n  even: [5, 0, 5, 0]\n  long-out: [4, 0, 6, 0]", "breath: even"),),
    (("{silence: 8}", "{silence: -8}"),),
    (("{silence: 8}", "{silence: a while}"),),
    (("{silence: 8}", "{silence: 8, say: \"Both.\"}"),),
    (("{silence: 8}", "{each: [One.]}"),),
    (("{silence: 8}", "{repeat: 61, cues: [{silence: 1}]}"),),
    (("{silence: 8}", "{play: gong}"),),
    (("Breathe out.", ""),),
    (("Breathe out.", "   "),),
    (("title: Small Night", "title: \"\""),),
    (("id: arrive", "id: Arrive"),),
    (("stages:\n- id: arrive", "stages:\n- arrive\n- id: arrive"),),
    (("  kind: drift\n", "  kind: drift\n  track: ../mine.flac\n"),),
    (("breath: even, rate", "breath: \"\", rate"),),
]  # fmt: skip


@pytest.mark.parametrize("pairs", WRONG, ids=lambda pairs: pairs[0][1][:40])
def test_a_wrong_type_word_or_number_is_refused_by_both(pairs):
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


def test_every_setting_is_described():
    for place, schema in SCHEMAS["config"]["$defs"].items():
        for name, inner in schema["properties"].items():
            assert "default" in inner.get("description", ""), f"{place}.{name}"
            assert "default" in inner, f"{place}.{name}"


def test_the_sample_has_every_key_a_parser_knows():
    """A key that only some forms of a part have must be in the sample, or editors refuse it."""
    source = (ROOT / "nidra_box" / "score" / "parse.py").read_text("utf-8")
    source += (ROOT / "nidra_box" / "score" / "cues.py").read_text("utf-8")
    readers = "text|choice|number|integer|flag|duration|numbers|texts|fields|each"
    asked = set(re.findall(rf'(?:\.(?:{readers})\(|_pause\(fields,)\s*"(\w+)"', source))
    parts = [SCHEMAS["script"], *SCHEMAS["script"]["$defs"].values()]
    assert len(asked) > 40
    assert asked <= {key for part in parts for key in part["properties"]}
