"""Meters fed block by block show what the whole sound measures."""

import numpy as np
import pytest

from nidra_box.sound.loudness import integrated_lufs, true_peak_db
from nidra_box.studio.writing.meter import LoudnessMeter, PeakMeter
from nidra_box.units import RATE_HZ

BLOCKS = (4096, 480, 48_000, 700_001)


def noise(seconds, seed=1):
    """Pink enough, with quiet and loud stretches."""
    random = np.random.default_rng(seed)
    raw = np.cumsum(random.normal(size=(round(seconds * RATE_HZ), 2)), axis=0)
    raw -= np.concatenate((np.zeros((200, 2)), raw[:-200]))
    level = 10 ** (-np.linspace(0, 3, len(raw)) % 1.5)
    return (raw / np.abs(raw).max() * level[:, None] * 0.5).astype(np.float32)


def fed(meter, sound, block):
    for begin in range(0, len(sound), block):
        meter.feed(sound[begin : begin + block])
    return meter


@pytest.mark.slow
@pytest.mark.parametrize("block", BLOCKS)
def test_loudness_is_that_of_the_whole(block):
    sound = noise(33.3)
    assert fed(LoudnessMeter(), sound, block).lufs() == pytest.approx(
        integrated_lufs(sound), abs=0.005
    )


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.1, 0.39, 0.4, 0.41, 0.5, 10.0, 10.05, 10.35, 20.0])
def test_loudness_of_any_length(seconds):
    sound = noise(seconds)
    assert fed(LoudnessMeter(), sound, 4096).lufs() == pytest.approx(
        integrated_lufs(sound), abs=0.02
    )


def test_nothing_is_silence():
    assert LoudnessMeter().lufs() == -120.0
    assert fed(LoudnessMeter(), np.zeros((RATE_HZ, 2)), 4096).lufs() == -120.0
    assert PeakMeter().db() == pytest.approx(-120.0)


def test_a_cut_joins_what_does_not_follow_each_other():
    loud = np.ones((RATE_HZ * 2, 1), np.float32) * np.sin(np.arange(RATE_HZ * 2) / 10)[:, None]
    meter = LoudnessMeter()
    for _ in range(3):
        meter.feed(loud)
        meter.cut()
    assert meter.lufs() == pytest.approx(integrated_lufs(loud), abs=0.01)


@pytest.mark.parametrize("block", BLOCKS)
def test_the_peak_is_that_of_the_whole(block):
    sound = noise(8.0)
    assert fed(PeakMeter(), sound, block).db() == pytest.approx(true_peak_db(sound), abs=0.05)


@pytest.mark.parametrize("at", [4095, 4096, 4097, 4000, 12_288])
def test_a_peak_between_two_samples_at_the_seam_of_two_blocks(at):
    """A tone of a quarter of the rate, 45° off: its samples are 3 dB under its peaks."""
    frames = np.arange(16_384)
    swell = np.exp(-(((frames - at) / 400.0) ** 2))
    sound = (0.5 * swell * np.sin(np.pi / 2 * frames + np.pi / 4))[:, None].astype(np.float32)
    assert 20 * np.log10(np.abs(sound).max()) < -9.0
    assert fed(PeakMeter(), sound, 4096).db() == pytest.approx(-6.02, abs=0.05)


def test_the_cut_between_blocks_is_no_peak():
    frames = np.arange(8 * 4096)
    sound = (0.5 * np.cos(2 * np.pi * 50 / RATE_HZ * frames))[:, None].astype(np.float32)
    sound[:2000] *= np.linspace(0, 1, 2000)[:, None] ** 2
    sound[-2000:] *= np.linspace(1, 0, 2000)[:, None] ** 2
    assert fed(PeakMeter(), sound, 4096).db() == pytest.approx(-6.02, abs=0.05)
