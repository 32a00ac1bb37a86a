"""What is done to a recording while it plays: the jolts, the gain, the end."""

import numpy as np
import pytest
import soundfile

from nidra_box.library.intake.plan import plan
from nidra_box.library.record import Damage
from tests.support import plans
from tests.support.box import ROOT
from tests.support.plans import RATE_HZ, heard, rows_of, worst_over


def noise(seconds, level_db, seed=1):
    random = np.random.default_rng(seed)
    return random.standard_normal(round(seconds * RATE_HZ)) * 10.0 ** (level_db / 20.0)


def struck(sound, at_s, level_db, seconds=3.0):
    """A bell at `at_s` that dies away by 40 dB."""
    n = round(seconds * RATE_HZ)
    bell = np.sin(np.arange(n)) * 10.0 ** (-2.0 * np.arange(n) / n) * 10.0 ** (level_db / 20.0)
    sound = sound.copy()
    begin = round(at_s * RATE_HZ)
    sound[begin : begin + n] += bell
    return sound


def levels_only(levels_db, peak=0.01):
    rows = np.zeros((len(levels_db), 3), np.float32)
    rows[:, 0] = rows[:, 1] = 10.0 ** (np.asarray(levels_db) / 10.0)
    rows[:, 2] = peak
    return rows


def test_a_bell_in_the_dark_is_held_down_early_and_given_back_slowly():
    sound = struck(noise(900.0, -50.0), 800.3, -4.0)
    assert worst_over(sound, 300.0) > 35.0
    found = plan(rows_of(sound), 300.0)
    (jolt,) = found.jolts
    assert (jolt.start_s, jolt.end_s) == (pytest.approx(800.3, abs=0.41), pytest.approx(803, abs=1))
    assert 35.0 < jolt.over_db < 46.0
    assert worst_over(heard(sound, found), 300.0, sound) <= 8.5
    at, db = np.array(found.softening_s), np.array(found.softening_db)
    assert np.interp(800.2, at, db) == db.min()  # 100 ms before it
    slopes = np.diff(db) / np.diff(at)
    assert slopes.max() <= 6.0 + 1e-6
    assert db.max() <= 0.0
    down = at[db < 0.0][0]
    assert 0.05 <= 800.2 - down < 2.5
    assert np.interp(820.0, at, db) == 0.0


@pytest.mark.parametrize("apart_s", [0.32, 0.35, 0.39])
@pytest.mark.parametrize("at_s", [700.0, 700.03, 700.07, 700.09])
def test_two_knocks_that_fit_into_no_block_together_are_held_down_as_one(at_s, apart_s):
    """Blocks begin with a row: these hold only one of the knocks, 3 dB less than both."""
    sound = noise(900.0, -50.0)
    for begin_s in (at_s, at_s + apart_s):
        begin = round(begin_s * RATE_HZ)
        sound[begin : begin + 5] = 0.5
    found = plan(rows_of(sound), 300.0)
    assert len(found.jolts) == 1
    assert worst_over(heard(sound, found), 300.0, sound) <= 8.5


def test_the_same_bell_before_the_dark_is_left_alone():
    sound = struck(noise(900.0, -50.0), 200.0, -4.0)
    assert plan(rows_of(sound), 300.0).softening_s == ()
    assert plan(rows_of(sound), 300.0, "always").softening_s != ()


def test_never_only_tells_the_jolts():
    sound = struck(noise(900.0, -50.0), 800.0, -4.0)
    found = plan(rows_of(sound), 300.0, "never")
    assert len(found.jolts) == 1
    assert (found.softening_s, found.softening_db) == ((), ())


def test_bells_nine_seconds_apart_are_one_jolt_and_eleven_apart_are_two():
    quiet = noise(900.0, -50.0)
    near = struck(struck(quiet, 700.0, -20.0, 1.0), 709.0, -20.0, 1.0)
    far = struck(struck(quiet, 700.0, -20.0, 1.0), 712.0, -20.0, 1.0)
    assert len(plan(rows_of(near), 300.0).jolts) == 1
    assert len(plan(rows_of(far), 300.0).jolts) == 2


