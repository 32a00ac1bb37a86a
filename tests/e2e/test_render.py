"""The sound of lower-back-night, measured: lengths, loudness, peaks, steps, fades.

Nobody here can hear. What the score promises is measured on rendered samples: loudness by
pyloudnorm, true peaks by the meter of BS.1770, gains and steps against the material, which is
read from its own files and put together here at a constant gain.
"""

import dataclasses
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pyloudnorm
import pytest
import soundfile

from nidra_box.cli import main
from nidra_box.config import VolumeSettings
from nidra_box.score.vocabulary import StageKind
from nidra_box.sound.mix.levels import Ramp
from nidra_box.sound.mix.limiter import DELAY
from nidra_box.sound.mix.mixdown import mix
from nidra_box.sound.mix.state import Fade, MixState, Playback, apply
from nidra_box.sound.reader import DirectReader
from nidra_box.studio.writing.render import render_frames
from nidra_box.units import RATE_HZ
from tests.support.box import shipped_catalogue, with_beds

LENGTH = 29_244 * RATE_HZ  # 8:07:24
GUIDED = 1500 * RATE_HZ  # 25 minutes until the first sleep stage
EDGE = round(0.012 * RATE_HZ)  # CONTENT, "Voice": 12 ms edges
FADED_IN = 20 * RATE_HZ  # the bed has reached its level
BLOCK = 4096
HIGHEST_DB = next(
    item.metadata["high"]
    for item in dataclasses.fields(VolumeSettings)
    if item.name == "ceiling_db"
)
NOMINAL_DB = VolumeSettings().start_db

METER = pyloudnorm.Meter(RATE_HZ)

BED_LUFS = -23.0  # what the file of a bed measures (test_loudness)
SIXTEEN_BITS = 4
"""What may be added to a step on the way to 16 bits, in their own steps: dither of at most one
and rounding of a half at both samples, and one more where the limiter's gain is moving."""

# BS.1770-4, annex 2: the interpolating filter of a true-peak meter, four phases of 12 taps
# (the third and fourth are the second and first in reverse).
_METER = np.array(
    [
        [
            *(0.0017089843750, 0.0109863281250, -0.0196533203125, 0.0332031250000),
            *(-0.0594482421875, 0.1373291015625, 0.9721679687500, -0.1022949218750),
            *(0.0476074218750, -0.0266113281250, 0.0148925781250, -0.0083007812500),
        ],
        [
            *(-0.0291748046875, 0.0292968750000, -0.0517578125000, 0.0891113281250),
            *(-0.1665039062500, 0.4650878906250, 0.7797851562500, -0.2003173828125),
            *(0.1015625000000, -0.0582275390625, 0.0330810546875, -0.0189208984375),
        ],
    ]
)
PHASES = np.concatenate((_METER, _METER[::-1, ::-1]))
TAPS = PHASES.shape[1]


class TruePeak:
    """A true-peak meter that is fed block by block. It looks between samples only where they
    are high enough for anything above -6 dBTP to lie between them."""

    HARMLESS = 10 ** (-6 / 20) / np.abs(PHASES).sum(axis=1).max()

    def __init__(self):
        self.highest = 0.0
        self._before = np.zeros((TAPS - 1, 2), np.float32)

    def feed(self, pcm):
        sound = np.concatenate((self._before, pcm.astype(np.float32) / 32768.0))
        self._before = sound[-(TAPS - 1) :]
        highest = float(np.abs(sound).max())
        self.highest = max(self.highest, highest)
        if highest > self.HARMLESS:
            windows = np.lib.stride_tricks.sliding_window_view(sound, TAPS, axis=0)
            between = windows @ PHASES[:, ::-1].T.astype(np.float32)
            self.highest = max(self.highest, float(np.abs(between).max()))

    @property
    def db(self):
        return 20 * np.log10(self.highest)


def frames_of(seconds):
    return round(seconds * RATE_HZ)


