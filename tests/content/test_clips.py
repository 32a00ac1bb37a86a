"""Every clip that is shipped, measured as it lies there: a person hears the file, not the
manifest."""

import pytest
import soundfile

from nidra_box.library import titles
from nidra_box.library.voices import read_voice
from nidra_box.sound.loudness import integrated_lufs, noise_floor_dbfs, true_peak_db
from nidra_box.units import RATE_HZ
from tests.support.box import ROOT

VOICES = sorted(path.parent for path in (ROOT / "audio" / "voice").glob("*/manifest.json"))


@pytest.mark.parametrize("folder", VOICES, ids=lambda folder: folder.name)
def test_every_clip_is_at_its_level_and_quiet_between_the_words(folder):
    """-20 LUFS (the score takes 4 dB off in drift), at most -3 dBTP, floor -60 dBFS."""
    voice = read_voice(folder)
    assert {path.name for path in folder.glob("*.opus")} == {clip.file for clip in voice.clips}
    for clip in voice.clips:
        heard, rate = soundfile.read(folder / clip.file, dtype="float32", always_2d=True)
        assert (rate, len(heard), heard.shape[1]) == (RATE_HZ, clip.frames, 1), clip.words
        lufs = integrated_lufs(heard)
        assert lufs == pytest.approx(-20.0, abs=0.5), clip.words
        assert lufs == pytest.approx(clip.lufs, abs=0.1), clip.words
        assert true_peak_db(heard) <= -3.0, clip.words
        assert noise_floor_dbfs(heard) <= -60.0, clip.words


def test_every_programme_has_its_voice_and_all_are_small():
    programmes = {path.stem for path in (ROOT / "audio" / "programmes").glob("*.yaml")}
    assert {folder.name for folder in VOICES} == programmes | {"recordings"}
    files = [path for folder in VOICES for path in folder.iterdir()]
    assert sum(path.stat().st_size for path in files) < 12_000_000
    for folder in VOICES:
        assert (folder / "LICENCE").is_file()


def test_a_recording_s_place_is_said_from_one_to_twenty():
    voice = read_voice(ROOT / "audio" / "voice" / "recordings")
    words = [clip.words for clip in voice.clips]
    assert (words[0], words[9], words[19], len(words)) == (
        "Recording one.",
        "Recording ten.",
        "Recording twenty.",
        20,
    )
    clips = [titles.clip_of(place, voice.facts()) for place in range(22)]
    assert [clip is not None for clip in clips] == [False, *[True] * 20, False]
    for number, clip in enumerate(clips[1:21]):
        assert clip.source == f"voice:recordings/{voice.clips[number].file}"
        assert clip.gain_db + clip.lufs == pytest.approx(-30.0)
        assert 0.8 * RATE_HZ < clip.frames < 2.5 * RATE_HZ