def test_seven_dB_more_is_left_alone_and_ten_dB_more_is_let_go_after_half_a_minute():
    for more_db, jolts in ((7.0, 0), (10.0, 1)):
        sound = np.concatenate([noise(900.0, -50.0), noise(600.0, -50.0 + more_db, 2)])
        found = plan(rows_of(sound), 200.0)
        assert len(found.jolts) == jolts
        assert worst_over(heard(sound, found), 200.0, sound) <= 8.5
    (jolt,) = found.jolts
    assert 25.0 <= jolt.end_s - jolt.start_s <= 33.0
    assert min(found.softening_db) == pytest.approx(-2.6, abs=0.6)
    assert np.interp(940.0, found.softening_s, found.softening_db) == 0.0


@pytest.mark.parametrize(("at_s", "jolts"), [(290.0, 0), (300.5, 1), (310.0, 1)])
def test_the_dark_begins_where_the_light_ends(at_s, jolts):
    levels = np.full(9_000, -50.0)
    levels[round(at_s * 10) : round(at_s * 10) + 20] = -20.0
    assert len(plan(levels_only(levels), 300.0).jolts) == jolts


@pytest.mark.parametrize(("over_db", "jolts"), [(7.8, 0), (8.3, 1)])
def test_a_jolt_begins_8_dB_over_the_ten_minutes_before(over_db, jolts):
    levels = np.full(15_000, -50.0)
    levels[12_000:12_040] += over_db
    assert len(plan(levels_only(levels), 300.0).jolts) == jolts


@pytest.mark.parametrize(("quiet_from_s", "jolts"), [(1080.0, 1), (1170.0, 0)])
def test_only_the_last_two_minutes_of_the_lit_part_count_as_before(quiet_from_s, jolts):
    levels = np.full(20_000, -20.0)
    levels[round(quiet_from_s * 10) :] = -50.0
    levels[13_000:13_030] = -35.0
    assert len(plan(levels_only(levels), 1200.0).jolts) == jolts


@pytest.mark.parametrize(("level_db", "jolts"), [(-52.5, 0), (-51.5, 1)])
def test_after_a_silence_the_reference_is_10_dB_under_the_middle_of_the_dark(level_db, jolts):
    levels = np.full(30_000, -50.0)
    levels[:10_000] = -85.0
    levels[6_000:6_030] = level_db
    found = plan(levels_only(levels), 300.0).jolts
    assert len([jolt for jolt in found if jolt.start_s < 700.0]) == jolts


