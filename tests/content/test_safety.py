"""What no shipped programme may do to somebody who lies in the dark, whatever it says."""

import re
from itertools import pairwise

import pytest

from tests.content.listening import shipped
from tests.support.box import ROOT

PROGRAMMES = sorted(path.stem for path in (ROOT / "audio" / "programmes").glob("*.yaml"))
CLAIM = re.compile(
    r"\b(cures?|heals?|treats?|therap\w+|detox\w*|guarantee\w*|diagnos\w+)\b", re.IGNORECASE
)
FRIGHT = re.compile(r"\b(blood|graves?|knife|knives|burning|drown\w*|fall(ing)? down)\b", re.I)


@pytest.fixture(params=PROGRAMMES)
def programme(request):
    return shipped(request.param)


def test_nothing_is_promised_and_nothing_frightens(programme):
    for line in programme.lines:
        assert not CLAIM.search(line.words), line
        assert not FRIGHT.search(line.words), line


def test_who_is_spoken_to_may_stop_or_skip_within_ninety_seconds(programme):
    if programme.script.kind == "guided":
        early = " ".join(line.words for line in programme.lines if line.end_s < 90).lower()
        assert re.search(r"\b(stop|skip|leave out)\b", early)


def test_the_lamp_never_flickers(programme):
    """Its brightest and darkest moments are seconds apart: far from the 3 Hz that can start a
    seizure; and a fiftieth of a second never moves it by more than half a step of L*."""
    frames = [programme.score.lightness(n / 50) for n in range(50 * 120)]
    assert max(abs(b - a) for a, b in pairwise(frames)) <= 0.5
    lit_s = min(int(programme.score.duration_s), 3600)
    slow = [programme.score.lightness(n / 5) for n in range(5 * lit_s)]
    moves = [b - a for a, b in pairwise(slow) if abs(b - a) > 1e-6]
    turns = [n for n, (a, b) in enumerate(pairwise(moves)) if a * b < 0]
    assert all(b - a >= 5 for a, b in pairwise(turns)), "a second between two turns"
