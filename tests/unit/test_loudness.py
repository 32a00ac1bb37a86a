"""Loudness against an independent measure, true peak against known signals; beds and bowls."""

import numpy as np
import pyloudnorm
import pytest

from nidra_box.score.vocabulary import RATE_HZ
from nidra_box.sound import synth
from nidra_box.sound.loudness import (
    integrated_lufs,
    noise_floor_dbfs,
    rms_dbfs,
    true_peak_db,
)
from nidra_box.sound.mixdown import BED_LUFS

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


@pytest.fixture(scope="module", params=["bed:brown", "bed:pink"])
def bed(request):
    return request.param, synth.synthesise(request.param)


def test_a_bed_is_as_loud_as_it_says(bed):
    _, sound = bed
    assert integrated_lufs(sound) == pytest.approx(BED_LUFS, abs=0.1)
    assert true_peak_db(sound[: RATE_HZ * 10]) < -6
    assert np.isfinite(sound).all()
    assert np.abs(sound.mean(axis=0)).max() < 1e-4


def test_a_bed_has_its_slope(bed):
    name, sound = bed
    power = np.abs(np.fft.rfft(sound[:, 0])) ** 2
    hz = np.fft.rfftfreq(len(sound), 1 / RATE_HZ)
    octaves = [(100 * 2**i, 100 * 2 ** (i + 1)) for i in range(7)]
    levels = [10 * np.log10(power[(hz >= a) & (hz < b)].mean()) for a, b in octaves]
    slope = np.polyfit(range(7), levels, 1)[0]
    assert slope == pytest.approx({"bed:brown": -6.02, "bed:pink": -3.01}[name], abs=0.5)
    assert power[hz < 35].max() < power[(hz > 50) & (hz < 100)].mean() * 1e-6
    assert power[hz > 16_100].max() < power[(hz > 8000) & (hz < 16_000)].mean() * 1e-6


def test_a_bed_has_no_seam(bed):
    _, sound = bed
    ordinary = np.percentile(np.abs(np.diff(sound, axis=0)), 99)
    seam = np.abs(sound[0] - sound[-1]).max()
    assert seam <= ordinary


def test_the_two_channels_of_a_bed_are_not_the_same(bed):
    _, sound = bed
    assert abs(np.corrcoef(sound.T)[0, 1]) < 0.05


def test_a_bed_is_the_same_every_time(bed):
    name, sound = bed
    assert (synth.synthesise(name) == sound).all()


def test_the_bowl_rings_and_ends_in_silence():
    bowl = synth.synthesise("sound:bowl")
    assert len(bowl) == 20 * RATE_HZ
    assert integrated_lufs(bowl) == pytest.approx(-20.0, abs=0.5)
    assert true_peak_db(bowl) < -3
    assert np.abs(bowl[0]).max() < 1e-6
    assert np.abs(bowl[-1]).max() < 1e-3
    loud, quiet = rms_dbfs(bowl[RATE_HZ : 2 * RATE_HZ]), rms_dbfs(bowl[12 * RATE_HZ : 13 * RATE_HZ])
    assert loud - quiet > 20


def test_a_cached_sound_is_whole_or_not_there(tmp_path, monkeypatch):
    assert synth.missing(tmp_path) == list(synth.RECIPES)
    path = synth.make_into(tmp_path, "sound:bowl")
    assert path.is_file()
    assert "sound:bowl" not in synth.missing(tmp_path)

    def fail(*args, **kwargs):
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(synth.soundfile, "write", fail)
    with pytest.raises(OSError, match="no space"):
        synth.make_into(tmp_path, "bed:brown")
    assert "bed:brown" in synth.missing(tmp_path)


def test_another_recipe_is_another_file(monkeypatch):
    from dataclasses import replace

    before = synth.file_name("bed:brown")
    monkeypatch.setitem(synth.RECIPES, "bed:brown", replace(synth.RECIPES["bed:brown"], seed=62))
    assert synth.file_name("bed:brown") != before
