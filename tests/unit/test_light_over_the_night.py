"""The lamp over whole nights: what is written to it against the formula of the script.

The formula is computed here a second time, from the numbers in the YAML alone and by another
road: the phase of the breath is summed up in steps of 2 ms where the score has a closed form.
The real loop and the real lamp write to a lamp in memory, in virtual time.
"""

import numpy as np
import pytest
import yaml

from nidra_box.config import Config
from nidra_box.studio.nights.night_script import Act
from nidra_box.studio.nights.world import World
from tests.support.box import ROOT, shipped_catalogue

pytestmark = pytest.mark.slow

BEFORE_S = 5.0  # of dark and idle time before the press
AFTER_S = 60.0
OFF = 0.25  # L* between the lamp and the formula
FRAME_S = 0.02  # what an eye can see of a lamp: 50 frames a second
STEP_S = 0.002  # of the sum; a tenth of a frame
ON_S = 1.0  # the lamp comes on by 0.5 L* a frame, a person's own "on"
SHARES_SLIDE_S = 60.0  # 5:5 becomes 4:6 within a minute
COLOUR_FADE_S = 8.0
GENTLE = 10.0  # L*/s, the fastest slide from one stage down to the next
USUAL_FADE_S = 2.0

# CONTENT.md, "Light": the highest L* of a stage of each kind.
CAPS = {
    "preparation": 60,
    "posture": 50,
    "breath": 50,
    "scan": 30,
    "touch": 30,
    "eyes": 30,
    "imagery": 20,
    "drift": 15,
    "sleep": 0,
}


def seconds(text):
    """'8:07:24' → 29244."""
    total = 0
    for part in text.split(":"):
        total = total * 60 + int(part)
    return total


def pair(value):
    """A number, or two: from and to."""
    return (value[0], value[-1]) if isinstance(value, list) else (value, value)


class Formula:
    """CONTENT.md, "Breath": between floor and peak an asymmetric raised cosine in L*, the
    period linear in time within a stage, the phase its integral."""

    def __init__(self, programme):
        text = (ROOT / "audio" / "programmes" / f"{programme}.yaml").read_text(encoding="utf-8")
        script = yaml.safe_load(text)
        self.breaths = {name: parts[0] / sum(parts) for name, parts in script["breath"].items()}
        self.stages, at = [], 0
        for stage in script["stages"]:
            end = at + seconds(stage["duration"])
            self.stages.append((stage, at, end))
            at = end
        self.length_s = at
        assert self.length_s == seconds(script["duration"])
        self.lit = [s for s in self.stages if s[0]["light"]["pattern"] != "dark"]
        self.lit_s = self.lit[-1][2]
        self.t = np.arange(round(self.lit_s / STEP_S) + 1) * STEP_S
        self.level = self._level()

    def at(self, t_s):
        """L* at each of `t_s`, 0 where no stage is lit."""
        return np.where(t_s < self.lit_s, np.interp(t_s, self.t, self.level), 0.0)

    def _level(self):
        turns, inhale = self._turns(), self._inhale_shares()
        number = np.floor(turns + 1e-9).astype(int)
        phase = np.maximum(turns - number, 0.0)
        # A breath keeps the shares of its first moment.
        first = np.searchsorted(turns, np.arange(number[-1] + 1) - 1e-9)
        share = inhale[first][number]
        rising = 0.5 - 0.5 * np.cos(np.pi * phase / share)
        falling = 0.5 + 0.5 * np.cos(np.pi * (phase - share) / (1.0 - share))
        fullness = np.where(phase < share, rising, falling)
        floor = self._line(lambda light: pair(light["floor"]))
        peak = self._line(lambda light: pair(light["peak"]))
        return floor + (peak - floor) * fullness

    def _turns(self):
        """Breaths since the start: the integral of dt / period by the trapezoid rule."""
        period = np.zeros_like(self.t)
        for stage, start, end in self.lit:
            first, last = (60.0 / rate for rate in pair(stage["pace"]["rate"]))
            inside = (self.t >= start) & (self.t <= end)
            share = (self.t[inside] - start) / (end - start)
            period[inside] = first + (last - first) * share
        rate = 1.0 / period
        return np.concatenate(([0.0], np.cumsum((rate[1:] + rate[:-1]) / 2 * STEP_S)))

    def _inhale_shares(self):
        """The share of the in-breath, sliding from one stage's to the next one's."""
        points = [(0.0, self.breaths[self.lit[0][0]["pace"]["breath"]])]
        for stage, start, _ in self.lit:
            wanted = self.breaths[stage["pace"]["breath"]]
            if wanted != points[-1][1]:
                points += [(start, points[-1][1]), (start + SHARES_SLIDE_S, wanted)]
        return np.interp(self.t, *zip(*points, strict=True))

    def _line(self, levels):
        """Floor or peak: straight within a stage, and down to the next one's before it begins."""
        line = np.zeros_like(self.t)
        for number, (stage, start, end) in enumerate(self.lit):
            first, last = levels(stage["light"])
            inside = (self.t >= start) & (self.t <= end)
            share = (self.t[inside] - start) / (end - start)
            line[inside] = first + (last - first) * share
            after = self.lit[number + 1][0]["light"] if number + 1 < len(self.lit) else None
            fall = last - (levels(after)[0] if after else 0.0)
            assert fall >= 0, "in these programmes the light only ever grows darker"
            if fall > 0:
                fade = max((after or {}).get("fade", USUAL_FADE_S), fall / GENTLE)
                sliding = (self.t >= end - fade) & (self.t <= end)
                begin = np.interp(end - fade, self.t, line)
                share = (self.t[sliding] - (end - fade)) / fade
                line[sliding] = begin + (last - fall - begin) * share
        return line


