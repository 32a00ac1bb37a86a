"""The JSON Schema of `nidra-script/1`, from the vocabulary and the limits. Pure.

It says whatever can be said of one value, or of one part by its neighbours inside it: types,
words, ranges, caps by the kind of a stage, exactly one form to a cue. Sums, the order of
stages and how words fit are left to `rules`.
"""

from __future__ import annotations

import nidra_box.documents.schema as s
from nidra_box.documents.schema import Schema
from nidra_box.score import limits
from nidra_box.score import vocabulary as v
from nidra_box.score.rules.words import CLAIM
from nidra_box.score.schema_stage import definitions
from nidra_box.score.vocabulary import Ending, Kind

_OVER_12_HOURS = r"^(?:1[3-9]|[2-9][0-9]):[0-9]+:|^12:[0-9]+:(?!00(?:\.0+)?$)|^12:(?!0?0:)[0-9]+:"


def script_schema() -> Schema:
    """The whole schema, as it lies in docs/schema/nidra-script-1.json."""
    found: Schema = {
        "$schema": s.DIALECT,
        "$id": "urn:nidra-box:script:1",
        "title": "A Nidra Box programme",
    }
    found |= s.mapping(
        _properties(),
        [
            *("format", "id", "title", "kind", "activity", "goal"),
            *("licence", "duration", "ending", "stages"),
        ],
    )
    found["allOf"] = [_light_only(), _about_the_back()]
    found["$defs"] = {"honest": _honest(), **definitions()}
    return found


def _properties() -> dict[str, Schema]:
    licence = s.choice(v.LICENCES)
    first = {"allOf": [s.refer("stage"), _first_stage()]}
    stages = {"type": "array", "minItems": 1, "prefixItems": [first], "items": s.refer("stage")}
    length = {"allOf": [s.duration(), {"not": {"pattern": _OVER_12_HOURS}}]}
    title = s.text(r"\S", numeric=True) | s.refer("honest")
    tags: Schema = {"type": "array", "items": s.text(numeric=True) | s.refer("honest")}
    return {
        "format": s.said(s.choice([v.FORMAT]), "What kind of file this is."),
        "id": s.said(
            {"type": ["string", "integer"], "pattern": s.filled(limits.ID)},
            f"{limits.ID_SAYS}; the file bears the same name.".capitalize(),
        ),
        "title": s.said(title, "What people see. No promise of a cure."),
        "kind": s.said(s.choice(Kind), "guided: with words; light-only: without any sound."),
        "activity": s.said(s.choice(v.ACTIVITIES), "What people do meanwhile."),
        "goal": s.said(s.choice(v.GOALS), "What it is for; back needs the red-flags caution."),
        "language": s.said(
            s.text(s.filled(limits.LANGUAGE)), f"{limits.LANGUAGE_SAYS}.".capitalize(), "en"
        ),
        "licence": s.said(
            s.mapping({"text": licence, "audio": licence}, ["text", "audio"]),
            "Of the words and of the sound; personal is not for what is given away.",
        ),
        "suitable_for": s.said(s.texts(v.AUDIENCES), "Whom it suits.", ["adults"]),
        "cautions": s.said(s.texts(v.CAUTIONS), "What a person should know before.", []),
        "tags": s.said(tags, "Words to find it again.", []),
        "duration": s.said(length, 'Exactly the sum of the stages, in quotes: "8:07:24".'),
        "ending": s.said(
            s.choice(Ending),
            "sleep-through: grows dark and silent; wake: a return stage brings people back; "
            "open: neither.",
        ),
        "voice": s.said(_voice(), "How the voice sounds; every clip is brought to it."),
        "breath": s.said(
            {"type": "object", "additionalProperties": s.refer("breath")},
            "Patterns of breath by names of your own.",
            {},
        ),
        "stages": s.said(stages, "The parts of the night, one after the other."),
    }


def _voice() -> Schema:
    return s.mapping(
        {
            "lufs": s.said(
                s.number(*limits.VOICE_LUFS),
                "Loudness after BS.1770.",
                s.plain(v.VOICE_LUFS),
            ),
            "true_peak_db": s.said(
                s.number(*limits.TRUE_PEAK_DB),
                "The highest peak between samples.",
                s.plain(v.DEFAULT_TRUE_PEAK_DB),
            ),
            "wpm": s.said(
                s.number(*limits.WORDS_PER_MINUTE),
                "Words a minute where no clip has been measured yet.",
                s.plain(limits.DEFAULT_WORDS_PER_MINUTE),
            ),
        }
    )


def _honest() -> Schema:
    """No word that promises what nobody has shown."""
    return {"not": {"type": "string", "pattern": s.any_case(CLAIM)}}


def _first_stage() -> Schema:
    """The first sound of a night fades in."""
    fade: Schema = {"properties": {"fade_in": {"minimum": s.plain(v.MIN_FIRST_FADE_S)}}}
    return {
        "properties": {
            "bed": {"anyOf": [fade | {"type": "object"}, {"type": "array", "items": fade}]}
        }
    }


def _light_only() -> Schema:
    silent: Schema = {
        "bed": {"maxItems": 0, "type": "array"},
        "cues": {"maxItems": 0},
        "track": False,
    }
    return s.when(
        {"properties": {"kind": {"const": str(Kind.LIGHT_ONLY)}}, "required": ["kind"]},
        {"properties": {"stages": {"items": {"properties": silent}}}},
    )


def _about_the_back() -> Schema:
    """A programme about the back needs the red-flags caution."""
    tag = {"contains": {"type": "string", "pattern": s.any_case("back")}}
    return s.when(
        {
            "anyOf": [
                {"properties": {"goal": {"const": "back"}}, "required": ["goal"]},
                {"properties": {"tags": tag}, "required": ["tags"]},
            ]
        },
        {
            "properties": {"cautions": {"contains": {"const": "red-flags"}}},
            "required": ["cautions"],
        },
    )
