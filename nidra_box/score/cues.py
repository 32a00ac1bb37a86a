"""Reads the `cues` of a stage. Pure."""

from __future__ import annotations

from typing import Any

from nidra_box.documents.fields import REQUIRED, Fields
from nidra_box.documents.node import Sequence
from nidra_box.score import limits
from nidra_box.score.script import FLEX, Cue, KnownSounds, Play, Say, Silence
from nidra_box.score.vocabulary import Part

FORMS = ("say", "play", "silence", "each", "repeat")
"""A cue has exactly one of these keys."""


def read_cues(item: Fields, known: KnownSounds) -> tuple[Cue, ...]:
    """The cues of a stage or a repeat, with rotations and repeats unfolded."""
    cues: list[Cue] = []
    for fields in item.each("cues", default=()):
        cues.extend(_cue(fields, known))
    return tuple(cues)


def _cue(fields: Fields, known: KnownSounds) -> tuple[Cue, ...]:
    kinds = [key for key in FORMS if fields.has(key)]
    if len(kinds) != 1:
        found = " and ".join(kinds) or "none"
        fields.problems.error(
            fields.line(), fields.path, f"needs one of {', '.join(FORMS)}; has {found}"
        )
        return ()
    if kinds[0] == "each":
        return _each(fields)
    if kinds[0] == "repeat":
        return _repeat(fields, known)
    at_s = fields.duration("at", default=None)
    sync = fields.choice("sync", list(Part), default="")
    line, path = fields.line(), fields.path
    cue: Cue
    if kinds[0] == "say":
        cue = Say(
            text=fields.text("say", pattern=limits.WORDS, says=limits.WORDS_SAYS),
            pause_s=_pause(fields, "pause", default=0.0),
            line=line,
            tts=fields.text("say_tts", default=""),
            at_s=at_s,
            sync=sync,
            note=fields.text("note", default=""),
            path=path,
        )
    elif kinds[0] == "play":
        cue = Play(
            sound=fields.choice("play", known.struck),
            gain_db=fields.number("gain_db", *limits.SOUND_GAIN_DB, default=0.0),
            pause_s=_pause(fields, "pause", default=0.0),
            line=line,
            at_s=at_s,
            sync=sync,
            path=path,
        )
    else:
        cue = Silence(_pause(fields, "silence"), line, at_s, sync, path)
    fields.finish()
    return (cue,)


def _pause(fields: Fields, key: str, default: Any = REQUIRED) -> float:
    return fields.number(key, *limits.PAUSE_S, default=default, words={"flex": FLEX})


def _each(fields: Fields) -> tuple[Cue, ...]:
    """`each: [words, words]` with a `gap`: one cue per item."""
    words = fields.texts("each")
    gap = _pause(fields, "gap")
    note = fields.text("note", default="")
    node = fields.take("each")
    lines = [n.line for n in node.items] if isinstance(node, Sequence) else []
    fields.finish()
    if len(lines) != len(words):
        return ()  # one is not text: already reported
    for number, (text, line) in enumerate(zip(words, lines, strict=True)):
        if not text.strip():
            fields.problems.error(line, f"{fields.path}.each[{number}]", "must be words")
    return tuple(
        Say(text, gap, line, note=note, path=f"{fields.path}.each[{number}]")
        for number, (text, line) in enumerate(zip(words, lines, strict=True))
    )


def _repeat(fields: Fields, known: KnownSounds) -> tuple[Cue, ...]:
    """`repeat: 3` with `cues:` and a `gap` after each round."""
    times = fields.integer("repeat", 1, limits.MAX_REPEATS)
    inner = read_cues(fields, known)
    gap = _pause(fields, "gap", default=0.0)
    if not fields.has("cues"):
        fields.error("repeat", "needs cues: a list of what is repeated")
    if any(cue.at_s is not None for cue in inner):
        fields.error("cues", "an `at` time cannot be repeated")
    fields.finish()
    once = (*inner, Silence(gap, fields.line(), path=fields.path)) if gap else inner
    check_count(len(once) * times, fields, "repeat")
    return once * times


def check_count(cues: int, fields: Fields, key: str) -> None:
    """Stop at a script with too many cues: five nested repeats make 777 million."""
    if cues > limits.MAX_CUES:
        words = f"a script may have {limits.MAX_CUES:,} cues; up to here it has {cues:,}"
        fields.problems.stop(fields.line(key), fields.at(key), words)
