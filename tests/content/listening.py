"""A shipped programme as somebody who lies there gets it: what is said and when, what
sounds, how bright it is, how it breathes."""

import re
from dataclasses import dataclass
from functools import cache

from nidra_box.documents.node import Problems
from nidra_box.score import rules
from nidra_box.score.score import Score
from nidra_box.score.script import Say, Script
from nidra_box.units import RATE_HZ
from tests.support.box import ROOT, shipped_catalogue


@dataclass(frozen=True)
class Line:
    """Words as they fall: seconds of the night, and the part of a breath they waited for."""

    words: str
    at_s: float
    end_s: float
    stage: str
    sync: str

    @property
    def word_count(self):
        return len(self.words.split())


@dataclass(frozen=True)
class Programme:
    script: Script
    score: Score
    lines: tuple[Line, ...]
    mistakes: tuple[str, ...]

    # -- what is said ------------------------------------------------------------------

    def said_in(self, stage):
        return [line for line in self.lines if line.stage == stage]

    def saying(self, words, stage=None):
        """The lines that contain `words`, in any case."""
        return [
            line
            for line in self.lines
            if words.lower() in line.words.lower() and stage in (None, line.stage)
        ]

    def silence_after(self, line):
        """Seconds from the end of `line` to the next words, or to the end."""
        later = [other.at_s for other in self.lines if other.at_s > line.at_s]
        return min([*later, self.score.duration_s]) - line.end_s

    @property
    def word_count(self):
        return sum(line.word_count for line in self.lines)

    @property
    def speech_s(self):
        return sum(line.end_s - line.at_s for line in self.lines)

    # -- what sounds -------------------------------------------------------------------

    def strikes(self, sound):
        """Seconds at which a sound of ours (a bowl) begins."""
        return [
            clip.start / RATE_HZ for clip in self.score.clips if clip.source == f"sound:{sound}"
        ]

    def bed(self, t_s):
        """LUFS of the bed alone at second `t_s`."""
        return max(self.score.bed_levels(t_s).values(), default=-90.0)

    # -- how it breathes and shines ----------------------------------------------------

    def rate(self, t_s):
        """Breaths a minute."""
        return 60.0 / self.score.breath_at(t_s).period_s

    def peak(self, from_s, to_s):
        """The brightest moment (L*) of a span."""
        return max(self.score.lightness(from_s + n / 20) for n in range(int((to_s - from_s) * 20)))

    # -- its parts ---------------------------------------------------------------------

    @property
    def table(self):
        """(id, kind, beginning, length) of every stage; times as they are written."""
        return [
            (span.id, str(span.kind), clock(span.start_s), clock(span.end_s - span.start_s))
            for span in self.score.stages
        ]

    def span(self, stage):
        found = next(span for span in self.score.stages if span.id == stage)
        return found.start_s, found.end_s


def clock(seconds):
    return f"{int(seconds) // 60}:{seconds % 60:02.0f}"


@cache
def shipped(programme):
    """The programme as it is shipped, with its voice and everything that is wrong with it."""
    path = ROOT / "audio" / "programmes" / f"{programme}.yaml"
    script, compiled, problems = shipped_catalogue().compile(path)
    found = Problems(str(path))
    rules.check_score(script, compiled.score, found)
    lines = [
        Line(placed.cue.text, placed.start_s, placed.end_s, stage.id, placed.cue.sync)
        for stage, layout in zip(script.stages, compiled.layouts, strict=True)
        for placed in layout.placed
        if isinstance(placed.cue, Say)
    ]
    mistakes = tuple(str(problem) for problem in (*problems.found, *found.found))
    return Programme(script, compiled.score, tuple(lines), mistakes)


def has_word(text, *words):
    """Whether one of `words` stands in `text` as a word of its own."""
    return any(re.search(rf"\b{word}\b", text, re.IGNORECASE) for word in words)
