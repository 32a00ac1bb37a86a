"""Every synthesised sound as it lies in the cache, measured: level, slope, seam, swell, partials.

What is measured is the file that a box plays. Times, rates and decays are taken from the
samples, by other means than those that made them.
"""

from itertools import pairwise

import numpy as np
import pytest
import soundfile

from nidra_box.sound import beds
from nidra_box.sound.beds import bell, bowl, ocean, rain
from nidra_box.sound.beds.making import noise, tones
from nidra_box.sound.loudness import (
    integrated_lufs,
    k_weighted,
    rms_dbfs,
    true_peak_db,
)
from nidra_box.units import RATE_HZ
from tests.support.box import with_beds
from tests.support.sounds import swing_lu

pytestmark = pytest.mark.slow

BEDS = [name for name in beds.RECIPES if name.startswith("bed:")]
STRUCK = [name for name in beds.RECIPES if name.startswith("sound:")]
NOISES = ["bed:brown", "bed:pink", "bed:rain", "bed:ocean"]


def read(name):
    samples, rate = soundfile.read(with_beds().beds / beds.file_name(name), dtype="float32")
    assert rate == RATE_HZ
    return samples


@pytest.fixture(scope="module", params=list(beds.RECIPES))
def made(request):
    return request.param, read(request.param)


@pytest.fixture(scope="module", params=BEDS)
def bed(request):
    return request.param, read(request.param)


