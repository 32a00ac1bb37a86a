"""The JSON Schema of a stage: its bed, light, pace and cues, and what its kind asks of them.
Pure. (`schema` has the rest of a script.)"""

from __future__ import annotations

import nidra_box.documents.schema as s
from nidra_box.documents.schema import Schema
from nidra_box.score import limits
from nidra_box.score import vocabulary as v
from nidra_box.score.schema_cues import cue_definitions
from nidra_box.score.vocabulary import Colour, Pattern, StageKind


def definitions() -> dict[str, Schema]:
    """What `$defs` holds: a stage and its parts."""
    return {
        "stage": _stage(),
        "bed": _bed(),
        "light": _light(),
        "pace": _pace(),
        "track": _track(),
        "breath": _breath(),
        **cue_definitions(),
    }


def _stage() -> Schema:
    beds = {"anyOf": [s.refer("bed"), {"type": "array", "items": s.refer("bed")}]}
    found = s.mapping(
        {
            "id": s.said(
                {"type": ["string", "integer"], "pattern": s.filled(limits.ID)},
                f"{limits.ID_SAYS}, once in a programme.".capitalize(),
            ),
            "kind": s.said(s.choice(StageKind), "What happens; it limits the light."),
            "duration": s.said(s.duration(), 'In quotes: "2:00".'),
            "voice_lufs": s.said(
                s.number(*limits.VOICE_LUFS),
                f"Loudness of the words here; {v.DRIFT_VOICE_LUFS:g} in a drift stage, else the "
                "voice's own.",
            ),
            "bed": s.said(beds, "The sound under the words, or several."),
            "light": s.refer("light"),
            "pace": s.refer("pace"),
            "cues": s.said(
                {"type": "array", "items": s.refer("cue")}, "What is said and played, in order."
            ),
            "track": s.refer("track"),
        },
        ["id", "kind", "duration", "light"],
    )
    found["allOf"] = [
        *_caps(),
        _drift(),
        _sleep(),
        _breathing_light(),
        _sync_needs_pace(),
    ]
    return found


def _of_kind(*kinds: StageKind) -> Schema:
    return {
        "properties": {"kind": {"enum": [str(kind) for kind in kinds]}},
        "required": ["kind"],
    }


def _caps() -> list[Schema]:
    """The highest lightness of each kind of stage."""
    found = []
    for cap in sorted(set(v.PEAK_CAP_LIGHTNESS.values()), reverse=True):
        kinds = [kind for kind, value in v.PEAK_CAP_LIGHTNESS.items() if value == cap]
        limit: Schema = {"maximum": s.plain(cap)}
        peak = {"properties": {"peak": limit | {"items": limit}}}
        found.append(s.when(_of_kind(*kinds), {"properties": {"light": peak}}))
    return found


def _drift() -> Schema:
    """A drift stage ends dark."""
    nought: Schema = {"const": 0}
    one: Schema = {"type": "array", "maxItems": 1, "items": nought}
    two: Schema = {"type": "array", "minItems": 2, "prefixItems": [{}, nought]}
    peak = {"properties": {"peak": {"anyOf": [nought, one, two]}}}
    return s.when(_of_kind(StageKind.DRIFT), {"properties": {"light": peak}})


def _sleep() -> Schema:
    """A sleep stage is dark and wordless, its beds are soft and calm."""
    level: Schema = {"maximum": s.plain(v.MAX_SLEEP_BED_LUFS)}
    calm = [
        name for name in v.BEDS if v.BED_MODULATION_DB.get(name, 0.0) <= v.MAX_SLEEP_MODULATION_DB
    ]
    bed: Schema = {
        "properties": {"id": {"enum": calm}, "lufs": level | {"items": level}},
        "required": ["lufs"],
    }
    return s.when(
        _of_kind(StageKind.SLEEP),
        {
            "properties": {
                "light": {"properties": {"pattern": {"const": str(Pattern.DARK)}}},
                "bed": {"anyOf": [bed | {"type": "object"}, {"type": "array", "items": bed}]},
                "cues": {"items": s.refer("quiet_cue")},
            }
        },
    )


def _breathing_light() -> Schema:
    """A light that breathes needs a pace, or a recording that may bring one."""
    breathes = {
        "properties": {
            "light": {
                "properties": {"pattern": {"const": str(Pattern.BREATH)}},
                "required": ["pattern"],
            }
        },
        "required": ["light"],
    }
    return s.when(breathes, {"anyOf": [{"required": ["pace"]}, {"required": ["track"]}]})