@pytest.fixture(scope="module")
def score():
    with_beds()
    return shipped_catalogue().load("lower-back-night").score


@pytest.fixture(scope="module")
def reader():
    found = DirectReader(shipped_catalogue().open_source)
    yield found
    found.close()


def voice_alone(score):
    return replace(score, beds=())


def bed_alone(score):
    return replace(score, clips=(), longest_clip=0)


def rendered(score, reader, begin_s, end_s):
    """Seconds [begin_s, end_s) at full volume, as (n, 2) 16-bit samples."""
    return np.concatenate(
        list(render_frames(score, frames_of(begin_s), frames_of(end_s), reader, 0.0))
    )


class Material:
    """The sounds of the score as they come from their files, every gain at rest: no mixdown,
    no limiter, no dither. In the size of 16 bits."""

    def __init__(self, score, reader):
        self._score, self._reader = score, reader
        self._voice = 1.0
        self._voice = self._voice_gain(score.clips[1])

    def _voice_gain(self, clip):
        """What every cue is multiplied with besides its own gain, from the middle of one."""
        first, last = clip.start + RATE_HZ, clip.end - RATE_HZ
        alone = voice_alone(self._score)
        blocks = list(render_frames(alone, first, last, self._reader, NOMINAL_DB))
        heard = np.concatenate(blocks) * 10 ** (-NOMINAL_DB / 20)
        words = self.frames(first, last, -np.inf)
        return float((heard * words).sum() / (words.astype(np.float64) ** 2).sum())

    def frames(self, first, last, lufs, layers=("bed", "voice")):
        """Frames [first, last) with the bed at `lufs`, (n, 2)."""
        sound = np.zeros((last - first, 2), np.float32)
        for bed in self._score.beds if "bed" in layers else ():
            found = self._reader.read(f"bed:{bed.id}", first, last - first)
            sound += found * np.float32(10 ** ((lufs - BED_LUFS) / 20))
        for clip in self._score.clips_between(first, last) if "voice" in layers else ():
            begin, end = max(first, clip.start), min(last, clip.end)
            found = self._reader.read(clip.source, begin - clip.start, end - begin)
            gain = np.float32(self._voice * 10 ** (clip.gain_db / 20))
            sound[begin - first : end - first] += found * gain
        return sound * np.float32(32767)


@pytest.fixture(scope="module")
def material(score, reader):
    return Material(score, reader)


def gains_db(heard, plain, expected_db, window_s):
    """How far the gain of `heard` over `plain` is from `expected_db`, in each window: the
    factor of the expected material that is left in what was heard. (Dither is no part of the
    material, so levels far below 16 bits can be measured.)"""
    heard, plain = np.asarray(heard, np.float64), np.asarray(plain, np.float64)
    size = frames_of(window_s)
    found = []
    for begin in range(0, len(heard) - size + 1, size):
        part = slice(begin, begin + size)
        wanted = plain[part] * 10 ** (expected_db[part, None] / 20)
        share = (heard[part] * wanted).sum() / (wanted**2).sum()
        found.append(20 * np.log10(max(share, 1e-9)))
    return np.array(found)


def lufs(pcm):
    """Integrated loudness of the sound as it is heard: both channels."""
    return METER.integrated_loudness(pcm.astype(np.float64) / 32768.0)


# -- how long ----------------------------------------------------------------------------------


@pytest.fixture
def render_to_file(tmp_path, monkeypatch):
    """`nidra-box render` with the beds that were made already."""
    data = tmp_path / "data" / "nidra-box"
    data.mkdir(parents=True)
    with_beds()
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)

    def run(*span):
        path = tmp_path / "heard.flac"
        assert main(["render", "lower-back-night", "-o", str(path), *span]) == 0
        return path

    return run


def test_the_night_has_eight_hours_seven_minutes_and_24_seconds_of_frames(score):
    assert score.frames == LENGTH == 1_403_712_000


