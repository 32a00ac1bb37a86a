"""The round trip of a person's own voice: the sheet, recordings as it asks for them (tones in
place of words, of other lengths than the placeholder's), the take, the render. What is heard
must be where the score says, and in step with the light.
"""

import re
from dataclasses import replace
from itertools import groupby

import numpy as np
import pyloudnorm
import pytest
import soundfile

from nidra_box.cli import main
from nidra_box.score.compile import spoken_words
from nidra_box.score.script import FLEX
from nidra_box.score.vocabulary import Part
from nidra_box.sound.reader import DirectReader
from nidra_box.studio.writing.render import render_frames
from nidra_box.units import RATE_HZ
from tests.support.box import ROOT, catalogue_in, shipped_catalogue, with_beds
from tests.support.spoken import take_of, write

PROGRAMME = "lower-back-night"
GUIDED_S = 1500
WINDOW = RATE_HZ // 1000
STEP_S = 0.05  # how far words may be from the breath that they wait for
FACTORS = (0.6, 1.0, 1.7, 0.8, 1.3)
"""Lengths of words against the sheet's, in turn."""

CUE = re.compile(
    r'id="cue-(\d+)">.*?<b>([\d.]+) s</b><br>at most ([\d.]+) s<br>.*?<code>(\S+?)</code>', re.S
)


class Trip:
    """A voice that was recorded from its sheet and taken in, and the score with it."""

    def __init__(self, folder):
        self.data = folder / "data" / "nidra-box"
        self.recordings = folder / "recordings"
        self.recordings.mkdir()
        self.lengths = self.record((folder / "sheet.html").read_text())
        assert main(["voice", "take", PROGRAMME, str(self.recordings)]) == 0
        self.catalogue = catalogue_in(self.data)
        self.script, compiled, problems = self.catalogue.compile(
            self.catalogue.scripts()[PROGRAMME]
        )
        assert problems.errors == []
        self.score, self.layouts = compiled.score, compiled.layouts

    def record(self, sheet):
        """Play the person: a file for each cue as the sheet names it. Seconds of each."""
        found = CUE.findall(sheet)
        lengths = []
        for (number, target, most, name), factor in zip(found, FACTORS * 12, strict=False):
            seconds = round(float(target) * factor, 2)
            assert seconds < float(most)
            rate = 44_100 if int(number) % 4 == 0 else 48_000
            sound = take_of(seconds, rate, before=0.9, after=1.1, seed=int(number))
            if int(number) % 3 == 0:
                sound = np.stack((sound, 0.7 * sound), axis=1)
            write(self.recordings / name, sound, rate)
            lengths.append(seconds)
        return lengths


@pytest.fixture(scope="module")
def trip(tmp_path_factory):
    folder = tmp_path_factory.mktemp("own-voice")
    (folder / "data" / "nidra-box").mkdir(parents=True)
    (folder / "data" / "nidra-box" / "beds").symlink_to(with_beds().beds)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(folder / "data"))
        patch.delenv("STATE_DIRECTORY", raising=False)
        sheet = str(folder / "sheet.html")
        assert main(["voice", "kit", PROGRAMME, "-o", sheet]) == 0
        yield Trip(folder)


@pytest.fixture(scope="module")
def heard(trip):
    """(begin, end) in seconds of everything that the voice alone says, from rendered samples,
    and the loudness of each."""
    reader = DirectReader(trip.catalogue.open_source)
    alone = replace(trip.score, beds=())
    peaks, kept = [], np.zeros((0, 2), np.int16)
    pieces = []
    for pcm in render_frames(alone, 0, GUIDED_S * RATE_HZ, reader):
        pieces.append(pcm)
        kept = np.concatenate((kept, pcm))
        whole = len(kept) // WINDOW * WINDOW
        peaks.append(np.abs(kept[:whole].astype(np.int32)).reshape(-1, WINDOW * 2).max(axis=1))
        kept = kept[whole:]
    reader.close()
    sound = np.concatenate(pieces)
    loud = np.flatnonzero(np.concatenate(peaks) > 300)  # 40 dB under full scale
    parts = np.split(loud, np.flatnonzero(np.diff(loud) > 500) + 1)
    return sound, [(part[0] / 1000, (part[-1] + 1) / 1000) for part in parts]


def test_the_person_s_own_clips_are_played_and_the_placeholder_stays(trip):
    for clip, seconds in zip(trip.score.clips, trip.lengths, strict=True):
        assert (trip.data / "voice" / clip.source.partition(":")[2]).is_file()
        assert clip.frames / RATE_HZ == pytest.approx(seconds + 0.06, abs=0.03)
    assert (ROOT / "audio/voice" / PROGRAMME / "manifest.json").is_file()
    assert trip.catalogue.voice(PROGRAMME).is_recorded


def test_the_words_are_heard_where_the_score_has_them(trip, heard):
    _, spans = heard
    assert len(spans) == len(trip.score.clips) == 57
    begins, ends = [], []
    for clip, seconds, (begin, end) in zip(trip.score.clips, trip.lengths, spans, strict=True):
        begins.append(begin - clip.start / RATE_HZ)
        ends.append(clip.end / RATE_HZ - end)
        assert end - begin == pytest.approx(seconds, abs=0.03)
    print(f"words begin {1000 * min(begins):.0f} to {1000 * max(begins):.0f} ms after their clips,")
    print(f"and end {1000 * min(ends):.0f} to {1000 * max(ends):.0f} ms before them")
    assert min(begins) > 0.0
    assert max(begins) <= STEP_S
    assert min(ends) > 0.0
    assert max(ends) <= STEP_S


