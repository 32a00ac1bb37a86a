"""Rules about what is said: length, form, and what may not be claimed."""

from __future__ import annotations

import re

from nidra_box.documents.node import Problems
from nidra_box.score import vocabulary as v
from nidra_box.score.rules.structure import path_of
from nidra_box.score.script import Say, Script

CLAIMS = re.compile(
    r"\b(cures?|cured|curing|heal(s|ed|ing)?|treat(s|ed|ing|ment|ments)?|guarantee[ds]?|"
    r"detox\w*|remed(y|ies)|therap(y|ies|eutic)|medicines?|clinically|proven|diagnos\w+)\b",
    re.IGNORECASE,
)
"""Words that promise what nobody has shown (README's safety text says why)."""

COMFORT = re.compile(
    r"leave (it|this|that|anything|any part|whatever|out)|skip|you (may|can) stop|"
    r"stop (at any|when)|(hurts?|uncomfortable|sore|pain)\b|"
    r"make yourself comfortable|lie on your side|your own way",
    re.IGNORECASE,
)
"""What an opt-out or comfort cue sounds like."""

ABBREVIATION = re.compile(r"\b(e\.g|i\.e|etc|approx|min|sec|vs|dr|mr|mrs)\.", re.IGNORECASE)
ENDS = (".", "!", "?", "…", ".”", "?”", "!”")


def check(script: Script, problems: Problems) -> None:
    for match in CLAIMS.finditer(script.title):
        problems.error(0, "title", f"claims too much: {match[0]!r}")
    for tag in script.tags:
        for match in CLAIMS.finditer(tag):
            problems.error(0, "tags", f"claims too much: {match[0]!r}")
    for number, stage in enumerate(script.stages):
        for index, cue in enumerate(stage.cues):
            if isinstance(cue, Say) and cue.text:
                _check_cue(cue, path_of(script, number, f"cues[{index}].say"), problems)


def _check_cue(cue: Say, path: str, problems: Problems) -> None:
    text = cue.text.strip()
    if len(text) > v.MAX_CUE_CHARACTERS:
        problems.error(
            cue.line, path, f"is {len(text)} characters long; at most {v.MAX_CUE_CHARACTERS}"
        )
    if not text.endswith(ENDS):
        problems.error(cue.line, path, "must end with a full stop or a question mark")
    for match in CLAIMS.finditer(text):
        problems.error(cue.line, path, f"claims too much: {match[0]!r}")
    if len(text.split()) > v.MAX_CUE_WORDS:
        problems.warn(
            cue.line,
            path,
            f"has {len(text.split())} words; over {v.MAX_CUE_WORDS} is more than one breath",
        )
    if re.search(r"\d", text) and not cue.tts:
        problems.warn(cue.line, path, "has digits; write them as words")
    if ABBREVIATION.search(text):
        problems.warn(cue.line, path, "has an abbreviation; write it out")


def is_comfort(text: str) -> bool:
    """Whether these words tell people that they may leave something out or lie otherwise."""
    return COMFORT.search(text) is not None
