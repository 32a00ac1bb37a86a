"""The JSON Schema of cues: exactly one form each, and where which of them may stand. Pure."""

from __future__ import annotations

import nidra_box.documents.schema as s
from nidra_box.documents.schema import Schema
from nidra_box.score import limits
from nidra_box.score import vocabulary as v
from nidra_box.score.vocabulary import Part


def cue_definitions() -> dict[str, Schema]:
    """What `$defs` holds of cues. `cue` is any; the others say which may not stand somewhere,
    down through every repeat."""
    repeated = {"properties": {"cues": {"items": s.refer("repeated_cue")}, "at": False}}
    unsynced = {"properties": {"cues": {"items": s.refer("unsynced_cue")}, "sync": False}}
    quiet = {
        "properties": {
            **dict.fromkeys(("say", "play", "each"), False),
            "cues": {"items": s.refer("quiet_cue")},
        }
    }
    return {
        "cue": {
            "description": "One of say, play, silence, each, repeat.",
            "oneOf": [_say(), _play(), _silence(), _each(), _repeat()],
        },
        "words": _words(),
        "pause": _pause(),
        "repeated_cue": repeated,
        "unsynced_cue": unsynced,
        "quiet_cue": quiet,
    }


def _words() -> Schema:
    return {
        "description": f"At most {v.MAX_CUE_CHARACTERS} characters (better under "
        f"{v.MAX_CUE_WORDS} words), ending with a full stop; numbers and abbreviations in words.",
        "type": "string",
        "minLength": 1,
        "maxLength": v.MAX_CUE_CHARACTERS,
        "pattern": rf"{limits.CUE_END}\s*$",
        **s.refer("honest"),
    }


def _pause() -> Schema:
    return {
        "description": "Seconds after the last word, or flex: a share of what is left.",
        "anyOf": [s.number(limits.PAUSE_S.low, limits.PAUSE_S.high), {"const": "flex"}],
    }


def _when() -> dict[str, Schema]:
    """When a cue begins, if not right after the one before."""
    return {
        "at": s.said(s.duration(nothing=True), 'So long after its stage began: "1:20".'),
        "sync": s.said(s.choice(Part), "Waits for this part of the lamp's breath."),
    }


def _say() -> Schema:
    return s.mapping(
        {
            "say": s.refer("words"),
            "pause": s.said(s.refer("pause"), "Counts from the last word.", 0),
            **_when(),
            "say_tts": s.said(
                s.text(numeric=True) | s.refer("honest"), "The words as an engine reads them."
            ),
            "note": s.said(s.text(numeric=True), "For the person who records it."),
        },
        ["say"],
    )


def _play() -> Schema:
    return s.mapping(
        {
            "play": s.said(s.choice(v.SOUNDS), "A sound of ours."),
            "gain_db": s.said(s.number(*limits.SOUND_GAIN_DB), "Against the voice.", 0),
            "pause": s.said(s.refer("pause"), "Counts from the stroke: it rings on.", 0),
            **_when(),
        },
        ["play"],
    )


def _silence() -> Schema:
    return s.mapping({"silence": s.refer("pause"), **_when()}, ["silence"])


def _each() -> Schema:
    return s.mapping(
        {
            "each": s.said(
                {"type": "array", "items": s.refer("words")}, "A rotation: a cue for every item."
            ),
            "gap": s.said(s.refer("pause"), "After every item."),
            "note": s.said(s.text(numeric=True), "For the person who records it."),
        },
        ["each", "gap"],
    )


def _repeat() -> Schema:
    cues = {"type": "array", "items": {"allOf": [s.refer("cue"), s.refer("repeated_cue")]}}
    return s.mapping(
        {
            "repeat": s.said(s.integer(1, limits.MAX_REPEATS), "How many times."),
            "cues": s.said(cues, "What is repeated; without `at`."),
            "gap": s.said(s.refer("pause"), "After every round.", 0),
        },
        ["repeat", "cues"],
    )
