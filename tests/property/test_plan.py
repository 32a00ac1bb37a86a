"""Whatever a recording holds, in the dark nothing stands out of what is heard before it."""

import numpy as np
from hypothesis import example, given, settings
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


def noises(*described):
    return [(at_s, seconds, db, False) for at_s, seconds, db in described]


# Of what is softened less is heard: a sound that a plan lets go stands out, 10 dB where it looked
# at the file alone, 15 dB where it gave up too early.
LET_GO = noises((394.6, 51.5, -18.0), (877.1, 2.3, -13.0))
ONE_AFTER_THE_OTHER = [
    *noises((3.0, 27.4, -39.0), (13.2, 14.4, -35.0), (225.8, 1.5, -15.0), (278.1, 2.4, -19.0)),
    *noises((328.4, 2.9, -2.0), (377.2, 2.6, -4.0), (440.0, 1.3, -14.0), (585.7, 9.4, -23.0)),
    *noises((625.8, 28.1, -37.0), (642.1, 2.2, -30.0), (673.4, 2.8, -23.0), (676.3, 12.3, -24.0)),
    *noises((723.6, 47.9, -9.0), (757.2, 1.4, -22.0), (824.3, 34.4, -56.0), (897.9, 0.9, -7.0)),
    *[(58.6, 14.4, -17.0, True), (140.5, 22.8, -21.0, True), (213.5, 2.5, -37.0, True)],
    *[(252.4, 48.2, -46.0, True), (296.8, 1.5, -5.0, True), (333.4, 55.4, -43.0, True)],
]


@settings(max_examples=40, deadline=None)
@example(LET_GO, [], 400.0, 45)
@example(ONE_AFTER_THE_OTHER, [(437.0, -58.0), (356.0, -67.0)], 400.0, 43)
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
    assert worst_over(heard(wave, found), lit_s, wave) <= 8.5
