"""`nidra-script/1` document → `Script`. Types, enums and ranges; the rest is in `rules`."""

from __future__ import annotations

from nidra_box.documents.fields import Fields
from nidra_box.documents.node import Mapping, Problems, Scalar, Sequence
from nidra_box.score import vocabulary as v
from nidra_box.score.script import (
    FLEX,
    Bed,
    Breath,
    Cue,
    Light,
    Pace,
    Play,
    Say,
    Script,
    Silence,
    Stage,
    Track,
    Voice,
)
from nidra_box.score.vocabulary import Colour, Ending, Kind, Part, Pattern, StageKind

ID = r"[a-z0-9-]+"
ID_SAYS = "small letters, digits and hyphens"
FILE_NAME = r"[^/\\\x00-\x1f]+"
FILE_NAME_SAYS = "a file name without a folder"
MAX_REPEATS = 60


def parse_script(document: Mapping, problems: Problems) -> Script:
    """The script in `document`. Mistakes go to `problems`; where there are errors, what is
    returned must not be compiled."""
    top = Fields(document, "", problems)
    top.choice("format", [v.FORMAT])
    kind = Kind(top.choice("kind", list(Kind)))
    breaths = _breaths(top)
    voice = _voice(top, kind)
    script_id = top.text("id", pattern=ID, says=ID_SAYS)
    licence = top.fields("licence")
    stages = tuple(
        _stage(item, voice, breaths, kind is Kind.LIGHT_ONLY) for item in top.each("stages")
    )
    if top.has("stages") and not stages:
        top.error("stages", "needs at least one stage")
    script = Script(
        id=script_id,
        title=top.text("title"),
        kind=kind,
        activity=top.choice("activity", v.ACTIVITIES),
        goal=top.choice("goal", v.GOALS),
        language=top.text(
            "language",
            default="en",
            pattern=r"[a-z]{2,3}(-[A-Z]{2})?",
            says="a language code like en or pt-BR",
        ),
        licence_text=licence.choice("text", v.LICENCES) if licence else "",
        licence_audio=licence.choice("audio", v.LICENCES) if licence else "",
        suitable_for=top.texts("suitable_for", default=("adults",), options=v.AUDIENCES),
        cautions=top.texts("cautions", default=(), options=v.CAUTIONS),
        tags=top.texts("tags", default=()),
        duration_s=top.duration("duration"),
        ending=Ending(top.choice("ending", list(Ending))),
        voice=voice,
        breaths=breaths,
        stages=stages,
        file=problems.file,
        duration_line=top.line("duration"),
    )
    if licence:
        licence.finish()
    top.finish()
    return script


def _voice(top: Fields, kind: Kind) -> Voice:
    default = None if kind is Kind.LIGHT_ONLY else Voice(v.VOICE_LUFS, v.DEFAULT_TRUE_PEAK_DB, 112)
    fields = top.fields("voice", default=default)
    if fields is None:
        return Voice(v.VOICE_LUFS, v.DEFAULT_TRUE_PEAK_DB, 112)
    voice = Voice(
        lufs=fields.number("lufs", v.MIN_VOICE_LUFS, v.MAX_VOICE_LUFS, "LUFS", v.VOICE_LUFS),
        true_peak_db=fields.number("true_peak_db", -12, -1, "dBTP", v.DEFAULT_TRUE_PEAK_DB),
        words_per_minute=fields.number("wpm", 90, 140, "words/min", 112),
    )
    fields.finish()
    return voice


def _breaths(top: Fields) -> dict[str, Breath]:
    found: dict[str, Breath] = {}
    node = top.take("breath", default={})
    if node is None:
        return found
    if not isinstance(node, Mapping):
        top.error("breath", "must be a mapping of names: {even: [5, 0, 5, 0]}")
        return found
    fields = Fields(node, top.at("breath"), top.problems)
    for entry in node.entries:
        parts = fields.numbers(entry.key, (4,), 0, 30, "s", default=(1, 0, 1, 0))
        total = sum(parts)
        if parts[0] <= 0 or parts[2] <= 0:
            fields.error(entry.key, "the in-breath and the out-breath must be longer than 0")
            continue
        found[entry.key] = Breath(*(part / total for part in parts))
    return found