@pytest.mark.parametrize("seed", [1, 13, 17])
def test_what_is_held_down_counts_as_it_is_heard_for_what_comes_later(seed):
    """Long loud sounds after each other: where the first is held down, the next stands out more."""
    random = np.random.default_rng(seed)
    n = int(random.integers(3_000, 24_000))
    level_db = np.full(n, -60.0) + random.normal(0.0, 0.3, n)
    for _ in range(random.integers(1, 60)):
        begin = random.integers(0, n)
        level_db[begin : begin + int(random.exponential(80)) + 1] = random.uniform(-60.0, 0.0)
    sound = noise(n / 10, 0.0, seed) * np.repeat(10.0 ** (level_db / 20.0), RATE_HZ // 10)
    lit_s = float(random.choice([0.0, 30.0, 120.0, 200.0, n / 20]))
    assert worst_over(heard(sound, plan(rows_of(sound), lit_s)), lit_s, sound) <= 8.5


def test_a_night_has_exactly_its_two_jolts():
    levels = np.full((8 * 3600 + 7 * 60 + 24) * 10, -52.0)
    levels += np.random.default_rng(1).normal(0.0, 0.3, len(levels))
    levels[114_000:] += 10.0  # 3:10:00
    levels[286_800:286_840] = -6.0  # 7:58:00
    found = plan(levels_only(levels), 900.0)
    assert [round(jolt.start_s) for jolt in found.jolts] == [11_400, 28_680]


@pytest.mark.parametrize("lit_s", [0.0, 60.0, 1200.0, 5000.0])
def test_an_even_sound_is_left_alone_wherever_the_dark_begins(lit_s):
    found = plan(rows_of(noise(1500.0, -50.0)), lit_s)
    assert (found.jolts, found.softening_s, found.even) == ((), (), True)


# -- speech and music -----------------------------------------------------------------------------


def speech(seed, seconds=900.0):
    """Our own clips one after the other, with pauses of 0.3 to 20 s over a quiet room."""
    random = np.random.default_rng(seed)
    files = sorted((ROOT / "audio" / "voice").glob("*/*.opus"))
    pieces, length = [], 0
    while length < seconds * RATE_HZ:
        wave, rate = soundfile.read(files[random.integers(len(files))], always_2d=True)
        whole = wave[: len(wave) // (rate // RATE_HZ) * (rate // RATE_HZ), 0]
        power = (whole.reshape(-1, rate // RATE_HZ) ** 2).mean(axis=1)
        pieces.append(np.sqrt(power) * random.choice([-1.0, 1.0], len(power)))
        pieces.append(np.zeros(round(random.uniform(0.3, 20.0) * RATE_HZ)))
        length += len(pieces[-1]) + len(pieces[-2])
    sound = np.concatenate(pieces)[: round(seconds * RATE_HZ)]
    return sound + noise(seconds, -70.0, seed)


def music(seed, seconds=900.0):
    """Notes like a piano's: struck softly or firmly (14 dB between them), dying away, in phrases
    with rests between them."""
    random = np.random.default_rng(seed)
    sound = noise(seconds, -75.0, seed)
    at = 1.0
    while at < seconds - 8.0:
        for _ in range(random.integers(4, 16)):
            n = round(random.uniform(1.5, 6.0) * RATE_HZ)
            level_db = -26.0 - random.uniform(0.0, 14.0)
            wave = np.sin(np.arange(n) * random.uniform(0.3, 2.5)) * 10.0 ** (level_db / 20.0)
            begin = round(at * RATE_HZ)
            n = min(n, len(sound) - begin)
            sound[begin : begin + n] += (wave * 10.0 ** (-2.0 * np.arange(len(wave)) / len(wave)))[
                :n
            ]
            at += random.choice([0.25, 0.5, 0.75, 1.0])
            if at >= seconds - 8.0:
                break
        at += random.uniform(0.5, 4.0)
    return sound


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("made", [speech, music])
def test_speech_with_long_pauses_and_music_in_the_dark_are_never_touched(made, seed):
    sound = made(seed)
    found = plan(rows_of(sound), 0.0)
    print(f"{made.__name__} {seed}: {worst_over(sound, 0.0):.1f} dB over its reference at most")
    assert (found.jolts, found.softening_db) == ((), ())


# -- gain -----------------------------------------------------------------------------------------


def test_the_gain_brings_what_is_softened_to_24_LUFS():
    found = plan(levels_only(np.full(3000, -40.0)), 1200.0)
    assert found.lufs == pytest.approx(-40.69, abs=0.02)
    assert found.lufs + found.gain_db == pytest.approx(-24.0, abs=0.02)
    assert found.held_by == ""


def test_loudness_is_that_of_the_K_weighted_sound_as_it_is_heard():
    levels = np.full(9000, -50.0)
    levels[8_000:8_040] = -4.0
    rows = levels_only(levels)
    rows[:, 1] /= 4.0
    assert plan(rows, 300.0).lufs == pytest.approx(-56.7, abs=0.3)
    assert plan(rows, 300.0, "never").lufs == pytest.approx(-10.7, abs=1.0)


def test_the_gain_ends_at_its_range_and_at_the_peak():
    assert plan(levels_only(np.full(3000, -60.0), 1e-4), 1200.0).gain_db == pytest.approx(
        20, abs=0.01
    )
    assert plan(levels_only(np.full(3000, -60.0), 1e-4), 1200.0).held_by == "range"
    peaky = plan(levels_only(np.full(3000, -40.0), 0.5), 1200.0)
    assert peaky.held_by == "peak"
    assert peaky.true_peak_db + peaky.gain_db == pytest.approx(-3.0, abs=0.02)
    loud = plan(levels_only(np.full(3000, 3.0), 1.4), 1200.0)
    assert loud.gain_db == pytest.approx(-26.3, abs=0.1)


def test_the_peak_of_a_bell_that_is_held_down_holds_nothing():
    sound = struck(noise(900.0, -32.0), 800.0, -1.0)
    assert plan(rows_of(sound), 300.0).held_by == ""
    assert plan(rows_of(sound), 300.0, "never").held_by == "peak"


def test_silence_is_left_as_it_is():
    found = plan(np.zeros((600, 3), np.float32), 1200.0)
    assert (found.gain_db, found.softening_s, found.jolts, found.even) == (0.0, (), (), False)


@pytest.mark.parametrize("rows", [1, 3, 4, 9, 31])
def test_the_shortest_sounds_have_a_plan(rows):
    found = plan(levels_only(np.full(rows, -30.0)), 0.0)
    assert len(found.levels_db) >= 1
    assert np.isfinite([found.lufs, found.gain_db]).all()


# -- the end, the loop, damage --------------------------------------------------------------------


def test_an_end_that_is_already_soft_is_known():
    assert not plan(levels_only(np.full(6000, -30.0)), 1200.0).ends_softly
    fading = np.concatenate([np.full(5400, -30.0), np.linspace(-30.0, -70.0, 600)])
    assert plan(levels_only(fading), 1200.0).ends_softly


def test_a_late_bell_makes_no_noise_end_softly():
    levels = np.full(12_000, -50.0)
    levels[11_000:11_040] = -4.0  # in the minute before the last
    assert not plan(levels_only(levels), 300.0).ends_softly
    assert plan(levels_only(levels), 300.0, "never").ends_softly  # there it is heard
    levels[11_400:] -= 24.0
    assert plan(levels_only(levels), 300.0).ends_softly


def test_only_an_even_noise_under_an_hour_suggests_a_loop():
    assert plan(rows_of(noise(600.0, -40.0)), 1200.0).even
    assert not plan(rows_of(speech(1, 300.0)), 1200.0).even
    assert not plan(levels_only(np.full(36_010, -40.0)), 1200.0).even


def test_damage_is_passed_with_a_dip_and_is_no_jolt():
    found = plan(rows_of(noise(600.0, -40.0)), 1200.0, damage=[Damage(300.0, 3.0)])
    at, db = found.softening_s, found.softening_db
    assert found.jolts == ()
    assert np.interp(300.0, at, db) == -18.0
    assert np.interp(299.0, at, db) == 0.0
    assert np.interp(302.0, at, db) >= -7.5  # back within 2 s but for a little
    assert (np.diff(db) / np.diff(at)).max() <= 6.0 + 1e-6


def test_levels_for_a_chart_are_the_highest_of_each_second():
    levels = np.full(100, -50.0)
    levels[55] = -20.0
    found = plan(levels_only(levels), 1200.0)
    assert len(found.levels_db) == 10
    assert found.levels_db[0] == -50.0
    assert found.levels_db[5] == pytest.approx(-26.0, abs=0.1)


def test_the_judge_of_these_tests_sees_a_bell():
    quiet = noise(400.0, -50.0)
    assert worst_over(quiet, 120.0) < 3.0
    assert worst_over(struck(quiet, 300.05, -25.0, 0.4), 120.0) > 8.5
    assert plans.levels(np.full(1000, 0.1), 100)[0] == pytest.approx(-20.0)
