"""`nidra-script/1` document → `Script`. Types, enums and ranges; the rest is in `rules`."""

from __future__ import annotations

from nidra_box.documents.fields import Fields
from nidra_box.documents.node import Mapping, Problems, Scalar
from nidra_box.score import limits
from nidra_box.score import vocabulary as v
from nidra_box.score.cues import check_count, read_cues
from nidra_box.score.script import (
    Bed,
    Breath,
    KnownSounds,
    Light,
    Pace,
    Script,
    Stage,
    Track,
    Voice,
)
from nidra_box.score.vocabulary import Colour, Ending, Kind, Pattern, StageKind


def parse_script(document: Mapping, problems: Problems, known: KnownSounds) -> Script:
    """The script in `document`, which may name the sounds that are `known`. Mistakes go to
    `problems`; with errors it must not be compiled."""
    return read_script(Fields(document, "", problems), known)


def read_script(top: Fields, known: KnownSounds) -> Script:
    """The script whose keys `top` reads."""
    top.choice("format", [v.FORMAT])
    kind = Kind(top.choice("kind", list(Kind)))
    breaths = _breaths(top)
    voice = _voice(top)
    script_id = top.text("id", pattern=limits.ID, says=limits.ID_SAYS)
    licence = top.fields("licence")
    stages = _stages(top, known, voice, breaths, kind)
    if top.has("stages") and not stages:
        top.error("stages", "needs at least one stage")
    script = Script(
        id=script_id,
        title=top.text("title", pattern=limits.WORDS, says=limits.WORDS_SAYS),
        kind=kind,
        activity=top.choice("activity", v.ACTIVITIES),
        goal=top.choice("goal", v.GOALS),
        language=top.text(
            "language",
            default="en",
            pattern=limits.LANGUAGE,
            says=limits.LANGUAGE_SAYS,
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
        file=top.problems.file,
        lines=_lines(top.node),
    )
    if script.duration_s <= 0 and not top.problems.blames("duration"):
        top.error("duration", "must be longer than 0:00")
    if licence:
        licence.finish()
    top.finish()
    return script


def _lines(document: Mapping) -> dict[str, int]:
    """The line of each top-level key, and of each name under `breath`."""
    lines = {entry.key: entry.line for entry in document.entries}
    for entry in document.entries:
        if entry.key == "breath" and isinstance(entry.value, Mapping):
            lines |= {f"breath.{inner.key}": inner.line for inner in entry.value.entries}
    return lines


def _voice(top: Fields) -> Voice:
    usual = Voice(v.VOICE_LUFS, v.DEFAULT_TRUE_PEAK_DB, limits.DEFAULT_WORDS_PER_MINUTE)
    fields = top.fields("voice", default=usual)
    if fields is None:
        return usual
    voice = Voice(
        lufs=fields.number("lufs", *limits.VOICE_LUFS, default=usual.lufs),
        true_peak_db=fields.number(
            "true_peak_db", *limits.TRUE_PEAK_DB, default=usual.true_peak_db
        ),
        words_per_minute=fields.number(
            "wpm", *limits.WORDS_PER_MINUTE, default=usual.words_per_minute
        ),
    )
    fields.finish()
    return voice


def _breaths(top: Fields) -> dict[str, Breath]:
    found: dict[str, Breath] = {}
    fields = top.fields("breath", default=None)
    if fields is None:
        return found
    for entry in fields.node.entries:
        usual = (1.0, 0.0, 1.0, 0.0)
        parts = fields.numbers(entry.key, (4,), *limits.BREATH_PART_S, default=usual)
        if parts[0] <= 0 or parts[2] <= 0:
            fields.error(entry.key, "the in-breath and the out-breath must be longer than 0")
            parts = usual
        total = sum(parts)
        found[entry.key] = Breath(*(part / total for part in parts))
    return found


def _stages(
    top: Fields, known: KnownSounds, voice: Voice, breaths: dict[str, Breath], kind: Kind
) -> tuple[Stage, ...]:
    found: list[Stage] = []
    items = top.each("stages")
    if len(items) > limits.MAX_STAGES:
        last = items[limits.MAX_STAGES]
        words = f"a script may have {limits.MAX_STAGES} stages; this one has {len(items):,}"
        top.problems.stop(last.line(), last.path, words)
    cues = 0
    for item in items:
        found.append(_stage(item, known, voice, breaths, kind is Kind.LIGHT_ONLY))
        cues += len(found[-1].cues)
        check_count(cues, item, "cues")
    return tuple(found)


_HELD_AS = {"bed": "beds", "cues": "cues", "track": "track"}


def _stage(
    item: Fields, known: KnownSounds, voice: Voice, breaths: dict[str, Breath], light_only: bool
) -> Stage:
    kind = StageKind(item.choice("kind", list(StageKind)))
    default_lufs = v.DRIFT_VOICE_LUFS if kind is StageKind.DRIFT else voice.lufs
    voice_lufs = item.number("voice_lufs", *limits.VOICE_LUFS, default=default_lufs)
    stage = Stage(
        id=item.text("id", pattern=limits.ID, says=limits.ID_SAYS),
        kind=kind,
        duration_s=item.duration("duration"),
        beds=tuple(
            _bed(bed, known, voice_lufs, kind) for bed in item.each("bed", default=(), alone=True)
        ),
        light=_light(item),
        pace=_pace(item, breaths),
        cues=read_cues(item, known),
        line=item.line(),
        voice_lufs=voice_lufs,
        track=_track(item),
    )
    if stage.duration_s <= 0 and not item.problems.blames(item.at("duration")):
        item.error("duration", "must be longer than 0:00")
    sounding = [key for key in ("bed", "cues", "track") if getattr(stage, _HELD_AS[key])]
    if light_only and sounding:
        item.error(sounding[0], "makes a sound, but the programme's kind is light-only")
    item.finish()
    return stage


def _bed(bed: Fields, known: KnownSounds, voice_lufs: float, kind: StageKind) -> Bed:
    under: float | None = None
    levels: tuple[float, ...]
    if bed.has("under_voice_lu") and bed.has("lufs"):
        bed.error("lufs", "stands beside under_voice_lu; write one of the two")
    if bed.has("lufs") or kind is StageKind.SLEEP:
        levels = bed.numbers("lufs", (1, 2), *limits.BED_LUFS)
        bed.take("under_voice_lu", default=None)
    else:
        under = bed.number("under_voice_lu", *limits.UNDER_VOICE_LU)
        levels = (voice_lufs - under,)
        bed.take("lufs", default=None)
    name = bed.choice("id", tuple(known.beds))
    found = Bed(
        id=name,
        from_lufs=levels[0],
        to_lufs=levels[-1],
        fade_in_s=bed.number("fade_in", *limits.BED_FADE_S, default=v.DEFAULT_BED_FADE_S),
        line=bed.line(),
        modulation_db=known.beds[name],
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
    fade_s = fields.number("fade", *limits.LIGHT_FADE_S, default=v.DEFAULT_LIGHT_FADE_S)
    light = Light(pattern, Colour.RED, 0, 0, 0, fade_s, fields.line())
    if pattern is not Pattern.DARK:
        colour = Colour(fields.choice("colour", list(Colour)))
        peaks = fields.numbers("peak", (1, 2), *limits.LIGHTNESS)
        steady = pattern is Pattern.STEADY
        floor = 0.0 if steady else fields.number("floor", *limits.LIGHTNESS)
        light = Light(pattern, colour, floor, peaks[0], peaks[-1], fade_s, fields.line())
        if floor > min(peaks) and not fields.problems.blames(fields.at("peak"), fields.at("floor")):
            fields.error("floor", f"{floor:g} is above the peak, {min(peaks):g}")
    fields.finish()
    return light


def _pace(item: Fields, breaths: dict[str, Breath]) -> Pace | None:
    fields = item.fields("pace", default=None)
    if fields is None:
        return None
    name = fields.text("breath", pattern=limits.WORDS, says="a name under breath")
    if name and name not in breaths and (breaths or not fields.problems.blames("breath")):
        known = ", ".join(breaths) or "none"
        fields.error("breath", f"{name!r} is not one of the patterns under breath: {known}")
    rates = fields.numbers("rate", (1, 2), *limits.BREATH_RATE)
    pace = Pace(
        breath=name,
        rate_from=rates[0],
        rate_to=rates[-1],
        line=fields.line(),
        steady_s=fields.number("steady_start", *limits.STEADY_START_S, default=0.0),
        steady_share=fields.number("steady_end", *limits.STEADY_END_SHARE, default=0.0),
    )
    fields.finish()
    return pace


def _track(item: Fields) -> Track | None:
    if not item.has("track"):
        item.take("track", default=None)
        return None
    node = item.take("track")
    if isinstance(node, Scalar):
        name = item.text("track", pattern=limits.FILE_NAME, says=limits.FILE_NAME_SAYS)
        return Track(name, 0.0, item.line("track"))
    fields = item.fields("track")
    if fields is None:
        return None
    track = Track(
        file=fields.text("file", pattern=limits.FILE_NAME, says=limits.FILE_NAME_SAYS),
        gain_db=fields.number("gain_db", *limits.TRACK_GAIN_DB, default=0.0),
        line=item.line("track"),
        cue_file=fields.text(
            "breath", default="", pattern=limits.FILE_NAME, says=limits.FILE_NAME_SAYS
        ),
    )
    fields.finish()
    return track
