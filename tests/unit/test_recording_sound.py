"""What is heard of a recording that was taken in, in the samples: softening, fades, loops."""

import os
from dataclasses import replace

import numpy as np
import pytest

from nidra_box.library.person import Lamp, Light, Person
from nidra_box.library.recordings import recording_score
from nidra_box.score.track import Loop
from nidra_box.sound.mix.levels import Ramp
from nidra_box.sound.mix.looped import looped, places_between
from nidra_box.sound.mix.mixdown import mix, sources_between
from nidra_box.sound.mix.state import MixState, Playback
from nidra_box.sound.reader import BLOCK
from nidra_box.units import RATE_HZ
from tests.support.sounds import ToneReader, track_score
from tests.support.store import (
    exact_score,
    noise,
    put_recording,
    reader_of,
    rendered,
    softened_at,
    with_bell,
)

DARK = Person(light=Light(Lamp.NONE))


def level_db(sound, window_s=0.4, step_s=0.1):
    """The power of both channels over each 0.4 s, one every 0.1 s."""
    step, rows = round(step_s * RATE_HZ), round(window_s / step_s)
    power = (sound[: len(sound) // step * step] ** 2).sum(axis=1).reshape(-1, step).mean(axis=1)
    return 10 * np.log10(np.maximum(np.convolve(power, np.ones(rows) / rows, "valid"), 1e-12))


@pytest.fixture(scope="module")
def belled(tmp_path_factory):
    """(store, record): noise in which a bell of full scale is struck after 90 s, held down."""
    store = tmp_path_factory.mktemp("belled")
    sound = with_bell(noise(106.0, -50.0), at_s=90.0, seconds=3.0, db=-4.0)
    held = softened_at(90.0, 93.0, -38.5)
    return store, put_recording(store, sound, "bell.wav", **held)


def test_a_bell_in_the_dark_is_held_down(belled):
    store, record = belled
    score = exact_score(store, record, DARK)
    level = level_db(rendered(store, score))
    reference = np.percentile(level[300:890], 95)
    assert level[800:].max() <= reference + 8.5
    assert level[890:930].max() > reference + 4.0, "it is still heard"
    assert reference == pytest.approx(-50.0 + record.gain_db, abs=0.5)


def test_the_score_says_how_loud_the_samples_are(belled):
    store, record = belled
    score = exact_score(store, record, DARK)
    level = level_db(rendered(store, score))
    said = [score.level_at((row + 2) / 10 + 0.001) for row in range(200, 950)]
    wrong = np.abs(level[200:950] - said)
    assert wrong[:680].max() < 0.01
    assert wrong.max() < 1.0, "while the softening moves"


def test_without_its_softening_the_bell_would_be_heard(belled):
    """The test above is not blind."""
    store, record = belled
    loud = recording_score(record, DARK)
    loud = replace(loud, tracks=(replace(loud.tracks[0], softening=None),))
    assert level_db(rendered(store, loud, 80.0, 96.0)).max() > -30.0 + 26.0


def test_softening_makes_no_click_and_comes_back_slowly(belled):
    store, record = belled
    sound = rendered(store, exact_score(store, record, DARK), 88.0, 104.0)
    after = level_db(sound, 0.1)[51:115]
    smooth = np.convolve(after, np.ones(10) / 10, "valid")
    assert np.diff(smooth).max() <= 0.65
    steps = np.abs(np.diff(sound[:, 0]))
    assert steps[: 1 * RATE_HZ].max() >= steps[round(1.8 * RATE_HZ) : 2 * RATE_HZ].max()


@pytest.mark.parametrize("channels", [1, 2])
def test_what_is_measured_is_what_is_heard_of_both_channels(tmp_path, channels):
    record = put_recording(tmp_path, noise(40.0, -30.0, channels=channels), gain_db=-6.0)
    level = level_db(rendered(tmp_path, exact_score(tmp_path, record, DARK), 20.0, 30.0))
    assert level == pytest.approx(-36.0, abs=0.4)


# -- the end -----------------------------------------------------------------------------------


def slopes(level, times):
    line = np.polyfit(times, level, 1)
    return line[0], np.abs(level - np.polyval(line, times)).max()


@pytest.mark.parametrize(("seconds", "fade_s"), [(80.0, 8.0), (12.0, 1.2)])
def test_noise_that_stops_at_full_level_fades_along_a_straight_line(tmp_path, seconds, fade_s):
    """The kind of k17."""
    sound = noise(seconds, -12.0)
    record = put_recording(tmp_path, sound, "noise.wav")
    score = exact_score(tmp_path, record)
    heard = rendered(tmp_path, score, seconds - fade_s, seconds + 1.0)
    step = fade_s / 60
    level = level_db(heard, step, step)[:60]
    times = (np.arange(60) + 0.5) * step
    use = level > -82.0  # below is the dither
    slope, bend = slopes(level[use], times[use])
    assert use.sum() > 40
    if seconds > 60:  # a shorter one has not risen to its full level yet
        assert slope == pytest.approx(-66.0 / fade_s, rel=0.05)
    assert bend < 1.0
    assert np.diff(level[use]).max() < 0.5
    assert not heard[round(fade_s * RATE_HZ) :].any()
    last = np.abs(heard[round((fade_s - 0.01) * RATE_HZ) : round(fade_s * RATE_HZ)]).max()
    assert last <= 3 / 32768, "no step at the end"


# -- a loop ------------------------------------------------------------------------------------


def test_a_loop_of_noise_has_no_seam(tmp_path):
    record = put_recording(tmp_path, noise(30.0, -30.0, channels=2))
    score = exact_score(tmp_path, record, Person(loop=True))
    heard = rendered(tmp_path, score, 20.0, 140.0)
    level = level_db(heard)
    assert level.max() - level.min() < 1.0, "four seams, none of them softer or louder"
    assert score.tracks[0].loop.period == (30 - 2 - 4) * RATE_HZ


def test_a_tone_crosses_over_without_a_click(tmp_path):
    frames = np.arange(20 * RATE_HZ) / RATE_HZ
    record = put_recording(tmp_path, 0.1 * np.sin(2 * np.pi * 220.37 * frames), gain_db=0.0)
    score = exact_score(tmp_path, record, Person(loop=True))
    heard = rendered(tmp_path, score, 15.0, 60.0)[:, 0]
    of_material = 0.1 * np.sqrt(0.5) * 2 * np.pi * 220.37 / RATE_HZ
    assert np.abs(np.diff(heard)).max() <= 1.5 * of_material


def test_the_pieces_of_a_loop_are_the_same_however_they_are_asked_for():
    file = np.random.default_rng(1).standard_normal((1000, 2)).astype(np.float32)
    loop = Loop(100, 900, 50)

    def read(start, n):
        assert start >= loop.first
        assert start + n <= loop.last
        return file[start : start + n]

    whole = looped(read, loop, 0, 5000)
    parts = [looped(read, loop, at, min(64, 5000 - at)) for at in range(0, 5000, 64)]
    assert (np.concatenate(parts) == whole).all()
    assert (whole[:750] == file[100:850]).all()
    assert (whole[800:1500] == file[150:850]).all()
    needed = places_between(loop, 0, 1500)
    assert (100, 850) in needed
    assert (850, 900) in needed


def test_what_a_loop_needs_is_asked_for_ahead(tmp_path):
    record = put_recording(tmp_path, noise(30.0, -30.0))
    score = recording_score(record, Person(loop=True))
    loop = score.tracks[0].loop
    seam = loop.period
    name = f"track:{record.id}"
    assert sources_between(score, seam - 100, seam + 100) == [
        (name, loop.first + seam - 100, loop.first + seam),
        (name, loop.first, loop.first + 100),
        (name, loop.first + seam, loop.first + seam + 100),
    ]


# -- a file that is cut off after it was taken in -----------------------------------------------


def test_a_file_that_breaks_off_is_known_to_with_all_that_is_decoded_before(tmp_path):
    record = put_recording(tmp_path, noise(30.0, -30.0))
    sound = tmp_path / record.id / "sound.flac"
    reader, name = reader_of(tmp_path), f"track:{record.id}"
    assert reader.read(name, 0, BLOCK).any()
    os.truncate(sound, sound.stat().st_size // 2)
    places = range(0, 20 * RATE_HZ, BLOCK)
    broke = next(
        at for at in places if reader.read(name, at, BLOCK) is None or reader.is_broken(name)
    )
    assert 10 * RATE_HZ < broke < 18 * RATE_HZ
    assert reader.decoded_until(name, broke - 2 * BLOCK) == broke
    assert reader.decoded_until(name, broke) == broke
    assert not reader.read(name, broke, BLOCK).any()
    reader.close()


def test_what_is_decoded_of_a_broken_file_fades_in_the_samples(tmp_path):
    """In the mixdown, block by block, as the ring renders it."""
    reader = ToneReader()
    state = MixState(
        playbacks=(Playback(track_score(), 0, 0, (("track:0", 0.0),)),), volume=Ramp.constant(0.0)
    )
    parts = []
    for number in range(0, 8 * RATE_HZ, 2048):
        if number >= 2 * RATE_HZ:
            reader.broken = {"track:tone.flac"}
            reader.lasts = {"track:tone.flac": 6 * RATE_HZ}
        pcm, state = mix(state, 2048, reader)
        parts.append(pcm / 32768.0)
    heard = np.concatenate(parts)
    level = level_db(heard, 0.1)[21:59]
    line = np.polyfit(np.arange(30), level[:30], 1)
    assert line[0] * 10 == pytest.approx(-(90.0 - 14.0) / 4.0, rel=0.03)
    assert np.abs(level[:30] - np.polyval(line, np.arange(30))).max() < 0.5
    assert not heard[round(6.1 * RATE_HZ) :].any()
