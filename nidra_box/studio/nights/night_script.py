"""A night as a script: a time and an act on each line, `#` for remarks. Pure.

0:00:05 press
0:12:00 turn -3
2:00:00 press          # a hand in the dark
8:30:00 end
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nidra_box.documents.fields import parse_duration
from nidra_box.documents.node import DocumentError, Problems
from nidra_box.words import did_you_mean

ACTS = {
    "press": "the button, a short press",
    "hold": "the button, held for a second",
    "double": "the button, twice within a third of a second",
    "turn": "the knob, by so many detents: turn +3, turn -2",
    "push": "the knob, pushed in",
    "push turn": "the knob, turned while pushed in: push turn +2",
    "lose sound": "the sound card is unplugged",
    "find sound": "the sound card is plugged in again",
    "lose light": "the lamp's driver fails",
    "find light": "the lamp's driver works again",
    "break recording": "the recording that plays cannot be read any more",
    "cut power": "the plug is pulled",
    "power": "the plug is put back (or the service starts)",
    "jump clock": "the wall clock jumps: jump clock +3h, jump clock -20m",
    "stop service": "SIGTERM",
    "end": "the night is over",
}
_WITH_NUMBER = ("turn", "push turn")
_JUMP = re.compile(r"([+-]?\d{1,9})([hms])")
_SECONDS = {"h": 3600, "m": 60, "s": 1}
MAX_DETENTS = 200
MAX_JUMP_S = 100 * 365.25 * 86_400.0
"""In all: what is further away is no date of any clock."""


@dataclass(frozen=True, slots=True)
class Act:
    """`amount` is detents for turns, seconds for a jump of the clock, else 0."""

    at_s: float
    what: str
    amount: float = 0.0


def parse_night(text: str, file: str) -> list[Act]:
    """The acts in order of time; the last is `end`. Raises DocumentError with every mistake."""
    problems = Problems(file)
    acts: list[Act] = []
    jumped_s = 0.0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        when, _, words = line.partition(" ")
        at_s = parse_duration(when)
        if at_s is None:
            problems.error(number, "", f"{when!r} must be a time like 0:00:05 or 8:30:00")
            continue
        act = _act(at_s, " ".join(words.split()), number, problems)
        if act is None:
            continue
        if acts and act.at_s < acts[-1].at_s:
            problems.error(number, "", f"{when} is earlier than the line before")
        acts.append(act)
        jumped_s += abs(act.amount) if act.what == "jump clock" else 0.0
        if jumped_s > MAX_JUMP_S:
            problems.stop(number, "", "the clock may jump by 100 years, all jumps together")
    if not acts or acts[-1].what != "end":
        problems.error(0, "", "must close with a line like: 8:30:00 end")
    if problems.errors:
        raise DocumentError(problems.errors)
    return acts


def _act(at_s: float, words: str, line: int, problems: Problems) -> Act | None:
    what = next(
        (a for a in sorted(ACTS, key=len, reverse=True) if f"{words} ".startswith(f"{a} ")), ""
    )
    if not what:
        hint = did_you_mean(words, ACTS) or f" (known: {', '.join(ACTS)})"
        problems.error(line, "", f"{words!r} is not an act{hint}")
        return None
    rest = words[len(what) :].strip()
    if what in _WITH_NUMBER:
        if not re.fullmatch(r"[+-]?\d{1,3}", rest) or not 0 < abs(int(rest)) <= MAX_DETENTS:
            problems.error(line, "", f"{what} needs a number of detents: {what} +3")
            return None
        return Act(at_s, what, int(rest))
    if what == "jump clock":
        jump = _JUMP.fullmatch(rest)
        if not jump:
            problems.error(line, "", "jump clock needs an amount: jump clock +3h")
            return None
        return Act(at_s, what, int(jump[1]) * _SECONDS[jump[2]])
    if rest:
        problems.error(line, "", f"{what!r} takes nothing after it, not {rest!r}")
        return None
    return Act(at_s, what)