def _stage(item: Fields, voice: Voice, breaths: dict[str, Breath], light_only: bool) -> Stage:
    kind = StageKind(item.choice("kind", list(StageKind)))
    default_lufs = v.DRIFT_VOICE_LUFS if kind is StageKind.DRIFT else voice.lufs
    voice_lufs = item.number("voice_lufs", v.MIN_VOICE_LUFS, v.MAX_VOICE_LUFS, "LUFS", default_lufs)
    stage = Stage(
        id=item.text("id", pattern=ID, says=ID_SAYS),
        kind=kind,
        duration_s=item.duration("duration"),
        beds=tuple(_bed(bed, voice_lufs, kind) for bed in item.each("bed", default=())),
        light=_light(item),
        pace=_pace(item, breaths),
        cues=_cues(item, "cues"),
        line=item.line(),
        voice_lufs=voice_lufs,
        track=_track(item),
    )
    if stage.duration_s <= 0 and item.has("duration"):
        item.error("duration", "must be longer than 0:00")
    if light_only and (stage.beds or stage.cues or stage.track):
        item.error("id", f"{stage.id!r} has sound, but the programme's kind is light-only")
    item.finish()
    return stage


def _bed(bed: Fields, voice_lufs: float, kind: StageKind) -> Bed:
    under: float | None = None
    levels: tuple[float, ...]
    if bed.has("under_voice_lu") and bed.has("lufs"):
        bed.error("lufs", "stands beside under_voice_lu; write one of the two")
    if bed.has("lufs") or kind is StageKind.SLEEP:
        levels = bed.numbers("lufs", (1, 2), v.SILENT_LUFS, 0, "LUFS")
        bed.take("under_voice_lu", default=None)
    else:
        under = bed.number("under_voice_lu", v.MIN_UNDER_VOICE_LU, v.MAX_UNDER_VOICE_LU, "LU")
        levels = (voice_lufs - under,)
        bed.take("lufs", default=None)
    found = Bed(
        id=bed.choice("id", v.BEDS),
        from_lufs=levels[0],
        to_lufs=levels[-1],
        fade_in_s=bed.number("fade_in", 0, 600, "s", v.DEFAULT_BED_FADE_S),
        line=bed.line(),
        fade_in_written=bed.has("fade_in"),
        under_voice_lu=under,
    )
    bed.finish()
    return found


def _light(item: Fields) -> Light:
    fields = item.fields("light")
    dark = Light(Pattern.DARK, Colour.RED, 0, 0, 0, v.DEFAULT_LIGHT_FADE_S, item.line())
    if fields is None:
        return dark
    before = len(fields.problems.found)
    pattern = Pattern(fields.choice("pattern", list(Pattern)))
    if len(fields.problems.found) > before:
        return dark  # the other keys depend on it
    fade_s = fields.number("fade", 0, 120, "s", v.DEFAULT_LIGHT_FADE_S)
    light = Light(pattern, Colour.RED, 0, 0, 0, fade_s, fields.line())
    if pattern is not Pattern.DARK:
        colour = Colour(fields.choice("colour", list(Colour)))
        peaks = fields.numbers("peak", (1, 2), 0, 100, "L*")
        floor = 0.0 if pattern is Pattern.STEADY else fields.number("floor", 0, 100, "L*")
        light = Light(pattern, colour, floor, peaks[0], peaks[-1], fade_s, fields.line())
        if floor > min(peaks):
            fields.error("floor", f"{floor:g} is above the peak, {min(peaks):g}")
    fields.finish()
    return light


def _pace(item: Fields, breaths: dict[str, Breath]) -> Pace | None:
    fields = item.fields("pace", default=None)
    if fields is None:
        return None
    name = fields.text("breath")
    if name and name not in breaths:
        known = ", ".join(breaths) or "none"
        fields.error("breath", f"{name!r} is not one of the patterns under breath: {known}")
    rates = fields.numbers("rate", (1, 2), 0.5, 60, "breaths/min")
    pace = Pace(
        breath=name,
        rate_from=rates[0],
        rate_to=rates[-1],
        line=fields.line(),
        steady_s=fields.number("steady_start", 0, 600, "s", 0.0),
        steady_share=fields.number("steady_end", 0, 0.9, "of the stage", 0.0),
    )
    fields.finish()
    return pace


