"""Rules about spoken words: length, form, and forbidden claims."""

from __future__ import annotations

import re

from nidra_box.documents.node import Problems
from nidra_box.score import limits
from nidra_box.score import vocabulary as v
from nidra_box.score.script import Say, Script

CLAIM = (
    r"\b(cures?|cured|curing|heal(s|ed|ing)?|treat(s|ed|ing|ment|ments)?|guarante(e|es|ed|eing)|"
    r"detox\w*|toxins?|remed(y|ies)|therap(y|ies|eutic)|medicines?|clinically|proven|"
    r"diagnos\w+)\b"
)
CLAIMS = re.compile(CLAIM, re.IGNORECASE)
"""Claims without evidence (README's safety text says why)."""

COMFORT = re.compile(
    r"leave (it|this|that|anything|any part|whatever|out)|skip|you (may|can) stop|"
    r"stop (at any|when)|(hurts?|uncomfortable|sore|pain)\b|"
    r"make yourself comfortable|lie on your side|your own way",
    re.IGNORECASE,
)
"""Words of an opt-out or comfort cue."""

ABBREVIATION = re.compile(
    r"\b(e\.g|i\.e|a\.m|p\.m|etc|approx|mins?|secs?|hrs?|vs|dr|mr|mrs)\.", re.IGNORECASE
)
ENDS_WELL = re.compile(rf"{limits.CUE_END}\s*\Z")


def check(script: Script, problems: Problems) -> None:
    for text, key in ((script.title, "title"), *((tag, "tags") for tag in script.tags)):
        for match in CLAIMS.finditer(text):
            problems.error(script.line(key), key, f"claims too much: {match[0]!r}")
    for stage in script.stages:
        for cue in dict.fromkeys(stage.cues):  # report a repeated cue once
            if isinstance(cue, Say) and cue.text:
                _check_cue(cue, problems)


def _check_cue(cue: Say, problems: Problems) -> None:
    text = cue.text
    path = cue.path if ".each[" in cue.path else f"{cue.path}.say"
    if len(text) > v.MAX_CUE_CHARACTERS:
        problems.error(
            cue.line, path, f"is {len(text)} characters long; at most {v.MAX_CUE_CHARACTERS}"
        )
    elif len(text.split()) > v.MAX_CUE_WORDS:
        problems.warn(
            cue.line,
            path,
            f"has {len(text.split())} words; over {v.MAX_CUE_WORDS} is more than one breath",
        )
    if not ENDS_WELL.search(text):
        problems.error(cue.line, path, "must end with a full stop or a question mark")
    claims = [match[0] for match in CLAIMS.finditer(f"{text}\n{cue.tts}")]
    for claim in dict.fromkeys(claims):  # say_tts repeats the words in another spelling
        problems.error(cue.line, path, f"claims too much: {claim!r}")
    if re.search(r"[0-9]", text) and not cue.tts:
        problems.warn(cue.line, path, "has digits; write them as words")
    if ABBREVIATION.search(text):
        problems.warn(cue.line, path, "has an abbreviation; write it out")


def is_comfort(text: str) -> bool:
    """Whether these words tell listeners that they may skip something or change position."""
    return COMFORT.search(text) is not None
