"""The mixdown: levels in dB, never a fast rise, never a click, exact and repeatable."""

from dataclasses import replace

import numpy as np
import pytest

from nidra_box.sound.loudness import true_peak_db
from nidra_box.sound.mix.levels import Grid, Ramp, raised_cosine, ramp_to, rise_limited
from nidra_box.sound.mix.limiter import DELAY, LimiterState, limit
from nidra_box.sound.mix.mixdown import mix, trace_levels
from nidra_box.sound.mix.pcm import to_pcm
from nidra_box.sound.mix.state import Fade, FadeBack, MixState, Playback, Start, Stop, Volume, apply
from nidra_box.studio.writing.render import render_frames
from nidra_box.units import RATE_HZ, SILENT_LUFS
from tests.support.scripts import compiled
from tests.support.sounds import ToneReader, bed_score, track_score, window_db

BLOCK = 2048


def play(state, seconds, reader, block=BLOCK):
    """Render, returning (pcm, state)."""
    parts, left = [], round(seconds * RATE_HZ)
    while left > 0:
        pcm, state = mix(state, min(block, left), reader)
        parts.append(pcm)
        left -= block
    return np.concatenate(parts), state


def settled(score, volume_db=0.0):
    """A playback that has already risen."""
    levels = (("voice", 0.0), ("bed:brown", 0.0), ("track:0", 0.0))
    return MixState(playbacks=(Playback(score, 0, 0, levels),), volume=Ramp.constant(volume_db))


# -- levels ----------------------------------------------------------------------------------


def test_a_ramp_is_a_straight_line_in_decibels():
    ramp = Ramp(100, 200, -10.0, -30.0)
    assert [ramp.at(f) for f in (0, 100, 150, 200, 900)] == [-10, -10, -20, -30, -30]
    assert np.allclose(ramp.over(Grid(90, 5, 40)), [-10, -16, -24, -30, -30])
    assert ramp.over(Grid(0, 50)) == -10.0
    assert ramp.over(Grid(300, 50)) == -30.0


def test_a_muting_ramp_ends_in_nothing():
    ramp = Ramp(0, 100, 0.0, -90.0, mutes=True)
    assert ramp.at(100) == -np.inf
    line = ramp.over(Grid(90, 20))
    assert np.isfinite(line[:10]).all()
    assert np.isneginf(line[10:]).all()


def test_a_ramp_goes_on_from_where_the_last_one_is():
    assert ramp_to(Ramp(0, 100, 0.0, -20.0), 50, -40.0, 10) == Ramp(50, 60, -10.0, -40.0)


def test_nothing_rises_faster_than_six_decibels_a_second():
    wanted = np.full(RATE_HZ, -10.0)
    level, last = rise_limited(wanted, -40.0, Grid(0, RATE_HZ))
    assert level[-1] == pytest.approx(-34.0, abs=1e-6)
    assert np.diff(level).max() <= 6.0 / RATE_HZ + 1e-12
    scalar, last2 = rise_limited(-10.0, -40.0, Grid(0, RATE_HZ))
    assert np.allclose(scalar, level)
    assert last == last2


def test_falls_are_followed_at_once_and_the_way_up_begins_there():
    wanted = np.concatenate((np.full(100, -10.0), np.full(100, -50.0), np.full(100, -10.0)))
    level, _ = rise_limited(wanted, -10.0, Grid(0, 300))
    assert (level[100:200] == -50.0).all()
    assert level[200] == pytest.approx(-50 + 6 / RATE_HZ, abs=1e-9)


