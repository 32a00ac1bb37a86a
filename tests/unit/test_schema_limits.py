"""Every limit that a schema names, moved a little beyond: the box refuses it too."""

import pytest

from nidra_box.sound.beds import KNOWN_SOUNDS
from nidra_box.studio.writing.template import new_script
from tests.support.box import ROOT
from tests.support.schemas import (
    SCHEMAS,
    box_errors,
    loaded,
    parts_of,
    schema_errors,
    underlined,
    with_value,
    written,
)

CONFIG = ROOT / "config" / "nidra-box.yaml"

# Every key there is, at a value that is right.
WHOLE = (
    new_script("whole", KNOWN_SOUNDS, "x", "y")
    .replace(
        "- id: hands",
        """\
- id: mine
  kind: quiet
  duration: "1:00"
  voice_lufs: -22
  bed: [{id: pink, lufs: [-40, -42], fade_in: 12}]
  light: {pattern: swell, colour: amber, floor: 1, peak: 18, fade: 4}
  track: {file: mine.flac, gain_db: -3, breath: mine.txt}
- id: pure
  kind: quiet
  duration: "1:00"
  light: {pattern: steady, colour: amber, peak: [18, 16], fade: 4}
  track: pure.flac
  pace: {breath: long-out, rate: [8, 8], steady_start: 10, steady_end: 0.2}
- id: hands""",
    )
    .replace('duration: "10:00" ', 'duration: "12:00" ')
)


DOCUMENTS = {"script": loaded(WHOLE), "config": loaded(CONFIG.read_text("utf-8"))}


def broken_parts(what):
    """(what is wrong, document) for every limit in the schema, broken one at a time."""
    document = DOCUMENTS[what]
    for path, schema, value in parts_of(what, document):
        name = ".".join(map(str, path))
        if "minimum" in schema or "exclusiveMinimum" in schema:
            low = schema.get("minimum", schema.get("exclusiveMinimum"))
            under = low - 0.01 if "minimum" in schema else low
            yield f"{name} under {low}", with_value(document, path, under)
            yield (
                f"{name} over {schema['maximum']}",
                with_value(document, path, schema["maximum"] + 0.01),
            )
            yield f"{name} is a word", with_value(document, path, "many")
        if "enum" in schema:
            yield f"{name} is another word", with_value(document, path, "something-else")
        if schema.get("type") == "boolean":
            yield f"{name} is quoted", with_value(document, path, "true")
        if isinstance(value, str):
            yield f"{name} is a list", with_value(document, path, [[value]])
        if isinstance(value, dict) and schema.get("additionalProperties") is False:
            yield f"{name} has a key too many", with_value(document, path, {**value, "xyz": 1})
            for key in schema.get("required", ()):
                short = {k: v for k, v in value.items() if k != key}
                yield f"{name} without {key}", with_value(document, path, short)
        if isinstance(value, list):
            yield f"{name} is no list", with_value(document, path, "word")


PARTS = [(what, name, doc) for what in DOCUMENTS for name, doc in broken_parts(what)]


def test_the_walk_reaches_every_key():
    reached = {
        path[-1] for what in DOCUMENTS for path, _, _ in parts_of(what, DOCUMENTS[what]) if path
    }
    assert reached >= {
        *("say", "pause", "sync", "note", "say_tts", "play", "gain_db", "silence", "each", "gap"),
        *("repeat", "cues", "at", "track", "file", "breath", "rate", "steady_start", "steady_end"),
        *("voice_lufs", "lufs", "under_voice_lu", "fade_in", "colour", "floor", "peak", "fade"),
        *("true_peak_db", "wpm", "language", "text", "audio", "suitable_for", "cautions", "tags"),
        *("light", "knob_b", "reverse", "start_db", "minutes", "backend", "ring_buffers", "library"),
    }  # fmt: skip
    assert len(PARTS) > 400


@pytest.mark.slow
@pytest.mark.parametrize(("what", "name", "document"), PARTS, ids=[f"{w} {n}" for w, n, _ in PARTS])
def test_every_limit_is_the_same_in_both(what, name, document):
    assert underlined(what, document), "the schema lets it pass"
    assert box_errors(what, written(document)), "the box lets it pass"


def limits_kept(what):
    for path, schema, _ in parts_of(what, DOCUMENTS[what]):
        if "minimum" in schema and "maximum" in schema:
            for value in (schema["minimum"], schema["maximum"]):
                yield what, path, value


@pytest.mark.parametrize(
    ("what", "path", "value"), [case for what in DOCUMENTS for case in limits_kept(what)]
)
def test_a_limit_itself_is_allowed_by_the_box(what, path, value):
    """(Another rule may still refuse it: two pins that are one, a floor above its peak.)"""
    found = box_errors(what, written(with_value(DOCUMENTS[what], path, value)))
    assert not [error for error in found if "out of range" in error]


def test_every_key_of_a_script_is_described():
    found = [(p, s) for p, s, _ in parts_of("script", DOCUMENTS["script"]) if p]
    named = [path for path, schema in found if not isinstance(path[-1], int)]
    assert len(named) > 100
    for part in (SCHEMAS["script"], *SCHEMAS["script"]["$defs"].values()):
        bare = {key for key, inner in part["properties"].items() if "description" not in inner}
        assert bare <= {"text", "audio"}


def test_the_whole_document_is_right():
    assert schema_errors("script", loaded(WHOLE)) == []
    assert box_errors("script", WHOLE) == []
