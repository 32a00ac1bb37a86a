"""A compiled programme as somebody who lies there gets it: words with their times, the breath
and the lamp at any of these."""

import re
from dataclasses import dataclass
from functools import cache

from nidra_box.score.vocabulary import Colour, Pattern
from nidra_box.units import RATE_HZ
from tests.support.box import shipped_catalogue


@dataclass(frozen=True, slots=True)
class Heard:
    """A cue as it is heard: its words, seconds of the night, the id of its stage."""

    words: str
    start_s: float
    end_s: float
    stage: str
    lufs: float


@dataclass(frozen=True, slots=True)
class Reading:
    """One shipped programme: its script, its score and its cues in order."""

    script: object
    score: object
    cues: tuple[Heard, ...]
    warnings: tuple[str, ...]

    # -- stages -----------------------------------------------------------------------

    def plan(self):
        """[(id, kind, seconds)] of every stage."""
        return [(s.id, str(s.kind), s.duration_s) for s in self.script.stages]

    def stage(self, name):
        return next(stage for stage in self.script.stages if stage.id == name)

    def span(self, name):
        """(start, end) of a stage in seconds."""
        found = next(stage for stage in self.score.stages if stage.id == name)
        return found.start_s, found.end_s

    def of(self, *stages):
        """The cues of these stages."""
        return [cue for cue in self.cues if cue.stage in stages]

    def between(self, from_s, to_s):
        """The cues that begin in [from_s, to_s)."""
        return [cue for cue in self.cues if from_s <= cue.start_s < to_s]

    # -- words ------------------------------------------------------------------------

    def saying(self, pattern, among=None):
        """The cues whose words match, without regard to case."""
        cues = self.cues if among is None else among
        return [cue for cue in cues if re.search(pattern, cue.words, re.IGNORECASE)]

    def word_count(self):
        return sum(len(cue.words.split()) for cue in self.cues)

    def speech_s(self):
        return sum(cue.end_s - cue.start_s for cue in self.cues)

    def words_per_minute(self):
        """While somebody speaks."""
        return self.word_count() / self.speech_s() * 60

    def quiet_after(self, cue):
        """Seconds from the end of a cue to the next one, or to the end."""
        later = [other.start_s for other in self.cues if other.start_s > cue.start_s]
        return min([*later, self.score.duration_s]) - cue.end_s

    # -- breath, light, sound ---------------------------------------------------------------

    def rate(self, t_s):
        """Breaths a minute at a second of the night."""
        return 60 / self.score.breath_at(t_s).period_s

    def begins(self, cue, part):
        """Whether a cue begins with this part of the breath, to a frame of light."""
        before = self.score.breath_at(cue.start_s - 0.02).part
        return self.score.breath_at(cue.start_s + 0.02).part is part is not before

    def bed_at(self, t_s):
        """The level of the only bed in LUFS, -90 where it is off."""
        levels = self.score.bed_levels(t_s)
        assert len(levels) <= 1
        return max(levels.values(), default=-90.0)

    def colours(self):
        """The colours of the lamp from stage to stage, without repetitions."""
        found = [
            None if s.light.pattern is Pattern.DARK else s.light.colour for s in self.script.stages
        ]
        return [c for n, c in enumerate(found) if n == 0 or c != found[n - 1]]

    def brightest(self, from_s, to_s, step_s=0.1):
        """The highest L* in [from_s, to_s)."""
        steps = int((to_s - from_s) / step_s)
        return max(self.score.lightness(from_s + n * step_s) for n in range(steps))


AMBER, RED, DARK = Colour.AMBER, Colour.RED, None


@cache
def read(programme):
    """A shipped programme, compiled with its own voice."""
    catalogue = shipped_catalogue()
    script, compiled, problems = catalogue.compile(catalogue.scripts()[programme])
    assert not problems.errors
    cues = tuple(
        Heard(c.words, c.start / RATE_HZ, c.end / RATE_HZ, c.stage, c.lufs + c.gain_db)
        for c in compiled.score.clips
        if c.words
    )
    return Reading(script, compiled.score, cues, tuple(str(p) for p in problems.found))
