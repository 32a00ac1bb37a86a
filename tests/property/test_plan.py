"""Whatever a recording holds, in the dark nothing stands out of what is heard before it."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from nidra_box.library.intake.plan import plan
from tests.support.plans import RATE_HZ, heard, rows_of, worst_over

events = st.lists(
    st.tuples(
        st.floats(0.0, 899.0),  # at
        st.floats(0.02, 60.0),  # how long
        st.floats(-60.0, 0.0),  # how loud
        st.booleans(),  # dies away
    ),
    max_size=25,
)
steps = st.lists(st.tuples(st.floats(0.0, 900.0), st.floats(-80.0, -20.0)), max_size=4)


@settings(max_examples=40, deadline=None)
@given(events, steps, st.sampled_from([0.0, 30.0, 130.0, 400.0]), st.integers(0, 99))
def test_nothing_stands_out_in_the_dark(sounds, levels, lit_s, seed):
    random = np.random.default_rng(seed)
    at = np.arange(900 * RATE_HZ) / RATE_HZ
    level_db = np.full(len(at), -50.0)
    for begin, db in sorted(levels):
        level_db[at >= begin] = db
    wave = random.standard_normal(len(at)) * 10.0 ** (level_db / 20.0)
    for begin, seconds, db, dies in sounds:
        first, n = round(begin * RATE_HZ), round(seconds * RATE_HZ)
        n = min(n, len(wave) - first)
        loud = random.standard_normal(n) * 10.0 ** (db / 20.0)
        wave[first : first + n] += loud * (np.exp(-4.0 * np.arange(n) / n) if dies else 1.0)
    found = plan(rows_of(wave), lit_s)
    assert all(db <= 0.0 for db in found.softening_db)
    if found.softening_s:
        slopes = np.diff(found.softening_db) / np.diff(found.softening_s)
        assert slopes.max(initial=0.0) <= 6.0 + 1e-6
    assert worst_over(heard(wave, found), lit_s) <= 8.5