def test_a_grid_of_every_frame_and_a_coarse_one_agree():
    ramp = Ramp(0, RATE_HZ * 4, -60.0, -10.0)
    fine, last_fine = rise_limited(ramp.over(Grid(0, RATE_HZ * 4)), -90.0, Grid(0, RATE_HZ * 4))
    coarse, last_coarse = rise_limited(
        ramp.over(Grid(0, 40, RATE_HZ // 10)), -90.0, Grid(0, 40, RATE_HZ // 10)
    )
    assert last_fine == pytest.approx(last_coarse, abs=0.7)
    assert np.abs(fine[:: RATE_HZ // 10] - coarse).max() < 0.7


def test_a_raised_cosine_begins_and_ends_flat():
    shape = raised_cosine(0, 1000, Grid(0, 1000))
    assert shape[0] == 1.0
    assert shape[500] == pytest.approx(0.5)
    assert np.abs(np.diff(shape)).max() < np.pi / 2 / 1000 * 1.01
    assert raised_cosine(0, 1000, Grid(1000, 10)) == 0.0
    assert raised_cosine(500, 10, Grid(0, 100)) == 1.0


# -- limiter ---------------------------------------------------------------------------------


def test_a_limiter_with_nothing_to_do_only_delays():
    rng = np.random.default_rng(1)
    quiet = (rng.standard_normal((9000, 2)) * 0.05).astype(np.float32)
    out, state = limit(quiet, LimiterState())
    assert (out[DELAY:] == quiet[:-DELAY]).all()
    assert (out[:DELAY] == 0).all()


def test_no_true_peak_above_minus_three():
    rng = np.random.default_rng(2)
    loud = rng.standard_normal((RATE_HZ, 2))
    spectrum = np.fft.rfft(loud, axis=0)
    spectrum[np.fft.rfftfreq(RATE_HZ, 1 / RATE_HZ) > 16_000] = 0
    loud = (np.fft.irfft(spectrum, axis=0) * 0.8).astype(np.float32)
    loud[: RATE_HZ // 2] *= 0.1
    state, out = LimiterState(), []
    for begin in range(0, RATE_HZ, 1000):
        part, state = limit(loud[begin : begin + 1000], state)
        out.append(part)
    out = np.concatenate(out) * np.hanning(RATE_HZ)[:, None] ** 0.01
    assert true_peak_db(loud) > 3
    assert true_peak_db(out) <= -3.0


def test_limiting_does_not_depend_on_the_blocks():
    rng = np.random.default_rng(3)
    loud = rng.standard_normal((8000, 2)).astype(np.float32)
    whole, _ = limit(loud, LimiterState())
    state, parts = LimiterState(), []
    for size in (100, 1900, 3000, 2999, 1):
        done = sum(map(len, parts))
        part, state = limit(loud[done : done + size], state)
        parts.append(part)
    assert np.abs(np.concatenate(parts) - whole).max() < 1e-6


def test_the_gain_of_the_limiter_comes_back_slowly():
    frames = np.full((RATE_HZ, 2), 0.1, np.float32)
    frames[1000:1100] = 1.4
    out, state = limit(frames, LimiterState())
    after = 20 * np.log10(np.abs(out[1400:, 0]) / 0.1)
    assert after[0] < -5.5
    assert np.diff(after).max() <= 6.0 / RATE_HZ + 1e-4
    assert state.gain_db < 0


@pytest.mark.parametrize("block", [1024, 8192])
def test_whatever_is_mixed_leaves_the_mixdown_under_minus_three(block):
    """Recordings far too loud, one while another begins, in what the card is given: 16 bits."""
    loud, louder = settled(track_score(gain_db=12.0)), settled(track_score(gain_db=24.0))
    state = replace(loud, playbacks=loud.playbacks + louder.playbacks)
    pcm, _ = play(state, 2.0, ToneReader(), block)
    edges = np.hanning(len(pcm))[:, None] ** 0.01  # where the test cuts it off
    assert -3.6 < true_peak_db(pcm / 32768.0 * edges) <= -3.0


# -- playing ---------------------------------------------------------------------------------


def test_silence_is_digital_and_costs_nothing():
    reader = ToneReader()
    pcm, state = play(MixState(), 1.0, reader)
    assert not pcm.any()
    assert reader.asked == []
    assert state.frame == RATE_HZ


def test_a_start_rises_from_silence():
    state = apply(MixState(volume=Ramp.constant(0.0)), Start(track_score(), 0))
    pcm, _ = play(state, 14.0, ToneReader())
    level = window_db(pcm)
    assert pcm[:BLOCK].any(), "the first block already sounds"
    assert level[0] < -82
    rises = np.diff(level)[level[1:] > -82]
    assert rises.max() <= 0.6 + 0.1
    assert level[-1] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)


def test_a_start_that_nobody_asked_for_takes_its_time():
    softly = Start(track_score(), 0, rise_frames=30 * RATE_HZ)
    pcm, _ = play(apply(MixState(volume=Ramp.constant(0.0)), softly), 31.0, ToneReader())
    level = window_db(pcm)
    assert level[0] < -82
    rises = np.diff(level)[level[1:] > -82]
    assert rises.max() <= 0.31 + 0.1  # a straight line over half a minute, seen every 0.1 s
    at_half = level[len(level) * 15 // 31]
    assert at_half == pytest.approx((level[-1] - 90.0) / 2, abs=8.0)
    assert level[-1] == pytest.approx(20 * np.log10(0.5 / np.sqrt(2)), abs=0.1)


def test_a_volume_turn_is_heard_without_a_click_down_and_slowly_up():
    state = settled(track_score())
    reader = ToneReader()
    before, state = play(state, 1.0, reader)
    state = apply(state, Volume(-20.0))
    down, state = play(state, 1.0, reader)
    state = apply(state, Volume(-8.0))
    up, state = play(state, 3.0, reader)
    together = np.concatenate((before, down, up)).astype(np.float64)
    steps = np.abs(np.diff(together[:, 0]))
    material = np.abs(np.diff(before[:, 0].astype(np.float64))).max()
    assert steps.max() <= material + 3
    level = window_db(together)
    assert level[14] - level[2] == pytest.approx(-20, abs=0.2)
    assert np.diff(level[20:]).max() <= 0.7
    assert level[-1] - level[2] == pytest.approx(-8, abs=0.2)


def test_a_stop_is_a_raised_cosine_and_then_zero():
    state = settled(track_score())
    _, state = play(state, 0.5, ToneReader())
    state = apply(state, Stop(round(1.5 * RATE_HZ)))
    pcm, state = play(state, 2.0, ToneReader())
    assert not pcm[round(1.5 * RATE_HZ) + DELAY + BLOCK :].any()
    assert state.is_silent
    level = window_db(pcm)
    assert level[1] > -10
    assert level[13] < -30


@pytest.mark.slow
def test_the_sleep_timer_fades_along_a_straight_line_to_silence():
    state = settled(track_score())
    state = apply(state, Fade(60 * RATE_HZ))
    pcm, state = play(state, 61.0, ToneReader(amplitude=0.7))
    level = window_db(pcm, RATE_HZ // 2)[:110] + 3.01
    x = np.arange(len(level)) * 0.5 + 0.25
    use = (level < -10) & (level > -70)
    line = np.polyval(np.polyfit(x[use], level[use], 1), x)
    assert np.abs(level - line)[use].max() <= 0.5
    assert use.sum() > 60
    assert not pcm[60 * RATE_HZ + DELAY + BLOCK :].any()


def soft_words(lufs=-24.0):
    """A bed, and from second 5 on words that are softer than the voice of the script."""
    score = bed_score(clips=[(5.0, 595.0)])
    return replace(score, clips=(replace(score.clips[0], gain_db=lufs + 20.0),))


def level_of(key, state, seconds):
    """One layer, ten times a second."""
    heard, _ = trace_levels(state, Grid(0, round(seconds * 10), RATE_HZ // 10))
    return next(h.level for h in heard if h.layer.endswith(f"/{key}"))


@pytest.mark.parametrize("lufs", [-24.0, -20.0, -17.0])
def test_the_timer_takes_soft_and_loud_words_down_to_silence(lufs):
    voice = level_of("voice", apply(settled(soft_words(lufs)), Fade(60 * RATE_HZ)), 60.0)
    assert voice[-1] + max(lufs + 20.0, 0.0) == pytest.approx(-90.0, abs=0.2)


def test_soft_words_that_come_back_by_themselves_come_as_slowly_as_loud_ones():
    begun = Start(soft_words(), 0, rise_frames=45 * RATE_HZ)
    voice = level_of("voice", apply(MixState(volume=Ramp.constant(0.0)), begun), 46.0)
    assert voice[0] == pytest.approx(-90.0, abs=0.2)
    assert np.diff(voice).max() <= 0.1 * 70.0 / 45.0 + 0.01
    assert voice[-1] == -20.0


def test_what_comes_back_at_a_low_volume_is_under_way_from_its_first_second():
    """The volume of a card that was just opened is nobody's: it does not count."""
    opened = apply(MixState(volume=Ramp.constant(-20.0)), Volume(-40.0))
    bed = level_of("bed:brown", apply(opened, Start(bed_score(), 0, rise_frames=45 * RATE_HZ)), 46)
    assert (bed[50], bed[-1]) == (pytest.approx(-90 + 12 * 5 / 45, abs=0.1), -78.0)
    assert np.diff(bed).max() <= 0.1 * 12 / 45 + 0.001


def test_a_fade_taken_up_in_its_middle_does_not_look_beyond_its_end():
    louder_after = bed_score(clips=[(20.0, 500.0)])
    state = apply(settled(louder_after), Fade(60 * RATE_HZ, began=45 * RATE_HZ))
    assert level_of("bed:brown", state, 15.0)[-1] == pytest.approx(-90.0, abs=0.2)


def test_a_fade_while_the_volume_slides_ends_when_the_timer_does():
    sliding = apply(settled(bed_score()), Volume(-15.0, over_frames=12 * RATE_HZ))
    bed = level_of("bed:brown", apply(sliding, Fade(60 * RATE_HZ)), 60.0)
    assert bed[-1] == pytest.approx(-90.0, abs=0.2)


@pytest.mark.parametrize("first_s", range(0, 540, 15))
def test_a_score_says_how_loud_the_mixdown_plays_it(first_s):
    """Every fade's depth is taken from the one, the layers stand at the other."""
    score, _ = compiled()
    frames = Grid(first_s * RATE_HZ, 150, RATE_HZ // 10)
    levels = (("voice", 0.0), *((f"bed:{bed.id}", 0.0) for bed in score.beds))
    risen = MixState(frame=frames.start, volume=Ramp.constant(0.0))
    heard, _ = trace_levels(replace(risen, playbacks=(Playback(score, 0, 0, levels),)), frames)
    spoken = score.clips_between(frames.start, frames.end)
    loudest = max(np.max(h.level) for h in heard if spoken or not h.layer.endswith("/voice"))
    said = score.loudest_between(frames.start, frames.end)
    assert max(loudest, -90.0) == pytest.approx(said, abs=0.05)


def test_not_yet_brings_it_back_no_faster_than_six_decibels_a_second():
    state = apply(settled(track_score()), Fade(20 * RATE_HZ))
    _, state = play(state, 10.0, ToneReader())
    depth = -state.fade.at(state.frame)
    state = apply(state, FadeBack(3 * RATE_HZ))
    pcm, state = play(state, 12.0, ToneReader())
    level = window_db(pcm)
    assert np.diff(level).max() <= 0.7
    assert level[-1] - level[0] == pytest.approx(depth, abs=1.0)
    assert state.fade.at(state.frame) == 0.0


def test_a_second_start_fades_the_first_out():
    state = settled(track_score())
    _, state = play(state, 0.5, ToneReader())
    state = apply(state, Start(track_score(name="other.flac"), 0))
    pcm, state = play(state, 2.0, ToneReader())
    assert [p.score.id for p in state.playbacks] == ["other.flac"]
    assert np.abs(np.diff(pcm[:, 0].astype(int))).max() < 3000


def test_a_score_ends_in_digital_silence_on_its_last_frame():
    score = track_score(seconds=1.0)
    pcm = np.concatenate(list(render_frames(score, 0, 2 * RATE_HZ, ToneReader())))
    assert len(pcm) == 2 * RATE_HZ
    assert not pcm[RATE_HZ:].any()


def test_a_layer_that_comes_late_rises_from_silence():
    reader = ToneReader(missing=["track:tone.flac"])
    state = settled(track_score())
    silent, state = play(state, 1.0, reader)
    assert np.abs(silent).max() == 0
    reader.missing.clear()
    pcm, _ = play(state, 3.0, reader)
    level = window_db(pcm)
    assert level[0] < -82
    assert np.diff(level)[level[1:] > -82].max() <= 0.7


def test_a_bed_that_is_made_in_the_middle_of_a_night_rises_from_silence():
    """The first start of a box: its beds are made while it plays."""
    reader = ToneReader()
    reader.broken = {"bed:brown"}
    silent, state = play(settled(bed_score()), 4.0, reader)
    assert not silent.any()
    reader.broken.clear()
    heard, _ = play(state, 20.0, reader)
    level = window_db(heard)
    assert level[0] < -70
    assert np.diff(level)[level[1:] > -70].max() <= 0.65
    assert level[-1] > -60


def test_a_missing_clip_leaves_the_bed_alone():
    score = bed_score(clips=[(1.0, 1.0)])
    with_voice, _ = play(settled(score), 3.0, ToneReader())
    reader = ToneReader(missing=["voice:x/0"])
    without, _ = play(settled(score), 3.0, reader)
    bed_only, _ = play(settled(bed_score()), 3.0, ToneReader())
    assert (without == bed_only).all()
    assert (with_voice != without).any()


def test_any_number_of_layers():
    score = bed_score(clips=[(i * 0.2, 0.5) for i in range(12)])
    beds = tuple(replace(score.beds[0], id=f"bed{i}") for i in range(5))
    state = settled(replace(score, beds=beds))
    pcm, _ = play(state, 2.0, ToneReader(amplitude=0.05))
    assert np.abs(pcm).max() > 100


def test_the_samples_do_not_depend_on_how_far_ahead_they_are_rendered():
    """The ring may go back to any remembered state and render again: same samples."""
    reader = ToneReader()
    state = apply(MixState(), Start(bed_score(clips=[(0.5, 1.0)]), 0))
    first, kept = [], []
    for _ in range(40):
        kept.append(state)
        pcm, state = mix(state, BLOCK, reader)
        first.append(pcm)
    state = kept[17]
    for number in range(17, 40):
        pcm, state = mix(state, BLOCK, reader)
        assert (pcm == first[number]).all()


def test_a_window_of_a_render_is_the_whole_render_there():
    score = bed_score(seconds=120.0, clips=[(30.0, 2.0)])
    whole = np.concatenate(list(render_frames(score, 0, 60 * RATE_HZ, ToneReader())))
    window = np.concatenate(list(render_frames(score, 29 * RATE_HZ, 33 * RATE_HZ, ToneReader())))
    difference = np.abs(whole[29 * RATE_HZ : 33 * RATE_HZ].astype(int) - window)
    assert difference.max() <= 3  # the dither of another offset, nothing else
    assert window_db(window).max() == pytest.approx(
        window_db(whole[29 * RATE_HZ : 33 * RATE_HZ]).max(), abs=0.01
    )


def test_levels_traced_are_levels_heard():
    """The curve of a replay and the samples of a render tell the same story."""
    state = apply(MixState(volume=Ramp.constant(-6.0)), Start(track_score(), 0))
    pcm, _ = play(state, 20.0, ToneReader(amplitude=np.sqrt(2) * 10 ** (-14 / 20)))
    heard, _ = trace_levels(state, Grid(0, 200, RATE_HZ // 10))
    levels = heard[0].level
    assert np.abs(window_db(pcm)[60:] - levels[60:]).max() < 0.5
    assert levels[-1] == pytest.approx(-20.0)


def test_dither_is_there_only_where_there_is_sound():
    frames = np.zeros((4096, 2), np.float32)
    assert not to_pcm(frames, 12345).any()
    frames[100:200] = 1e-7
    pcm = to_pcm(frames, 12345)
    assert pcm[100:200].any()
    assert not pcm[:100].any()
    assert not pcm[200:].any()
    assert np.abs(pcm).max() <= 1


def test_dither_keeps_what_is_smaller_than_a_step():
    t = np.arange(RATE_HZ)
    tone = (
        (0.4 / 32767 * np.sin(2 * np.pi * 1000 * t / RATE_HZ))[:, None]
        .repeat(2, 1)
        .astype(np.float32)
    )
    pcm = np.concatenate([to_pcm(tone[i : i + 4096], i) for i in range(0, RATE_HZ, 4096)])
    spectrum = np.abs(np.fft.rfft(pcm[:, 0])) / RATE_HZ * 2
    assert spectrum[1000] == pytest.approx(0.4, rel=0.1)
    assert np.median(spectrum) < 0.02


def test_the_floor_is_below_sixteen_bits():
    assert SILENT_LUFS == -90.0
    assert 10 ** (SILENT_LUFS / 20) * 32768 < 1.05