class Night:
    """One press, and nothing more: every write to the lamp. Times are of the programme."""

    def __init__(self, programme):
        self.formula = Formula(programme)
        world = World(Config(), (programme,), shipped_catalogue())
        end_s = BEFORE_S + self.formula.length_s + AFTER_S
        recording = world.play([Act(BEFORE_S, "press"), Act(end_s, "end")])
        # A contact counts as made when it has stayed closed for 6 ms.
        self.began_s = next(n["at_s"] for n in recording.trace if n["what"] == "start")
        assert BEFORE_S <= self.began_s <= BEFORE_S + 0.01
        self.at_s = np.array([write.at_s for write in recording.light]) - self.began_s
        self.lightness = np.array([write.lightness for write in recording.light])
        self.redness = np.array([write.redness for write in recording.light])
        self.frames_s = np.arange(round(self.formula.lit_s / FRAME_S)) * FRAME_S

    def held(self, t_s):
        """(L*, redness) that the lamp shows at each of `t_s`: the last write holds."""
        last = np.searchsorted(self.at_s, t_s + 1e-9, side="right") - 1
        return self.lightness[last], self.redness[last]


@pytest.fixture(scope="module", params=["lower-back-night", "breath-lamp"])
def night(request):
    return Night(request.param)


def test_every_visible_frame_is_within_a_quarter_of_the_formula(night):
    """25 minutes of lower-back-night and 8 of breath-lamp, frame by frame; an eye tells half
    an L* from the next only side by side."""
    settled = night.frames_s[night.frames_s >= ON_S]
    shown, _ = night.held(settled)
    off = np.abs(shown - night.formula.at(settled))
    worst = int(np.argmax(off))
    print(f"{len(settled)} frames, at most {off[worst]:.4f} L* off, at {settled[worst]:.2f} s")
    assert off[worst] <= OFF, f"{off[worst]:.3f} L* off at {settled[worst]:.2f} s"


def test_the_formula_here_is_a_breathing_one(night):
    """Guards the measure itself: between floor and peak, as many breaths as were written."""
    level, formula = night.formula.level, night.formula
    for stage, start, end in formula.lit:
        floor, peak = pair(stage["light"]["floor"])[0], max(pair(stage["light"]["peak"]))
        inside = level[(formula.t >= start) & (formula.t < end - 7)]
        assert floor - 1e-6 <= inside.min() <= floor + 1.0
        assert peak * 0.8 <= inside.max() <= peak + 1e-6
    # A period that is linear in time has the mean rate ln(last / first) / (last - first).
    breaths = 0.0
    for stage, start, end in formula.lit:
        first, last = (60.0 / rate for rate in pair(stage["pace"]["rate"]))
        mean = np.log(last / first) / (last - first) if first != last else 1 / first
        breaths += (end - start) * mean
    turns = np.flatnonzero((level[1:-1] > level[:-2]) & (level[1:-1] >= level[2:]))
    assert abs(len(turns) - breaths) <= 1


def test_at_most_fifty_writes_in_any_second(night):
    assert len(night.at_s) > 1000
    fifty_first = night.at_s[50:] - night.at_s[:-50]
    print(f"{len(night.at_s)} writes; 51 of them take at least {fifty_first.min():.4f} s")
    assert fifty_first.min() >= 1.0 - 1e-9


def test_no_write_moves_the_lamp_by_more_than_half_a_step(night):
    """Not within a frame either: two writes that fall into one count together."""
    steps = np.abs(np.diff(night.lightness))
    assert steps.max() <= 0.5 + 1e-9
    shown, _ = night.held(np.arange(-50, len(night.frames_s) + 250) * FRAME_S)
    assert np.abs(np.diff(shown)).max() <= 0.5 + 1e-9


def test_nothing_is_written_while_the_light_stays_as_it_is(night):
    """Dark before the press, dark in every sleep stage, dark after the end: no writes, but for
    the one with which a box that starts makes sure."""
    assert night.at_s[0] == -night.began_s
    assert 0.0 <= night.at_s[1] <= 0.05
    assert night.at_s[-1] <= night.formula.lit_s + 1e-6
    written = np.diff(night.lightness) != 0
    recoloured = np.diff(night.redness) != 0
    assert (written | recoloured).all(), "a write that changes nothing"


def test_every_sleep_stage_is_dark_from_its_first_frame(night):
    for stage, start, end in night.formula.stages:
        if stage["kind"] == "sleep":
            shown, _ = night.held(np.arange(start, end, FRAME_S))
            assert shown.max() == 0.0, stage["id"]
    after, _ = night.held(night.formula.lit_s + np.arange(0, 60, FRAME_S))
    assert after.max() == 0.0


def test_no_stage_is_ever_above_its_cap(night):
    """Nor further above the peak that it asks for than any frame from the formula."""
    for stage, start, end in night.formula.stages:
        shown, _ = night.held(np.arange(start, end, FRAME_S))
        assert shown.max() <= CAPS[stage["kind"]], stage["id"]
        if stage["kind"] != "sleep":
            assert shown.max() <= max(pair(stage["light"]["peak"])) + OFF, stage["id"]


def test_amber_then_red_then_dark(night):
    """Never anything but amber and red, and never amber again."""
    shown, redness = night.held(night.frames_s)
    lit = shown > 0
    assert (np.diff(redness[lit]) >= -1e-9).all()
    for stage, start, end in night.formula.lit:
        wanted = {"amber": 0.0, "red": 1.0}[stage["light"]["colour"]]
        inside = lit & (night.frames_s >= start + COLOUR_FADE_S) & (night.frames_s < end)
        assert redness[inside] == pytest.approx(wanted, abs=0.01), stage["id"]
