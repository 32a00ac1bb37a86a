"""What goes along with a recording: words to be shown, and where its voice breathes. Pure.

A cue file is an `.lrc` (`[12:03.5] Lie down.`) or ours (`12:03.5 inhale`, `#` comments). In
either, a line that is nothing but *in*, *hold*, *out* or *rest* moves the lamp; everything else
is words.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from nidra_box.documents.fields import parse_duration
from nidra_box.documents.node import Problems
from nidra_box.score.breath import BreathLine, Span, breathe_along
from nidra_box.score.limits import MAX_BREATH_MARKS
from nidra_box.score.script import BreathMark
from nidra_box.score.vocabulary import MIN_BREATH_RATE, Part
from nidra_box.words import printable

PARTS = {
    "in": Part.INHALE,
    "inhale": Part.INHALE,
    "breathe in": Part.INHALE,
    "hold": Part.HOLD,
    "out": Part.EXHALE,
    "exhale": Part.EXHALE,
    "breathe out": Part.EXHALE,
    "rest": Part.REST,
}
SHOWN_S = 10.0  # words stand until the next, but no longer than this
LONGEST_BREATH_S = 1.5 * 60.0 / MIN_BREATH_RATE
"""What lies further apart is a pause of the voice and no breath: the light goes on by itself."""
SHORTEST_BREATH_S = 2.0
MAX_WORDS = 400  # characters of a line
MOST_WARNINGS = 20
_LRC_TIME = re.compile(r"\[(\d{1,3}(?::\d{1,2}){1,2}(?:\.\d{1,3})?)\]\s*")
_LRC_TAG = re.compile(r"\[\s*([A-Za-z#]+)\s*:(.*)\]\s*")
_LRC_WORD_TIME = re.compile(r"<\d{1,3}(?::\d{1,2}){1,2}(?:\.\d{1,3})?>")


@dataclass(frozen=True, slots=True)
class Line:
    """Words that are shown from second `at_s` to `until_s` of a recording."""

    at_s: float
    until_s: float
    words: str


@dataclass(frozen=True, slots=True)
class Along:
    lines: tuple[Line, ...] = ()
    marks: tuple[BreathMark, ...] = ()


NOTHING_ALONG = Along()
Cue = tuple[float, str, int]
"""Second, words, number of its line in the file."""


def parse_along(text: str, problems: Problems, end_s: float) -> Along:
    """What a cue file says of a recording that is `end_s` long. What is out of order, past the
    end or cannot be read goes to `problems`, and is left out."""
    is_lrc = any(line.lstrip().startswith("[") for line in text.splitlines())
    cues = _in_order(_lrc(text, problems) if is_lrc else _ours(text, problems), problems, end_s)
    marks: list[BreathMark] = []
    spoken: list[tuple[float, str]] = []
    for at_s, words, number in cues:
        part = PARTS.get(words.lower().strip(" .!*"))
        if part is None:
            spoken.append((at_s, words))
        elif len(marks) == MAX_BREATH_MARKS:
            _warn(problems, number, f"a recording may have {MAX_BREATH_MARKS:,} breath marks")
            break
        else:
            marks.append(BreathMark(at_s, part))
    lines = (
        Line(at_s, min(until_s, at_s + SHOWN_S), words)
        for (at_s, words), (until_s, _) in pairwise([*spoken, (end_s, "")])
        if words  # an empty line only ends the one before
    )
    return Along(tuple(lines), tuple(marks))


def _lrc(text: str, problems: Problems) -> Iterator[Cue]:
    """A line may have several times: those count where they belong."""
    found: list[Cue] = []
    repeated: list[Cue] = []
    offset_s = 0.0
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.strip()
        times: list[str] = []
        at = 0
        while match := _LRC_TIME.match(line, at):
            times.append(match[1])
            at = match.end()
        line = line[at:]
        tag = _LRC_TAG.fullmatch(line)
        if not times:
            if tag is not None and tag[1].lower() == "offset":
                offset_s = _offset_s(tag[2])
            elif line and tag is None and not line.startswith("#"):
                _warn(problems, number, "must begin with a time: [12:03.5] words")
            continue
        words = _clean(_LRC_WORD_TIME.sub("", line))
        for written in times:
            at_s = _lrc_seconds(written)
            (found if len(times) == 1 else repeated).append((at_s, words, number))
    yield from _merged(found, repeated, offset_s)


def _merged(found: list[Cue], repeated: list[Cue], offset_s: float) -> Iterator[Cue]:
    """A positive offset of an .lrc means: everything so much sooner."""
    left = deque(sorted(repeated))
    for cue in found:
        while left and left[0][0] < cue[0]:
            at_s, words, number = left.popleft()
            yield max(at_s - offset_s, 0.0), words, number
        yield max(cue[0] - offset_s, 0.0), cue[1], cue[2]
    for at_s, words, number in left:
        yield max(at_s - offset_s, 0.0), words, number


def _offset_s(text: str) -> float:
    match = re.fullmatch(r"\s*([+-]?\d{1,7})\s*", text)
    return int(match[1]) / 1000.0 if match else 0.0


def _lrc_seconds(written: str) -> float:
    """12:03.5 or 1:12:03.5."""
    seconds = 0.0
    for field in written.split(":"):
        seconds = seconds * 60.0 + float(field)
    return seconds


def _ours(text: str, problems: Problems) -> Iterator[Cue]:
    for number, raw in enumerate(text.splitlines(), start=1):
        line = raw.split("#", 1)[0].strip()
        if not line:
            continue
        when, _, words = line.partition(" ")
        at_s = parse_duration(when)
        if at_s is None or not words.strip():
            _warn(problems, number, "must be a time and a part: 1:02.5 inhale")
        else:
            yield at_s, _clean(words), number


def _clean(words: str) -> str:
    return printable(words).strip()[:MAX_WORDS]


def _warn(problems: Problems, number: int, message: str) -> None:
    """It plays all the same; who writes a thousand mistakes reads the first of them."""
    if len(problems.found) < MOST_WARNINGS:
        problems.warn(number, "", message)


def _in_order(cues: Iterator[Cue], problems: Problems, end_s: float) -> list[Cue]:
    found: list[Cue] = []
    for at_s, words, number in cues:
        if at_s >= end_s:
            _warn(problems, number, "lies past the end of the recording, and is left out")
        elif found and at_s < found[-1][0]:
            _warn(problems, number, "is earlier than a line before, and is left out")
        else:
            found.append((at_s, words, number))
    return found


# -- the lamp ----------------------------------------------------------------------------------


def breathing_along(marks: tuple[BreathMark, ...], paced: BreathLine, lit_s: float) -> BreathLine:
    """The breath of a recording with marks: theirs where there are any, and `paced`, which the
    light would have without them, in whole breaths before, between and after."""
    apart = [marks[0], *(b for a, b in pairwise(marks) if b.at_s > a.at_s)] if marks else []
    voiced = [
        span
        for span in breathe_along(tuple(apart), 0.0, lit_s).spans
        if SHORTEST_BREATH_S <= span.end_s - span.start_s <= LONGEST_BREATH_S
    ]
    if not voiced or not paced.spans:
        return paced
    spans: list[Span] = []
    done, at_s = 0.0, 0.0
    for span in voiced:
        filler = _whole_breaths(paced, at_s, span.start_s, done)
        if filler is not None:
            spans.append(filler)
            done += round(filler.turns(filler.end_s) - filler.turns0)
        length_s = span.end_s - span.start_s
        shares = span.shares_from
        spans.append(Span(span.start_s, span.end_s, length_s, length_s, shares, shares, done))
        done, at_s = done + 1.0, span.end_s
    if lit_s - at_s > SHORTEST_BREATH_S:
        last, end = spans[-1], paced.spans[-1]
        spans.append(
            Span(
                at_s,
                lit_s,
                last.period_to_s,
                end.period_to_s,
                last.shares_to,
                end.shares_to,
                done,
            )
        )
    return BreathLine(tuple(spans))


def _whole_breaths(paced: BreathLine, begin: float, end: float, done: float) -> Span | None:
    """Breaths as they would be there anyway, as many as fit without a rest."""
    length_s, usual = end - begin, paced.span_at(begin)
    if length_s < SHORTEST_BREATH_S or usual is None:
        return None
    count = max(1, round(length_s / usual.period_s((begin + end) / 2)))
    period_s, shares = length_s / count, usual.shares_to
    return Span(begin, end, period_s, period_s, shares, shares, done)
