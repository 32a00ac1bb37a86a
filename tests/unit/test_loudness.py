"""Loudness against an independent measure, true peak against known signals."""

import numpy as np
import pyloudnorm
import pytest

from nidra_box.sound.loudness import (
    integrated_lufs,
    k_weighted,
    noise_floor_dbfs,
    rms_dbfs,
    true_peak_db,
)
from nidra_box.units import RATE_HZ
from tests.support.sounds import swing_lu

T = np.arange(RATE_HZ * 4) / RATE_HZ


def test_a_full_scale_tone_is_minus_three_lufs():
    """BS.1770's own calibration: 997 Hz at 0 dBFS in one channel."""
    assert integrated_lufs(np.sin(2 * np.pi * 997 * T)) == pytest.approx(-3.01, abs=0.02)


@pytest.mark.parametrize("hz", [60, 200, 1000, 3000, 8000])
def test_loudness_agrees_with_pyloudnorm(hz):
    rng = np.random.default_rng(hz)
    sound = 0.1 * np.sin(2 * np.pi * hz * T)[:, None] * [1.0, 0.5] + rng.normal(
        0, 0.001, (len(T), 2)
    )
    sound[:RATE_HZ] *= 0.01  # a quiet beginning, to be gated
    theirs = pyloudnorm.Meter(RATE_HZ).integrated_loudness(sound)
    assert integrated_lufs(sound) == pytest.approx(theirs, abs=0.15)


def test_silence_and_short_sounds_have_a_loudness():
    assert integrated_lufs(np.zeros(RATE_HZ)) == -120.0
    assert -30 < integrated_lufs(0.1 * np.sin(2 * np.pi * 500 * T[:4800])) < -20
    assert rms_dbfs(np.zeros(0)) == -120.0


def test_a_peak_between_two_samples_is_found():
    """A quarter of the rate at 45 degrees: samples at -3 dB, the wave itself at 0."""
    wave = np.sin(2 * np.pi * 12_000 * T + np.pi / 4) * np.hanning(len(T)) ** 0.05
    assert 20 * np.log10(np.abs(wave).max()) < -2.9
    assert true_peak_db(wave) == pytest.approx(0.0, abs=0.1)


def test_the_noise_floor_is_what_is_left_when_nobody_speaks():
    rng = np.random.default_rng(4)
    speech = rng.normal(0, 10 ** (-65 / 20), RATE_HZ)
    speech[10_000:20_000] += 0.2
    assert noise_floor_dbfs(speech) == pytest.approx(-65, abs=1.5)


def test_a_long_sound_is_measured_like_a_short_one():
    """It is worked through in pieces; where they meet nothing may be lost or counted twice."""
    rng = np.random.default_rng(8)
    sound = rng.normal(0, 0.05, (RATE_HZ * 7 + 1234, 2)) * np.linspace(0.2, 1.0, 2)
    whole = (k_weighted(sound) ** 2).sum(axis=1)
    theirs = -0.691 + 10 * np.log10(whole[: RATE_HZ * 7].mean())
    assert integrated_lufs(sound) == pytest.approx(theirs, abs=0.01)
    windows = [whole[a : a + RATE_HZ].mean() for a in range(0, 6 * RATE_HZ, RATE_HZ // 10)]
    ours = 10 * np.log10(max(windows) / min(windows))
    assert swing_lu(sound) == pytest.approx(ours, abs=0.001)


def test_a_swell_has_the_height_that_it_has():
    level_db = 2.5 * np.sin(2 * np.pi * T / 4)
    sound = 0.1 * 10 ** (level_db / 20) * np.sin(2 * np.pi * 500 * T)
    assert swing_lu(sound, 0.1) == pytest.approx(5.0, abs=0.2)
    assert 3.5 < swing_lu(sound) < 5.0  # a second of it is less
    assert swing_lu(0.1 * np.sin(2 * np.pi * 500 * T)[RATE_HZ:]) < 0.2
