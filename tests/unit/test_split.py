"""Where somebody speaks: sounds, pieces, clipping, in recordings of known makings."""

import numpy as np
import pytest
import soundfile

from nidra_box.sound.loudness import noise_floor_dbfs
from nidra_box.sound.sources import BadSound
from nidra_box.studio.voice.listen import floor_of, survey
from nidra_box.studio.voice.split import Span, pieces, silence_for, sounds
from nidra_box.units import decibels
from tests.support.spoken import RATE, long_take, take_of, tone, write


def heard(tmp_path, sound, rate=RATE, name="a.wav", **how):
    return survey(write(tmp_path / name, sound, rate, **how), 7200.0)


def spans_of(found):
    return sounds(found.powers, found.window_s)


@pytest.mark.parametrize("rate", [16_000, 22_050, 44_100, 48_000, 96_000, 192_000])
def test_words_are_found_where_they_are_at_any_rate(tmp_path, rate):
    found = heard(tmp_path, take_of(2.5, rate, before=1.3, after=0.7), rate)
    assert (found.rate_hz, found.channels, found.clipped_at) == (rate, 1, ())
    assert found.length_s == pytest.approx(4.5, abs=1e-3)
    (span,) = spans_of(found)
    assert span.begin_s == pytest.approx(1.3, abs=0.015)
    assert span.end_s == pytest.approx(3.8, abs=0.015)


def test_a_long_recording_is_looked_through_in_blocks_without_a_seam(tmp_path):
    lengths = [3.0] * 12
    found = heard(tmp_path, long_take(lengths, [2.5] * 11))
    spans = spans_of(found)
    assert len(spans) == 12
    for number, span in enumerate(spans):
        assert span.begin_s == pytest.approx(1.0 + 5.5 * number, abs=0.015)
        assert span.length_s == pytest.approx(3.0, abs=0.03)
    steady = 0.2 * np.sin(2 * np.pi * 300 * np.arange(RATE * 35) / RATE)
    inside = heard(tmp_path, steady, name="b.wav").powers[5:-5]
    assert len(inside) == 3490
    assert 10 * np.log10(inside.max() / inside.min()) < 0.01


def test_rumble_is_no_word(tmp_path):
    t = np.arange(RATE * 6) / RATE
    sound = 0.1 * np.sin(2 * np.pi * 20 * t)
    sound[RATE * 2 : RATE * 4] += tone(2.0)
    (span,) = spans_of(heard(tmp_path, sound))
    assert (span.begin_s, span.end_s) == pytest.approx((2.0, 4.0), abs=0.03)


def test_a_click_is_no_word(tmp_path):
    sound = take_of(2.0, before=2.0)
    sound[RATE // 2 : RATE // 2 + 400] = 0.9
    (span,) = spans_of(heard(tmp_path, sound))
    assert span.begin_s == pytest.approx(2.0, abs=0.02)


def test_a_noisy_room_does_not_hide_the_silences(tmp_path):
    found = heard(tmp_path, take_of(2.0, noise_dbfs=-50))
    (span,) = spans_of(found)
    assert (span.begin_s, span.end_s) == pytest.approx((1.0, 3.0), abs=0.03)
    assert decibels(floor_of(found.powers)) == pytest.approx(-50.5, abs=1.0)
    sound, _ = soundfile.read(tmp_path / "a.wav")
    assert decibels(floor_of(found.powers)) == pytest.approx(noise_floor_dbfs(sound), abs=1.0)


def test_clipping_is_found_and_full_scale_is_not_clipping(tmp_path):
    loud = take_of(2.0, level=1.0)
    loud /= np.abs(loud).max()
    assert heard(tmp_path, loud * 32767 / 32768, subtype="PCM_16").clipped_at == ()
    t = np.arange(RATE) / RATE
    low = np.sin(2 * np.pi * 100 * t)
    assert heard(tmp_path, low * 32767 / 32768, subtype="PCM_16").clipped_at == ()
    for subtype in ("PCM_16", "PCM_24", "FLOAT"):
        found = heard(tmp_path, np.clip(take_of(2.0, level=1.3), -1, 1), subtype=subtype)
        assert found.clipped_at[0] == pytest.approx(1.0, abs=0.05)
    right = np.stack((take_of(2.0), np.clip(take_of(2.0, level=1.3), -1, 1)), axis=1)
    assert heard(tmp_path, right).clipped_at


def test_channels_that_cancel_are_noticed(tmp_path):
    one = take_of(1.0)
    assert heard(tmp_path, np.stack((one, -one), axis=1)).cancels
    assert not heard(tmp_path, np.stack((one, one), axis=1)).cancels
    assert not heard(tmp_path, np.stack((one, 0 * one), axis=1)).cancels


@pytest.mark.parametrize(
    ("rate", "seconds", "hint"),
    [
        (8_000, 2, "too dull"),
        (11_025, 2, "too dull"),
        (384_000, 1, "at most 192"),
        (16_000, 11, "0:11 long"),
    ],
)
def test_what_cannot_be_used_is_refused_with_a_reason(tmp_path, rate, seconds, hint):
    path = write(tmp_path / "a.wav", np.zeros(rate * seconds), rate)
    with pytest.raises(BadSound, match=hint):
        survey(path, 10.0)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e30])
def test_numbers_that_are_no_sound_are_refused(tmp_path, value):
    sound = take_of(1.0)
    sound[9000] = value
    with pytest.raises(BadSound, match="no sound"):
        heard(tmp_path, sound, subtype="FLOAT")


def test_silence_has_no_sounds(tmp_path):
    assert heard(tmp_path, np.zeros(RATE)).is_silent
    assert spans_of(heard(tmp_path, np.zeros(RATE))) == []
    assert heard(tmp_path, 1e-4 * np.ones(RATE)).is_silent  # a constant is none either
    assert not heard(tmp_path, take_of(0.5)).is_silent
    assert spans_of(heard(tmp_path, np.zeros(10))) == []


def test_pieces_are_parted_by_long_silences_only():
    found = [Span(1, 2), Span(2.5, 3), Span(5, 6), Span(7.9, 9)]
    assert pieces(found, 2.0) == [Span(1, 3), Span(5, 9)]
    assert pieces(found, 1.0) == [Span(1, 3), Span(5, 6), Span(7.9, 9)]
    assert pieces([], 2.0) == []


def test_the_silence_that_would_give_the_wanted_number_of_pieces():
    found = [Span(1, 2), Span(2.5, 3), Span(5, 6), Span(7.9, 9)]  # 0.5, 2.0, 1.9
    for count in (3, 4):
        silence = silence_for(found, count)
        assert len(pieces(found, silence)) == count
    assert silence_for(found, 2) == 2.0
    assert silence_for(found, 5) is None
    assert silence_for(found, 1) is None
    assert silence_for([Span(0, 1), Span(3, 4), Span(6, 7)], 2) is None  # both are alike
