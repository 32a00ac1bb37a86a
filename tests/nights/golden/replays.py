"""Replays of golden nights through the same function as `nidra-box replay`.

By hand, from the root of the project:

    STATE_DIRECTORY=tests/nights/golden python -m nidra_box replay \\
        --config tests/nights/golden/usual.yaml tests/nights/golden/pause.night
"""

import difflib
from functools import cache
from pathlib import Path

from nidra_box.config import read_config
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.replay import replay
from tests.support.box import ROOT

HERE = Path(__file__).resolve().parent
NIGHTS = tuple(path.stem for path in sorted(HERE.glob("*.night")))


@cache
def catalogue():
    """The shipped programmes and the two small ones, compiled once."""
    return Catalogue(Folders.inside(ROOT, HERE))


def config_of(night):
    own = HERE / f"{night}.yaml"
    return read_config(own if own.exists() else HERE / "usual.yaml")


def replayed(night):
    """The golden night of that name, played now."""
    path = HERE / f"{night}.night"
    acts = parse_night(path.read_text(encoding="utf-8"), path.name)
    return replay(acts, config_of(night), catalogue())


def trace_of(night):
    """Where its golden trace lies."""
    return HERE / f"{night}.jsonl"


def difference(before, after):
    """The lines of a trace that are gone (-) and new (+) with what stands around them; empty
    when there are none."""
    lines = difflib.unified_diff(
        before.splitlines(), after.splitlines(), "golden", "now", lineterm="", n=2
    )
    return "\n".join(lines)