def _track(item: Fields) -> Track | None:
    if not item.has("track"):
        item.take("track", default=None)
        return None
    node = item.take("track")
    if isinstance(node, Scalar):
        name = item.text("track", pattern=FILE_NAME, says=FILE_NAME_SAYS)
        return Track(name, 0.0, item.line("track"))
    fields = item.fields("track")
    if fields is None:
        return None
    track = Track(
        file=fields.text("file", pattern=FILE_NAME, says=FILE_NAME_SAYS),
        gain_db=fields.number("gain_db", -60, 0, "dB", 0.0),
        line=item.line("track"),
        cue_file=fields.text("breath", default="", pattern=FILE_NAME, says=FILE_NAME_SAYS),
    )
    fields.finish()
    return track


def _cues(item: Fields, key: str) -> tuple[Cue, ...]:
    cues: list[Cue] = []
    for fields in item.each(key, default=()):
        cues.extend(_cue(fields))
    return tuple(cues)


def _cue(fields: Fields) -> tuple[Cue, ...]:
    """One item of `cues`: it is recognised by say, play, silence, each or repeat."""
    kinds = [key for key in ("say", "play", "silence", "each", "repeat") if fields.has(key)]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none"
        fields.problems.error(
            fields.line(),
            fields.path,
            f"needs one of say, play, silence, each, repeat; has {found}",
        )
        return ()
    line = fields.line()
    if kinds[0] == "each":
        return _each(fields)
    if kinds[0] == "repeat":
        return _repeat(fields)
    at_s = fields.duration("at", default=None)
    sync = fields.choice("sync", list(Part), default="")
    cue: Cue
    if kinds[0] == "say":
        cue = Say(
            text=fields.text("say"),
            pause_s=_pause(fields, "pause", default=0.0),
            line=line,
            tts=fields.text("say_tts", default=""),
            at_s=at_s,
            sync=sync,
            note=fields.text("note", default=""),
        )
    elif kinds[0] == "play":
        cue = Play(
            sound=fields.choice("play", v.SOUNDS),
            gain_db=fields.number("gain_db", -40, 0, "dB", 0.0),
            pause_s=_pause(fields, "pause", default=0.0),
            line=line,
            at_s=at_s,
            sync=sync,
        )
    else:
        cue = Silence(_pause(fields, "silence"), line, at_s, sync)
    fields.finish()
    return (cue,)


def _pause(fields: Fields, key: str, default: float | None = None) -> float:
    node = fields.take(key) if default is None else fields.take(key, default)
    if isinstance(node, Scalar) and node.text == "flex":
        return FLEX
    if default is None:
        return fields.number(key, 0, v.MAX_DURATION_S, "s (or flex)")
    return fields.number(key, 0, v.MAX_DURATION_S, "s (or flex)", default)


def _each(fields: Fields) -> tuple[Cue, ...]:
    """`each: [words, words]` with a `gap`: one cue for every item of a rotation."""
    words = fields.texts("each")
    gap = _pause(fields, "gap")
    note = fields.text("note", default="")
    node = fields.take("each")
    lines = [n.line for n in node.items] if isinstance(node, Sequence) else []
    fields.finish()
    if len(lines) != len(words):
        lines = [fields.line()] * len(words)
    return tuple(Say(text, gap, line, note=note) for text, line in zip(words, lines, strict=True))


def _repeat(fields: Fields) -> tuple[Cue, ...]:
    """`repeat: 3` with `cues:` and a `gap` after each round."""
    times = fields.integer("repeat", 1, MAX_REPEATS)
    inner = _cues(fields, "cues")
    gap = _pause(fields, "gap", default=0.0)
    if not fields.has("cues"):
        fields.error("repeat", "needs cues: a list of what is repeated")
    if any(cue.at_s is not None for cue in inner):
        fields.error("cues", "an `at` time cannot be repeated")
    fields.finish()
    if not gap:
        return inner * times
    return (*inner, Silence(gap, fields.line())) * times