def _sync_needs_pace() -> Schema:
    return s.when(
        {"not": {"required": ["pace"]}},
        {"properties": {"cues": {"items": s.refer("unsynced_cue")}}},
    )


def _bed() -> Schema:
    found = s.mapping(
        {
            "id": s.said(s.choice(v.BEDS), "Which sound."),
            "under_voice_lu": s.said(
                s.number(*limits.UNDER_VOICE_LU), "So much softer than the voice."
            ),
            "lufs": s.said(
                s.numbers(*limits.BED_LUFS),
                f"A level of its own; {v.SILENT_LUFS:g} is silence.",
            ),
            "fade_in": s.said(
                s.number(*limits.BED_FADE_S),
                f"Seconds from where this bed was: at least {v.MIN_FIRST_FADE_S:g} for the first "
                f"sound, {v.MIN_BED_JUMP_FADE_S:g} for more than {v.MAX_BED_JUMP_LU:g} LU.",
                s.plain(v.DEFAULT_BED_FADE_S),
            ),
        },
        ["id"],
    )
    found["oneOf"] = [{"required": ["under_voice_lu"]}, {"required": ["lufs"]}]
    return found


def _light() -> Schema:
    """`dark` takes only a fade, `steady` has no floor."""
    pattern = "dark (never off, which YAML reads as false), breath, steady or swell."
    fade = s.said(
        s.number(*limits.LIGHT_FADE_S),
        f"Seconds into it; at least {v.MIN_STEP_FADE_S:g} for a step of more than "
        f"{v.MAX_LIGHT_STEP:g} L*.",
        s.plain(v.DEFAULT_LIGHT_FADE_S),
    )
    colour = s.said(s.choice(Colour), "First amber, then red, then dark.")
    floor = s.said(s.number(*limits.LIGHTNESS), "Where a breath begins; not above the peak.")
    peak = s.said(s.numbers(*limits.LIGHTNESS), "Where a breath is full.")

    def lit(patterns: list[Pattern], more: dict[str, Schema]) -> Schema:
        keys = {"colour": colour, **more, "peak": peak}
        named = {"pattern": s.said(s.choice(patterns), pattern)}
        return s.mapping({**named, **keys, "fade": fade}, ["pattern", *keys])

    dark = {"pattern": s.said(s.choice([Pattern.DARK]), pattern), "fade": fade}
    return {
        "description": "What the lamp does.",
        "oneOf": [
            lit([Pattern.BREATH, Pattern.SWELL], {"floor": floor}),
            lit([Pattern.STEADY], {}),
            s.mapping(dark, ["pattern"]),
        ],
    }


def _pace() -> Schema:
    found = s.mapping(
        {
            "breath": s.said(s.text(r"\S", numeric=True), "One of the names under breath."),
            "rate": s.said(
                s.numbers(*limits.BREATH_RATE),
                "Begins where the stage before ended, give or take "
                f"{v.MAX_PERIOD_STEP_S:g} s of a breath.",
            ),
            "steady_start": s.said(
                s.number(*limits.STEADY_START_S), "So long at the first rate.", 0
            ),
            "steady_end": s.said(
                s.number(*limits.STEADY_END_SHARE), "This share of the stage at the last rate.", 0
            ),
        },
        ["breath", "rate"],
    )
    return s.said(found, "The breath that lamp and words follow.")


def _track() -> Schema:
    name = s.text(s.filled(limits.FILE_NAME), numeric=True)
    parts = s.mapping(
        {
            "file": s.said(name, "A file of the library folder."),
            "gain_db": s.said(s.number(*limits.TRACK_GAIN_DB), "Softer by this.", 0),
            "breath": s.said(name, "A cue file: `1:02.5 inhale` on each line."),
        },
        ["file"],
    )
    return s.said({"anyOf": [name, parts]}, "A recording of your own that fills the stage.")


def _breath() -> Schema:
    part = s.number(*limits.BREATH_PART_S)
    moving = s.number(*limits.BREATH_PART_S) | {"exclusiveMinimum": 0}
    del moving["minimum"]
    return {
        "description": "In, hold, out, hold: only the proportions count; the holds take at most "
        f"{v.MAX_HOLD_SHARE:.0%}.",
        "type": "array",
        "prefixItems": [moving, part, moving, part],
        "minItems": 4,
        "maxItems": 4,
    }
