"""Golden nights: the whole behaviour table, as traces that people have read.

When a difference is meant: `python -m tests.nights.golden --update`, read it, keep it.
"""

from functools import cache

import pytest

from nidra_box.studio.nights.night_script import ACTS, parse_night
from tests.nights.golden.replays import HERE, NIGHTS, difference, replayed, trace_of

played_once = cache(replayed)


@pytest.mark.parametrize("night", NIGHTS)
def test_a_golden_night_goes_as_it_did(night, tmp_path):
    played = played_once(night)
    path = tmp_path / "trace.jsonl"
    played.recording.write_trace(path)
    changed = difference(trace_of(night).read_text("utf-8"), path.read_text("utf-8"))
    assert not changed, (
        f"{night}.night goes otherwise than its golden trace:\n{changed}\n"
        f"If that is meant: python -m tests.nights.golden --update {night}"
    )


@pytest.mark.parametrize("night", NIGHTS)
def test_a_golden_night_keeps_every_promise_and_ends_silent_and_dark(night):
    played = played_once(night)
    assert played.breaches == []
    assert played.recording.light[-1].lightness == 0.0
    assert not played.world.sound.state.playbacks


def test_every_trace_has_its_night():
    assert {path.stem for path in HERE.glob("*.jsonl")} == set(NIGHTS)


def test_the_golden_nights_know_every_act_of_a_hand():
    done = {
        act.what
        for night in NIGHTS
        for act in parse_night((HERE / f"{night}.night").read_text("utf-8"), night)
    }
    assert set(ACTS) - done == {"lose light", "find light", "break recording"}


def test_a_difference_is_told_line_by_line():
    before = '{"at_s": 1.0, "what": "pause"}\n{"at_s": 2.0, "what": "end"}\n'
    text = difference(before, before.replace("pause", "stop"))
    assert '-{"at_s": 1.0, "what": "pause"}' in text
    assert '+{"at_s": 1.0, "what": "stop"}' in text
    assert ' {"at_s": 2.0, "what": "end"}' in text
    assert difference(before, before) == ""