def test_written_pauses_stay_and_the_others_take_what_is_left(trip):
    """As heard by the score: a fixed pause is kept to the millisecond (a wait for the breath may
    lengthen it), the flex pauses of a stage are alike, and each stage is used to its end."""
    shipped = shipped_catalogue().load(PROGRAMME).score
    moved = 0
    for layout, span in zip(trip.layouts, trip.score.stages, strict=True):
        if not layout.placed:
            continue
        following = [*layout.placed[1:], None]
        flexes = []
        for placed, after in zip(layout.placed, following, strict=True):
            until = span.end_s if after is None else after.start_s
            pause = until - placed.end_s
            if placed.cue.pause_s != FLEX:
                waits = after is not None and after.cue.sync
                assert pause >= placed.cue.pause_s - 1e-3
                assert waits or pause == pytest.approx(placed.cue.pause_s, abs=1e-3)
            elif after is None or not after.cue.sync:
                flexes.append(pause)
        assert flexes
        assert layout.flex_s >= 4.0
        # one that waits for the breath may leave up to a breath more than the others have
        assert max(flexes) - min(flexes) < 10.0
        assert layout.over_s == layout.unclaimed_s == 0.0
    for mine, theirs in zip(trip.score.clips, shipped.clips, strict=True):
        assert mine.words == theirs.words
        moved += mine.start != theirs.start
    assert moved >= 30
    assert trip.score.frames == shipped.frames
    assert trip.score.light == shipped.light  # the breath does not follow the voice, words do


def test_in_and_out_are_said_with_the_light(trip, heard):
    """Every cue that waits for a breath is heard within 50 ms of that breath's turn, and so of
    the moment at which the lamp is darkest (in) or brightest (out)."""
    _, spans = heard
    waiting = [cue for _, cue in trip.script.spoken() if cue.sync]
    assert {cue.sync for cue in waiting} == {"inhale", "exhale"}
    said = {clip.words: begin for clip, (begin, _) in zip(trip.score.clips, spans, strict=True)}
    breath = trip.score.light.breath
    off, light_off = [], []
    for cue in waiting:
        at_s = said[cue.text]
        turn_s = breath.next_start(Part(cue.sync), at_s - 1.0)
        off.append(at_s - turn_s)
        assert trip.score.breath_at(turn_s + 0.001).part == cue.sync
        times = np.arange(turn_s - 1.0, turn_s + 1.0, 0.002)
        levels = np.array([trip.score.lightness(t) for t in times])
        best = levels.argmin() if cue.sync == "inhale" else levels.argmax()
        light_off.append(at_s - times[best])
    print(f"{len(off)} cues: {1000 * min(off):.0f} to {1000 * max(off):.0f} ms after the breath,")
    print(f"{1000 * min(light_off):.0f} to {1000 * max(light_off):.0f} ms after the lamp's turn")
    assert np.abs(off).max() <= STEP_S
    assert np.abs(light_off).max() <= STEP_S


def test_the_words_are_at_their_level_and_quieter_near_sleep(trip, heard):
    sound, _ = heard
    meter = pyloudnorm.Meter(RATE_HZ)
    measured = {}
    for drift, clips in groupby(trip.score.clips, lambda clip: clip.stage == "drift"):
        found = list(clips)
        said = np.concatenate([sound[clip.start : clip.end] for clip in found]) / 32768.0
        measured[drift] = meter.integrated_loudness(said)
        for clip in found:
            assert clip.lufs + clip.gain_db == pytest.approx(-24.0 if drift else -20.0)
            assert clip.lufs == pytest.approx(-20.0, abs=0.5)  # the score makes it quieter
    print(f"{measured[False]:.2f} LUFS before the drift, {measured[True]:.2f} in it")
    assert measured[False] - measured[True] == pytest.approx(4.0, abs=0.3)


def test_words_begin_and_end_in_silence(trip, heard):
    sound, _ = heard
    for clip in trip.score.clips:
        edges = sound[[clip.start - 1, clip.start, clip.end - 1, clip.end], 0].astype(int)
        assert np.abs(edges).max() <= 9, clip.words  # of 32768; dither is one


def test_render_writes_this_voice(trip, tmp_path):
    """The command gives, to the sample, what was measured here, with the bed under it."""
    path = tmp_path / "heard.flac"
    span = ["--from", "0:10", "--to", "0:25"]
    assert main(["render", PROGRAMME, "-o", str(path), *span]) == 0
    reader = DirectReader(trip.catalogue.open_source)
    wanted = list(render_frames(trip.score, 10 * RATE_HZ, 25 * RATE_HZ, reader))
    reader.close()
    assert (soundfile.read(path, dtype="int16")[0] == np.concatenate(wanted)).all()


def test_every_word_of_the_script_has_its_own_clip(trip):
    words = {spoken_words(cue) for _, cue in trip.script.spoken()}
    assert {clip.words for clip in trip.catalogue.voice(PROGRAMME).clips} == words
    assert main(["check", str(ROOT / "audio/programmes" / f"{PROGRAMME}.yaml")]) == 0