@pytest.mark.parametrize(
    ("span", "frames"),
    [
        (("--from", "8:06:50"), 34 * RATE_HZ),
        (("--from", "8:07:23.5", "--to", "8:07:24"), RATE_HZ // 2),
        (("--from", "1:29.25", "--to", "1:31"), RATE_HZ * 7 // 4),
        (("--to", "2.001"), 96_048),
    ],
)
def test_a_rendered_window_has_exactly_its_frames(render_to_file, span, frames):
    info = soundfile.info(render_to_file(*span))
    assert (info.frames, info.samplerate, info.channels) == (frames, RATE_HZ, 2)


def test_the_last_frame_is_the_last_that_sounds(render_to_file):
    """Digital silence from frame 1,403,712,000 on, dither included; up to it, sound."""
    path = render_to_file("--from", "8:06:50", "--to", "8:07:44")
    heard, _ = soundfile.read(path, dtype="int16")
    assert len(heard) == 54 * RATE_HZ
    assert not heard[34 * RATE_HZ :].any()
    assert heard[34 * RATE_HZ - 100 : 34 * RATE_HZ].any()


def test_after_the_end_the_mixdown_gives_zeros_and_asks_for_nothing(score, reader):
    class Nobody:
        def read(self, source, start, n):
            raise AssertionError(f"{source} was asked for")

    playing = Playback(score, 0, 0)
    state = MixState(LENGTH - BLOCK, (playing,), Ramp.constant(0.0))
    _, state = mix(state, BLOCK, reader)
    after, state = mix(state, BLOCK, Nobody())
    assert not after[DELAY:].any()
    for _ in range(100):
        after, state = mix(state, BLOCK, Nobody())
        assert not after.any()


def test_windows_side_by_side_are_the_whole(score, reader):
    """Bit for bit, over the first word of a stage: a window has the samples of the whole."""
    whole = rendered(score, reader, 88, 96)
    parts = [rendered(score, reader, a, b) for a, b in pairwise((88, 90.001, 93.2, 96))]
    assert (np.concatenate(parts) == whole).all()


# -- the beginning -----------------------------------------------------------------------------


def test_the_first_sound_fades_in_over_more_than_three_seconds(score, reader, material):
    """CONTENT: ≥ 3 s. Nothing rises by more than 6 dB a second, and nothing falls back."""
    heard = rendered(bed_alone(score), reader, 0, 26)
    plain = material.frames(0, 26 * RATE_HZ, -38.0, ("bed",))
    level = gains_db(heard, plain, np.zeros(len(heard)), 0.5)
    assert level[-1] == pytest.approx(0.0, abs=0.1)
    assert level[0] < -50
    full_at_s = np.flatnonzero(level > -1.0)[0] * 0.5
    print(f"first sound: {level[0]:.1f} dB at its start, full after {full_at_s:.2f} s")
    assert full_at_s >= 3.0
    assert (np.diff(level) > -0.1).all()
    assert (level[2:] - level[:-2]).max() <= 6.0 + 0.3  # 16 bits have noise down there


def test_the_first_word_comes_five_seconds_after_the_bed(score, reader):
    bed = rendered(bed_alone(score), reader, 0, 15)
    voice = rendered(voice_alone(score), reader, 0, 15)
    began = [int(np.flatnonzero(pcm.any(axis=1))[0]) / RATE_HZ for pcm in (bed, voice)]
    print(f"bed from {began[0]:.3f} s, words from {began[1]:.3f} s")
    assert began[0] < 0.1
    assert began[1] - began[0] >= 5.0


# -- loudness ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def spoken(score, reader):
    """Each cue as it is heard: (clip, samples of the voice alone with EDGE frames around)."""
    alone, margin = voice_alone(score), frames_of(0.1)
    found = []
    for clip in score.clips:
        first, last = clip.start - margin, clip.end + margin
        found.append((clip, np.concatenate(list(render_frames(alone, first, last, reader)))))
    return margin, found


def cues_of(spoken, drift):
    margin, found = spoken
    return [pcm[margin:-margin] for clip, pcm in found if (clip.stage == "drift") == drift]


@pytest.mark.parametrize(("drift", "level"), [(False, -20.0), (True, -24.0)])
def test_the_voice_is_as_loud_as_written(spoken, drift, level):
    """CONTENT: -20 LUFS, -24 in the drift stage, ± 1, all cues together and each by itself."""
    cues = cues_of(spoken, drift)
    assert len(cues) == (6 if drift else 51)
    together = lufs(np.concatenate(cues))
    each = [lufs(cue) for cue in cues]
    print(f"voice {together:.2f} LUFS; single cues {min(each):.2f} to {max(each):.2f}")
    assert together == pytest.approx(level, abs=1.0)
    assert each == pytest.approx([level] * len(each), abs=1.0)


def test_the_bed_lies_eighteen_below_the_voice(score, reader, spoken):
    """In every stage with words but drift, which has a level of its own."""
    voice = lufs(np.concatenate(cues_of(spoken, drift=False)))
    for stage in score.stages:
        if stage.is_sleep or stage.kind is StageKind.DRIFT:
            continue
        bed = lufs(rendered(bed_alone(score), reader, stage.end_s - 25, stage.end_s - 5))
        print(f"{stage.id}: bed {bed:.2f} LUFS, {voice - bed:.2f} LU under the voice")
        assert voice - bed == pytest.approx(18.0, abs=1.0), stage.id


@pytest.mark.parametrize(
    ("at_s", "level"),
    [
        (1500 + 35, -36.2),  # the 30 s from the bed of the words are over
        (1500 + 300, -37.5),
        (1500 + 600, -39.0),
        (1500 + 900, -40.5),
        (1500 + 1185, -41.9),
        *((2700 + n * 25_644 / 8 + 10, -42.0) for n in range(8)),
        (29_244 - 900 - 15, -42.0),
    ],
)
def test_the_bed_of_the_night_sinks_in_twenty_minutes_and_stays(score, reader, at_s, level):
    """CONTENT: taper 20:00, -36 → -42 LUFS, then -42 until the last quarter of an hour."""
    heard = lufs(rendered(score, reader, at_s - 5, at_s + 5))
    print(f"{at_s:.0f} s: {heard:.2f} LUFS, wanted {level}")
    assert heard == pytest.approx(level, abs=1.0)


# -- peaks and steps ---------------------------------------------------------------------------


class Guided:
    """The 25 minutes with words beside their material at constant gain, in one pass."""

    def __init__(self, score, reader, material):
        self.peak = TruePeak()
        self.excess, self.excess_at_s, self.step = -1.0, 0.0, 0.0
        at, last = 0, [np.zeros((1, 2), np.float32)] * 2
        for heard in render_frames(score, 0, GUIDED, reader, HIGHEST_DB):
            self.peak.feed(heard)
            blocks = heard.astype(np.float32), material.frames(at, at + len(heard), -38.0)
            joined = [np.concatenate(pair) for pair in zip(last, blocks, strict=True)]
            last = [part[-1:] for part in joined]
            steps = [np.abs(np.diff(part, axis=0)) for part in joined]
            over = (steps[0] - steps[1]).max(axis=1)
            for clip in score.clips_between(at, at + len(heard)):
                over[max(0, clip.end - EDGE - at) : max(0, clip.end + 1 - at)] = -np.inf
            if at >= FADED_IN and over.max() > self.excess:
                self.excess, self.excess_at_s = float(over.max()), (at + over.argmax()) / RATE_HZ
            self.step = max(self.step, float(steps[0].max()))
            at += len(heard)
        assert at == GUIDED


@pytest.fixture(scope="module")
def guided(score, reader, material):
    return Guided(score, reader, material)


def test_no_true_peak_above_minus_three_at_the_highest_volume(guided):
    """The highest ceiling that the configuration permits is 0 dB, which is also what `render`
    writes."""
    assert HIGHEST_DB == 0
    print(f"guided part at {HIGHEST_DB:g} dB: {guided.peak.db:.2f} dBTP")
    assert -12 < guided.peak.db <= -3.0


def test_no_true_peak_above_minus_three_at_the_nominal_volume(score, reader):
    meter = TruePeak()
    for pcm in render_frames(score, 0, GUIDED, reader, NOMINAL_DB):
        meter.feed(pcm)
    print(f"guided part at {NOMINAL_DB:g} dB: {meter.db:.2f} dBTP")
    assert NOMINAL_DB - 12 < meter.db <= NOMINAL_DB - 3.0


def test_a_voice_too_loud_for_the_file_is_held_under_minus_three(score, reader):
    """A person's own voice, 6 dB over what the format allows: the limiter has to work."""
    loud = replace(score, clips=tuple(replace(c, gain_db=c.gain_db + 10) for c in score.clips))
    meter, source = TruePeak(), TruePeak()
    for clip in loud.clips[1:4]:
        words = shipped_catalogue().open_source(clip.source).read(0, clip.frames)
        gain = 10 ** (clip.gain_db / 20)
        source.feed(np.clip(words * gain, -4, 4) * 32768.0 * np.ones((1, 2)))
        pcm = np.concatenate(list(render_frames(loud, clip.start, clip.end, reader)))
        meter.feed(pcm)
    print(f"{source.db:.2f} dBTP come out as {meter.db:.2f}")
    assert source.db > 0
    assert meter.db <= -3.0
    assert meter.db > -4.5


def test_a_true_peak_meter_sees_between_samples():
    """Guards the measure: a quarter of the rate at 45 degrees has samples at -3 dB and the wave
    itself at 0."""
    wave = np.sin(2 * np.pi * 12_000 * np.arange(4800) / RATE_HZ + np.pi / 4)
    meter = TruePeak()
    meter.feed(32767 * (wave * np.hanning(4800) ** 0.05)[:, None] * np.ones((1, 2)))
    assert meter.db == pytest.approx(0.0, abs=0.3)


def test_no_step_that_the_material_has_not(guided):
    """Sample by sample, words, stages and their changes: from the 20th second on, where all
    gains are the same, no step is above the one that the material has there itself. (The last
    12 ms of a cue, in which it may fade, are looked at by themselves, below.)"""
    print(
        f"largest step {guided.step}; at most {guided.excess:g} of 65536 over the material's, at "
        f"{guided.excess_at_s:.3f} s"
    )
    assert guided.excess <= SIXTEEN_BITS


def excess(heard, plain):
    """By how much the steps of `heard` are above those of `plain`, at the most."""
    return (
        np.abs(np.diff(heard.astype(np.float32), axis=0)) - np.abs(np.diff(plain, axis=0))
    ).max()


@pytest.mark.parametrize(("alone", "layer"), [(voice_alone, "voice"), (bed_alone, "bed")])
def test_no_step_while_the_first_sound_fades_in(score, reader, material, alone, layer):
    """Each layer by itself: while their gains differ their steps may cancel."""
    over = excess(
        rendered(alone(score), reader, 0, 22), material.frames(0, 22 * RATE_HZ, -38.0, (layer,))
    )
    print(f"{layer}: at most {over:.1f} over the material's step")
    assert over <= SIXTEEN_BITS


@pytest.mark.parametrize(
    ("begin_s", "end_s"),
    [
        (1495, 1535),  # from the words to the night
        (2695, 2715),  # the taper has ended
        (28_339, 28_359),  # the last fade begins
        (29_229, 29_245),  # and ends
    ],
)
def test_no_step_where_the_night_changes(score, reader, material, begin_s, end_s):
    """Against the material at the loudest that the bed is there."""
    first, last = begin_s * RATE_HZ, end_s * RATE_HZ
    loudest = score.beds[0].lufs.highest(first, last)
    over = excess(rendered(score, reader, begin_s, end_s), material.frames(first, last, loudest))
    print(f"{begin_s} to {end_s} s: at most {over:.1f} over the material's step")
    assert over <= SIXTEEN_BITS


def test_words_begin_and_end_without_a_click(spoken, material):
    """Out of nothing and into nothing: the step at either end of a cue is no larger than those
    of the words themselves in the 12 ms beside it, and none within is above the material's."""
    margin, found = spoken
    clicks = []
    for clip, pcm in found:
        assert not pcm[: margin - 1].any()
        assert not pcm[-margin + 1 :].any()
        plain = material.frames(clip.start - margin, clip.end + margin, -np.inf, ("voice",))
        assert excess(pcm, plain) <= SIXTEEN_BITS, clip.source
        steps = np.abs(np.diff(pcm[:, 0].astype(int)))
        first, last = margin - 1, len(pcm) - margin - 1
        for edge, beside in (
            (first, steps[first + 1 : first + 1 + EDGE]),
            (last, steps[last - EDGE : last]),
        ):
            if steps[edge] > beside.max() + SIXTEEN_BITS:
                at_s = (clip.start - margin + edge + 1) / RATE_HZ
                clicks.append(f"{clip.source} {at_s:.2f} s: {steps[edge]}, beside {beside.max()}")
    assert not clicks, "\n".join(clicks)


# -- fades -------------------------------------------------------------------------------------


def test_the_end_of_the_night_is_a_straight_line_in_decibels(score, reader, material):
    """15 minutes from -42 to -90 LUFS: from its first decibel to its last it is never more
    than half a decibel off the line. (Less than 50 dB: it begins low.)"""
    first, last, minute = LENGTH - 900 * RATE_HZ, LENGTH, 60 * RATE_HZ
    off = []
    for begin in range(first, last, minute):
        heard = rendered(score, reader, begin / RATE_HZ, (begin + minute) / RATE_HZ)
        plain = material.frames(begin, begin + minute, -42.0)
        line = -48.0 * (np.arange(begin, begin + minute) - first) / (last - first)
        off += list(gains_db(heard, plain, line, 4.0))
    assert len(off) == 225
    print(f"end of the night: at most {np.abs(off).max():.3f} dB off the line")
    assert np.abs(off).max() <= 0.5


def test_a_sleep_timer_in_the_words_is_a_straight_line_over_seventy_decibels(
    score, reader, material
):
    """5 minutes that end at -90 LUFS for the voice: 70 dB in all, within half a decibel from
    -10 to -70, and then nothing."""
    begin, frames, four = 600 * RATE_HZ, 300 * RATE_HZ, 4 * RATE_HZ
    risen = (("voice", 0.0), ("bed:brown", 0.0))
    state = MixState(begin, (Playback(score, 0, 0, risen),), Ramp.constant(0.0))
    state = apply(state, Fade(frames))
    blocks = []
    while state.frame < begin + frames + RATE_HZ:
        pcm, state = mix(state, BLOCK, reader)
        blocks.append(pcm)
    heard = np.concatenate(blocks)[DELAY:]
    assert not heard[frames:].any()
    off = []
    for at in range(0, frames, four):
        line = -70.0 * np.arange(at, at + four) / frames
        if line[0] <= -10.0:
            plain = material.frames(begin + at, begin + at + four, -38.0)
            off += list(gains_db(heard[at : at + four], plain, line, 4.0))
    print(f"sleep timer: at most {np.abs(off).max():.3f} dB off the line, {len(off)} windows")
    assert len(off) == 64
    assert np.abs(off).max() <= 0.5