def spectrum(sound):
    """Mean power of both channels over frequency (0.7 Hz), of Hann windows over the whole."""
    size = 1 << 16
    windows = [sound[a : a + size] for a in range(0, len(sound) - size, size // 2)]
    hann = np.hanning(size)[:, None]
    power = sum((np.abs(np.fft.rfft(w * hann, axis=0)) ** 2).sum(axis=1) for w in windows)
    return np.fft.rfftfreq(size, 1 / RATE_HZ), power


def slope_of(sound, low_hz, high_hz):
    """dB per octave, a straight line through the levels of third octaves."""
    hz, power = spectrum(sound)
    edges = low_hz * 2.0 ** (np.arange(int(3 * np.log2(high_hz / low_hz)) + 1) / 3)
    levels = [10 * np.log10(power[(hz >= a) & (hz < b)].mean()) for a, b in pairwise(edges)]
    return np.polyfit(np.arange(len(levels)) / 3, levels, 1)[0]


def windows_db(sound, window_s):
    """The level of consecutive windows of both channels."""
    size = round(window_s * RATE_HZ)
    power = (np.asarray(sound, np.float64) ** 2).sum(axis=1)
    return 10 * np.log10(power[: len(power) // size * size].reshape(-1, size).mean(axis=1) + 1e-20)


def powers(sound, window_s):
    """Consecutive windows: frequencies, and the power of both channels (windows, frequencies)."""
    size = round(window_s * RATE_HZ)
    windows = sound[: len(sound) // size * size].reshape(-1, size, 2)
    found = np.fft.rfft(windows * np.hanning(size)[:, None].astype(np.float32), axis=1)
    return np.fft.rfftfreq(size, 1 / RATE_HZ), (np.abs(found) ** 2).sum(axis=2)


def as_heard(hz):
    """The K filter of BS.1770: its gain in power."""
    impulse = np.zeros(RATE_HZ)
    impulse[0] = 1.0
    response = np.abs(np.fft.rfft(k_weighted(impulse)[:, 0])) ** 2
    return np.interp(hz, np.arange(len(response)), response)


def surges_db(sound):
    """By how much the loudest eighth of a second stands over the two seconds on either side: as
    it is heard, and among the pitches of rain drops."""
    hz, power = powers(sound, 0.125)
    found = []
    for weight in (as_heard(hz), (hz > 1_500) & (hz < 6_500)):
        levels = 10 * np.log10(power @ weight + 1e-12)
        around = np.stack([np.roll(levels, shift) for shift in range(-16, 17)])
        found.append((levels - np.median(around, axis=0)).max())
    return found


# -- every sound ------------------------------------------------------------------------


def test_every_word_of_the_script_format_has_its_sound():
    assert {f"bed:{name}" for name in beds.KNOWN_SOUNDS.beds} == set(BEDS)
    assert {f"sound:{name}" for name in beds.KNOWN_SOUNDS.struck} == set(STRUCK)
    assert {beds.RECIPES[name].seconds for name in BEDS} == {61.0, 73.0, 89.0}


def test_a_sound_is_as_loud_and_as_long_as_it_says(made):
    name, sound = made
    recipe = beds.RECIPES[name]
    assert sound.shape == (recipe.frames, 2)
    assert recipe.lufs == (-23.0 if recipe.loops else -20.0)
    assert integrated_lufs(sound) == pytest.approx(recipe.lufs, abs=0.5)
    assert true_peak_db(sound[: 10 * RATE_HZ]) < (-6.0 if recipe.loops else -3.0)


def test_a_sound_is_a_sound(made):
    _, sound = made
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() < 1.0
    assert np.abs(sound.mean(axis=0, dtype=np.float64)).max() < 1e-5  # the promise is 1e-4
    assert np.abs(sound).max(axis=0).min() > 0.05


def test_nothing_lies_under_40_hz_or_over_16_khz(made):
    _, sound = made
    hz, power = spectrum(sound)
    assert 10 * np.log10(power[hz < 38].sum() / power.sum()) < -50
    assert 10 * np.log10(power[hz > 16_000].sum() / power.sum()) < -60


def test_a_sound_is_wide_and_can_be_heard_from_one_loudspeaker(made):
    name, sound = made
    likeness = np.corrcoef(sound.T)[0, 1]
    lost_db = 10 * np.log10(np.square(sound).mean() / np.square(sound.mean(axis=1)).mean())
    assert lost_db < 3.5
    assert -0.05 < likeness < (0.5 if name in BEDS else 0.95)


# -- beds ---------------------------------------------------------------------------------


def test_a_bed_has_no_seam(bed):
    _, sound = bed
    ordinary = np.percentile(np.abs(np.diff(sound, axis=0)), 99)
    assert np.abs(sound[0] - sound[-1]).max() <= ordinary


def test_the_seam_goes_on_as_the_sound_did(bed):
    """Not only no step: what the 50 ms around the seam hold above the bed's own band, where a
    corner would be heard, is no more than anywhere else."""
    name, sound = bed
    highest = 2_000 if name == "bed:drone" else 16_500

    def above(piece):
        found = np.abs(np.fft.rfft(piece * np.hanning(2400)[:, None], axis=0)) ** 2
        return found[np.fft.rfftfreq(2400, 1 / RATE_HZ) > highest].sum()

    around = np.roll(sound, 1200, axis=0)[:2400]
    elsewhere = [above(sound[a : a + 2400]) for a in range(0, 40 * RATE_HZ, RATE_HZ // 2)]
    assert above(around) <= 1.5 * max(elsewhere)
    cut = np.concatenate([sound[-1900:-700], sound[:1200]])  # a bed that lacks 700 frames
    assert above(cut) > 1.5 * max(elsewhere)


def test_a_bed_has_no_peaks(bed):
    name, sound = bed
    crest_db = 20 * np.log10(np.abs(sound).max()) - rms_dbfs(sound)
    assert crest_db < (12 if name == "bed:drone" else 17)


def test_nothing_in_a_bed_startles(bed):
    name, sound = bed
    heard, high = surges_db(sound)
    print(f"{name} {heard:.1f} dB, {high:.1f} dB between 1.5 and 6.5 kHz")
    assert heard < 4.0  # the promise is 6 dB
    assert high < 4.0 or name == "bed:drone"  # which has nothing there


def test_a_measure_of_startling_that_would_notice():
    sound = read("bed:rain").copy()
    at = 30 * RATE_HZ
    sound[at : at + 2400] += 0.5 * np.sin(np.arange(2400) * 0.3)[:, None].astype(np.float32)
    assert min(surges_db(sound)) > 6.0


def test_a_bed_swells_by_what_the_rules_believe(bed):
    name, sound = bed
    measured = swing_lu(np.concatenate([sound, sound[:RATE_HZ]]))
    believed = beds.RECIPES[name].modulation_db
    print(f"{name} {measured:.2f} LU")
    assert believed - 0.15 < measured <= believed
    assert believed <= 6.0


def test_beds_have_their_colour(bed):
    """Where the middle of the power lies: dark beds are dark, rain is not shrill."""
    name, sound = bed
    hz, power = spectrum(sound)
    low, high = {
        "bed:brown": (100, 500),
        "bed:pink": (2_000, 3_000),
        "bed:rain": (2_000, 4_000),
        "bed:ocean": (400, 1_000),
        "bed:drone": (80, 160),
    }[name]
    assert low < (hz * power).sum() / power.sum() < high


@pytest.mark.parametrize(
    ("name", "low_hz", "high_hz", "slope"),
    [
        ("bed:brown", 100, 12_800, -6.02),
        ("bed:pink", 100, 12_800, -3.01),
        ("bed:rain", 200, 9_000, -2.2),
        ("bed:ocean", 100, 6_400, -4.5),
    ],
)
def test_a_noise_has_its_slope(name, low_hz, high_hz, slope):
    assert slope_of(read(name), low_hz, high_hz) == pytest.approx(slope, abs=0.5)


def test_noise_is_periodic_whatever_its_length():
    """Filtered round and round: the same noise, begun elsewhere, is the same spectrum with no
    leak outside the band."""
    frames = 100_003  # a prime number, and not a whole number of blocks
    sound = noise.noise(noise.falling(-0.5, (500.0, 1_000.0), (4_000.0, 8_000.0)))(frames, 5)
    power = np.abs(np.fft.rfft(sound, axis=0)) ** 2
    hz = np.fft.rfftfreq(frames, 1 / RATE_HZ)
    outside = power[(hz < 490) | (hz > 8_010)].sum() / power.sum()
    assert 10 * np.log10(outside) < -80
    cut = np.abs(np.fft.rfft(sound[:-50], axis=0)) ** 2
    hz = np.fft.rfftfreq(frames - 50, 1 / RATE_HZ)
    assert 10 * np.log10(cut[(hz < 490) | (hz > 8_010)].sum() / cut.sum()) > -70


# -- rain -----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def shower():
    """Thirty seconds of rain, and of its drops alone."""
    frames = 30 * RATE_HZ
    sound = rain.rain(frames, 7)
    return sound, sound - noise.noise(rain.HISS)(frames, 7)


def test_the_hiss_of_rain_falls_by_2_2_db_per_octave():
    assert slope_of(noise.noise(rain.HISS)(20 * RATE_HZ, 3), 200, 9_000) == pytest.approx(
        -2.2, abs=0.2
    )


def test_between_60_and_120_drops_fall_in_a_second(shower):
    """Drops that fall like a Poisson process leave a share of exp(-rate x length) of all frames
    without a drop."""
    _, drops = shower
    silent = (np.abs(drops) < 1e-9).all(axis=1).mean()
    length_s = np.mean([len(shape) for shape in rain.shapes(7)]) / RATE_HZ
    rate = -np.log(silent) / length_s
    print(f"{rate:.0f} drops a second, {length_s * 1000:.0f} ms long, {silent:.0%} without")
    assert 60 < rate < 120
    assert rate == pytest.approx(len(rain.fallen(len(drops), 7).start) / 30, rel=0.15)


def test_drops_fall_as_they_like_but_never_fail_to():
    recipe = beds.RECIPES["bed:rain"]
    start = rain.fallen(recipe.frames, recipe.seed).start
    per_second = np.bincount(start // RATE_HZ)
    assert len(per_second) == 89
    assert per_second.var() / per_second.mean() == pytest.approx(1.0, abs=0.45)
    five = per_second[:85].reshape(-1, 5).mean(axis=1)
    assert five.min() > 60
    assert five.max() < 120


def test_a_drop_is_short_and_high_and_has_no_click():
    for shape in rain.shapes(90):
        assert 0.010 <= len(shape) / RATE_HZ <= 0.060
        power = np.abs(np.fft.rfft(shape, 1 << 14)) ** 2
        hz = np.fft.rfftfreq(1 << 14, 1 / RATE_HZ)
        assert 1_500 <= hz[power.argmax()] <= 6_500
        assert power[(hz > 1_200) & (hz < 7_200)].sum() > 0.97 * power.sum()
        assert abs(shape[0]) < 1e-6
        assert np.abs(shape[-5:]).max() < 0.01
        assert np.abs(shape).max() <= 1.0


def test_a_drop_at_the_end_rings_on_at_the_beginning():
    wave = np.zeros(10, np.float32)
    noise.add_around(wave, 8, np.arange(1, 6, dtype=np.float32))
    assert wave.tolist() == [3, 4, 5, 0, 0, 0, 0, 0, 1, 2]
    noise.add_around(wave, 23, np.ones(2, np.float32))
    assert wave.tolist() == [3, 4, 5, 1, 1, 0, 0, 0, 1, 2]


def test_the_drops_are_less_than_the_hiss(shower):
    sound, drops = shower
    assert rms_dbfs(drops) - rms_dbfs(sound - drops) == pytest.approx(-7.0, abs=0.5)


# -- ocean ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sea():
    """Where each band of the sea stands, in dB over its trough, every 0.1 s, smoothed over 2 s;
    the beginning follows the end."""
    hz, every = powers(read("bed:ocean"), 0.1)
    levels = []
    for low, high in ((60, 280), (450, 1_300), (2_000, 7_000)):
        power = every[:, (hz > low) & (hz < high)].sum(axis=1)
        found = np.fft.rfft(power)
        window = np.zeros(len(power))
        window[:20] = np.hanning(20)
        smooth = np.fft.irfft(found * np.fft.rfft(np.roll(window, -10)), len(power))
        levels.append(10 * np.log10(smooth / smooth.min()))
    return levels


def turns(level):
    """The times of the peaks and of the troughs between them, in s, going round."""
    n = len(level)
    peaks = [i for i in range(n) if level[i] == max(level[(i + k) % n] for k in range(-30, 31))]
    troughs = []
    for a, b in zip(peaks, [*peaks[1:], peaks[0] + n], strict=True):
        troughs.append(min(range(a, b), key=lambda i: level[i % n]))
    return np.array(peaks) / 10, np.array(troughs) / 10


def test_the_sea_swells_every_7_to_11_seconds(sea):
    for level in sea:
        peaks, _ = turns(level)
        assert len(peaks) == 10
        between = np.diff([*peaks, peaks[0] + 89.0])
        assert between.min() > 6.5
        assert between.max() < 11.5
        assert between.mean() == pytest.approx(8.9)
    edges, _ = ocean.swells(beds.RECIPES["bed:ocean"].frames, beds.RECIPES["bed:ocean"].seed)
    lengths = np.diff(edges) / RATE_HZ
    assert edges[-1] == beds.RECIPES["bed:ocean"].frames
    assert 7.0 <= lengths.min() < lengths.max() <= 11.0


def test_a_swell_rises_in_a_third_of_its_time(sea):
    shares = []
    for level in sea:
        peaks, troughs = turns(level)
        for peak, trough in zip(peaks[1:], troughs, strict=False):
            following = troughs[troughs > peak].min(initial=troughs[0] + 89.0)
            shares.append((peak - trough) / (following - trough))
    assert np.mean(shares) == pytest.approx(0.35, abs=0.06)


def test_no_band_of_the_sea_rises_by_more_than_six_db(sea):
    for level in sea:
        assert 3.0 < level.max() <= 6.0


def test_each_band_of_the_sea_swells_at_its_own_time(sea):
    def behind(a, b):
        """By how many seconds b follows a."""
        both = np.fft.irfft(np.fft.rfft(b - b.mean()) * np.conj(np.fft.rfft(a - a.mean())))
        return ((both.argmax() + 200) % len(both) - 200) / 10

    assert behind(sea[0], sea[1]) == pytest.approx(0.8, abs=0.3)
    assert behind(sea[0], sea[2]) == pytest.approx(1.8, abs=0.3)


def test_the_sea_rises_slower_than_anything_may():
    recipe = beds.RECIPES["bed:ocean"]
    level = ocean.swell_db(np.arange(0, recipe.frames, 480), recipe.frames, recipe.seed)
    assert np.diff(level).max() * 100 < 6.0
    around = ocean.swell_db(np.array([-1, recipe.frames - 1]), recipe.frames, recipe.seed)
    assert around[0] == around[1]


# -- drone --------------------------------------------------------------------------------------


def test_the_drone_is_three_sines_for_each_of_five_notes_at_whole_cycles():
    """An FFT over exactly one loop has a line for each sine and nothing beside it."""
    sound = read("bed:drone")
    power = (np.abs(np.fft.rfft(sound.astype(np.float64), axis=0)) ** 2).sum(axis=1)
    lines = np.flatnonzero(power > power.max() * 1e-4)
    assert len(lines) == 15
    rest = power.sum() - power[lines].sum()
    assert 10 * np.log10(rest / power.sum()) < -60
    hz = (lines / 73.0).reshape(5, 3)
    nominal = 65.406 * np.array([1.0, 1.5, 2.0, 3.0, 4.0])  # C–G–C–G–C
    off = hz - nominal[:, None]
    assert np.abs(off).max() <= 0.3
    assert (off[:, 0] < -0.15).all()
    assert (np.abs(off[:, 1]) < 0.01).all()
    assert (off[:, 2] > 0.15).all()
    beats = np.round(np.diff(hz, axis=1).ravel() * 73)
    assert len(set(beats)) == 5, "two notes beat together"


def test_a_sum_of_partials_is_what_a_sine_is():
    frames = 100_000
    t = np.arange(frames) / RATE_HZ
    ours = tones.sum_of(
        [tones.Partial(440.0, 0.5, 0.25j, 2.0), tones.Partial(50.0, 0, 0.1)], frames
    )
    dying = 10 ** (-3 * t / 2.0)
    left = 0.5 * dying * np.sin(2 * np.pi * 440 * t)
    right = 0.25 * dying * np.cos(2 * np.pi * 440 * t) + 0.1 * np.sin(2 * np.pi * 50 * t)
    assert np.abs(ours - np.stack([left, right], axis=1)).max() < 1e-6


# -- bowl and bell ----------------------------------------------------------------------------------


def pair_of(sound, hz, decay_s):
    """Two partials near `hz` by the matrix pencil method (Hua and Sarkar 1990): their
    frequencies, and the seconds in which each falls by 60 dB."""
    centre, reach = round(hz * len(sound) / RATE_HZ), round(12.5 * len(sound) / RATE_HZ)
    near = np.fft.fft(sound[:, 0])[centre - reach : centre + reach] * np.hanning(2 * reach)
    points = np.fft.ifft(np.fft.ifftshift(near))  # 25 a second
    points = points[8 : round(min(decay_s * 0.7, 12.0) * 25)]
    length = len(points) // 2
    hankel = np.array([points[i : i + length + 1] for i in range(len(points) - length)])
    _, _, rows = np.linalg.svd(hankel, full_matrices=False)
    basis = rows[:2].conj().T
    poles = np.linalg.eigvals(np.linalg.pinv(basis[:-1]) @ basis[1:]).conj()
    poles = sorted(poles, key=np.angle)
    return (
        [centre * RATE_HZ / len(sound) + np.angle(pole) * 25 / (2 * np.pi) for pole in poles],
        [-3.0 / (np.log10(np.abs(pole)) * 25) for pole in poles],
    )


MODES = [
    ("sound:bowl", 196.0, 1.0, 18.0, (0.6, 2.0)),
    ("sound:bowl", 196.0, 2.76, 11.0, (0.6, 2.0)),
    ("sound:bowl", 196.0, 5.15, 6.0, (0.6, 2.0)),
    ("sound:bowl", 196.0, 8.1, 3.0, (0.6, 2.0)),
    ("sound:bell", 523.25, 1.0, 10.0, (0.4, 1.0)),
    ("sound:bell", 523.25, 2.02, 7.0, (0.4, 1.0)),
    ("sound:bell", 523.25, 3.01, 4.5, (0.4, 1.0)),
]


@pytest.mark.parametrize(("name", "lowest_hz", "ratio", "decay_s", "split"), MODES)
def test_each_mode_is_a_pair_that_dies_away_in_its_time(name, lowest_hz, ratio, decay_s, split):
    hz, decays = pair_of(read(name), lowest_hz * ratio, decay_s)
    print(f"{name} {hz[0]:.2f} and {hz[1]:.2f} Hz, {decays[0]:.1f} and {decays[1]:.1f} s")
    assert sum(hz) / 2 == pytest.approx(lowest_hz * ratio, abs=0.1)
    assert split[0] - 0.05 < hz[1] - hz[0] < split[1] + 0.05
    assert decays == pytest.approx([decay_s, decay_s], rel=0.1)


@pytest.mark.parametrize("name", STRUCK)
def test_what_is_struck_begins_softly_and_ends_in_silence(name):
    sound = read(name)
    level = windows_db(sound, 0.01)
    assert np.abs(sound[0]).max() < 1e-4
    assert level[0] < level.max() - 6  # felt: the first 10 ms are not the loudest
    assert level.argmax() < 30  # and yet it is struck, not bowed
    late = windows_db(sound, 0.5)
    assert (np.diff(late[4:]) < 6).all()
    assert np.abs(sound[-1]).max() == 0.0
    assert np.abs(sound[-480:]).max() < 1e-4


def test_the_bell_is_higher_and_softer_than_the_bowl_and_gone_in_ten_seconds():
    bowl, bell = read("sound:bowl"), read("sound:bell")

    def middle(sound):
        hz, power = spectrum(sound)
        return (hz * power).sum() / power.sum()

    assert 1.5 * middle(bowl) < middle(bell) < 1_000
    assert true_peak_db(bell) < true_peak_db(bowl) - 1
    assert np.abs(bell[:960]).max() < np.abs(bowl[:960]).max()
    level = windows_db(bell, 0.5)
    assert level[16] < level.max() - 40  # after 8 s
    assert len(bell) / RATE_HZ <= 12.0


def test_felt_is_in_the_table():
    assert bell.BELL.strike_s > bowl.BOWL.strike_s >= 0.01
