"""The catalogue: shipped and own programmes, recordings, voices."""

import json
import re
import shutil
import struct
from threading import Event
from unittest.mock import patch

import numpy as np
import pytest
import soundfile

from nidra_box.appliance.box import reload_settings
from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import QueueInbox
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.port import CannotPlay
from nidra_box.library.recordings import is_recording, score_by_header
from nidra_box.library.shelf import Shelf
from nidra_box.library.voices import Voice, VoiceClip, read_voice, why_not, write_voice
from nidra_box.score.compile import spoken_words
from nidra_box.sound.sources import BadSound
from nidra_box.units import RATE_HZ
from nidra_box.words import format_duration
from tests.support.box import ROOT, catalogue_in, shipped_catalogue
from tests.support.scripts import SMALL, changed
from tests.unit.test_sources import bad_files


def tone_file(path, seconds=12, rate=RATE_HZ):
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, np.zeros((round(seconds * rate), 1), np.float32) + 0.01, rate)


def test_what_is_shipped_compiles_without_a_word():
    catalogue = shipped_catalogue()
    assert {"breath-lamp", "lower-back-night"} <= set(catalogue.scripts())
    for path in catalogue.scripts().values():
        _, compiled, problems = catalogue.compile(path)
        assert problems.found == []
        assert compiled.score.frames


def test_a_list_of_everything_begins_with_the_night_and_ends_with_the_lamp(tmp_path):
    tone_file(tmp_path / "library" / "a song.flac")
    (tmp_path / "library" / "notes.txt").write_text("x")
    (tmp_path / "library" / ".hidden.flac").write_text("x")
    own = tmp_path / "programmes"
    own.mkdir()
    for name in ("a-first", "breath-lamps", "z-last"):
        (own / f"{name}.yaml").write_text(changed(("id: small", f"id: {name}")))
    ids = catalogue_in(tmp_path).ids()
    assert ids[:2] == ["lower-back-night", "a-first"]
    assert ids[-4:] == ["z-last", "breath-lamp", "breath-lamp-twenty", "a song.flac"]
    assert ids[2:-4] == sorted(ids[2:-4])
    assert "breath-lamps" in ids[2:-4]


def test_the_second_press_goes_through_names_in_natural_order(tmp_path):
    for name in ("Night 10.flac", "night 2.flac", "a.flac", "B.flac", "1.flac"):
        tone_file(tmp_path / "library" / name)
    (tmp_path / "programmes").mkdir()
    for name in ("z-10", "z-9"):
        (tmp_path / "programmes" / f"{name}.yaml").write_text(changed(("id: small", f"id: {name}")))
    ids = catalogue_in(tmp_path).ids()
    assert ids[-5:] == ["1.flac", "a.flac", "B.flac", "night 2.flac", "Night 10.flac"]
    assert ids.index("z-9") + 1 == ids.index("z-10")


def test_the_readme_lists_the_programmes_in_the_order_of_the_second_press():
    catalogue = shipped_catalogue()
    scores = [catalogue.load(name).score for name in catalogue.ids()]
    rows = re.findall(r"^\| (.+?) \| ([\d:]+) \| (.+?) \|", (ROOT / "README.md").read_text(), re.M)
    assert rows == [(s.title, format_duration(s.duration_s), str(s.ending)) for s in scores]


def test_a_person_s_own_script_is_found_and_hides_a_shipped_one(tmp_path):
    own = tmp_path / "programmes"
    own.mkdir()
    (own / "small.yaml").write_text(SMALL)
    (own / "breath-lamp.yaml").write_text(
        changed(("id: small", "id: breath-lamp"), ("title: Small", "title: My"))
    )
    catalogue = catalogue_in(tmp_path)
    assert catalogue.load("small").score.title == "Small Night"
    assert catalogue.load("breath-lamp").score.title == "My Night"


def test_a_script_that_is_not_called_by_its_id_says_how_to_call_it(tmp_path):
    (tmp_path / "programmes").mkdir()
    (tmp_path / "programmes" / "copy.yaml").write_text(SMALL)
    with pytest.raises(CannotPlay, match=r"copy.yaml:2: id: .*must be called small.yaml"):
        catalogue_in(tmp_path).load("copy")


def test_a_script_with_mistakes_cannot_be_played(tmp_path):
    own = tmp_path / "programmes"
    own.mkdir()
    (own / "small.yaml").write_text(changed(("peak: 26", "peak: 99")))
    with pytest.raises(CannotPlay, match="over the cap"):
        catalogue_in(tmp_path).load("small")
    with pytest.raises(CannotPlay, match="there is no programme 'nothing'"):
        catalogue_in(tmp_path).load("nothing")


@pytest.mark.parametrize("count", [200, 400])
def test_warming_keeps_the_chosen_and_the_next_script(tmp_path, monkeypatch, count):
    own = tmp_path / "programmes"
    own.mkdir()
    (own / "s000.yaml").write_text(changed(("id: small", "id: s000")))
    score = catalogue_in(tmp_path).load("s000").score
    for number in range(count):
        (own / f"s{number:03}.yaml").touch()
    compiled = []
    monkeypatch.setattr(Catalogue, "_score", lambda _, name, waits: compiled.append(name) or score)
    catalogue = catalogue_in(tmp_path)
    first, following = catalogue.load("s007"), catalogue.load("s008")
    catalogue.warm()
    assert len(compiled) == len(set(compiled)) >= 200
    compiled.clear()
    for _ in range(2):
        assert (catalogue.load("s007"), catalogue.load("s008")) == (first, following)
    assert compiled == []


def test_a_script_that_was_just_played_outlives_those_that_were_not(tmp_path, monkeypatch):
    monkeypatch.setattr("nidra_box.library.catalogue.KEPT_SCORES", 2)
    catalogue, compiled = catalogue_in(tmp_path), []
    real = Catalogue._score
    monkeypatch.setattr(
        Catalogue,
        "_score",
        lambda shelf, name, waits: compiled.append(name) or real(shelf, name, waits),
    )
    for name in ("breath-lamp", "lower-back-night", "breath-lamp", "set-it-down", "breath-lamp"):
        catalogue.load(name)
    assert compiled == ["breath-lamp", "lower-back-night", "set-it-down"]


def test_settings_that_are_read_again_warm_the_scripts_again(tmp_path):
    (tmp_path / "box.yaml").write_text("format: nidra-box-config/1\n")
    catalogue, warmed = catalogue_in(tmp_path), Event()
    loaded = catalogue.load("breath-lamp")
    with patch.object(Catalogue, "warm", lambda _: warmed.set()):
        assert (
            reload_settings(tmp_path / "box.yaml", catalogue, QueueInbox(SystemClock()))[0]
            is not None
        )
        assert warmed.wait(5)
    assert catalogue.load("breath-lamp") is not loaded


def test_any_file_is_a_programme(tmp_path):
    tone_file(tmp_path / "library" / "My Rain.flac", 30, 44_100)
    outline = catalogue_in(tmp_path).load("My Rain.flac")
    score = outline.score
    assert outline.title == "My Rain"
    assert outline.keeps_place
    assert score.frames == 30 * RATE_HZ
    assert score.tracks[0].end == score.frames
    assert max(score.lightness(t / 10) for t in range(300)) > 20


@pytest.mark.parametrize("seconds", [10, 90, 1200, 1201, 29_244, 12 * 3600])
def test_a_recording_breathes_for_twenty_minutes_and_is_then_dark(seconds):
    score = score_by_header("x.flac", seconds * RATE_HZ)
    lit = min(seconds, 1200)
    levels = [score.lightness(t) for t in np.arange(0, seconds, max(0.05, seconds / 20_000))]
    assert max(levels) <= 36.0
    assert score.lightness(lit + 0.01) == 0.0
    assert score.light.is_dark(lit, seconds)
    assert score.stages[-1].end == score.frames
    assert any(s.is_sleep for s in score.stages) == (seconds > 1200)
    if seconds >= 1200:
        assert 60 / score.breath_at(10).period_s == pytest.approx(11)
        assert 60 / score.breath_at(1190).period_s == pytest.approx(6)


def test_every_bad_file_is_refused_in_one_line_and_the_good_one_plays(tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    catalogue = catalogue_in(tmp_path)
    for name in bad_files(library):
        with pytest.raises(CannotPlay) as refused:
            catalogue.load(name)
        assert "\n" not in str(refused.value)
    assert catalogue.load("good.flac").score.frames == 12 * RATE_HZ


def sparse_wav(path, seconds, rate=8000):
    """A long silent WAV that takes no room on the disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    size = round(seconds * rate) * 2
    with path.open("wb") as stream:
        stream.write(b"RIFF" + struct.pack("<I", 36 + size) + b"WAVEfmt ")
        stream.write(struct.pack("<IHHIIHH", 16, 1, 1, rate, rate * 2, 2, 16))
        stream.write(b"data" + struct.pack("<I", size))
        stream.truncate(44 + size)


@pytest.mark.parametrize(
    ("seconds", "reason"), [(9.0, "only 9.0 s"), (12.5 * 3600, "at most 12 hours")]
)
def test_too_short_and_too_long_are_refused(tmp_path, seconds, reason):
    sparse_wav(tmp_path / "library" / "x.wav", seconds)
    with pytest.raises(CannotPlay, match=reason):
        catalogue_in(tmp_path).load("x.wav")


def test_a_recording_that_was_replaced_is_looked_at_again(tmp_path):
    path = tmp_path / "library" / "x.flac"
    tone_file(path, 12)
    catalogue = catalogue_in(tmp_path)
    assert catalogue.load("x.flac").score.frames == 12 * RATE_HZ
    tone_file(path, 20)
    assert catalogue.load("x.flac").score.frames == 20 * RATE_HZ


def test_ten_thousand_recordings_cost_nothing_until_one_is_chosen(tmp_path):
    library = tmp_path / "library"
    library.mkdir()
    for number in range(10_000):
        (library / f"{number:05}.flac").touch()
    opened = []
    catalogue = catalogue_in(tmp_path)
    catalogue.shelf = Shelf(catalogue.folders, lambda folders, name: opened.append(name))
    assert len(catalogue.ids()) == 10_000 + len(catalogue.scripts())
    assert opened == []


@pytest.mark.parametrize("name", ["../../etc/passwd.flac", "/etc/x.flac", "..", "a/b.flac"])
def test_no_name_leads_out_of_the_library(tmp_path, name):
    with pytest.raises(BadSound, match="not a file of the library"):
        catalogue_in(tmp_path).open_source(f"track:{name}")


def test_what_is_a_recording():
    assert is_recording("a.FLAC")
    assert is_recording("b.opus")
    assert not is_recording("c.yaml")
    assert not is_recording(".a.flac")


def test_a_stage_may_hold_a_recording_with_its_breath(tmp_path):
    own = tmp_path / "programmes"
    own.mkdir()
    tone_file(tmp_path / "library" / "mine.flac", 120)
    (tmp_path / "library" / "mine.cues").write_text(
        "0:05 inhale\n0:09 exhale\n0:15 inhale\n0:19 exhale\n0:26 inhale\n"
    )
    text = changed(
        (
            '  cues:\n  - {say: "Nothing more to do.", pause: flex}\n',
            "  track: {file: mine.flac, breath: mine.cues}\n",
        ),
        ("  pace: {breath: long-out, rate: [10, 8]}\n", ""),
    )
    (own / "small.yaml").write_text(text)
    catalogue = catalogue_in(tmp_path)
    score = catalogue.load("small").score
    assert score.breath_at(60 + 7).part == "inhale"
    assert score.breath_at(60 + 12).part == "exhale"
    (tmp_path / "library" / "mine.cues").write_text("0:05 inhail\n")
    catalogue.forget()
    with pytest.raises(CannotPlay, match=r"mine.cues:1"):
        catalogue.load("small")


# -- voices ----------------------------------------------------------------------------------


def test_a_manifest_is_read_as_it_was_written(tmp_path):
    voice = Voice(
        "x", "festival slt", "CC-BY-4.0", (VoiceClip("a.opus", "Hello.", "k", 48_000, -20.0, -4.0),)
    )
    write_voice(tmp_path, voice)
    assert read_voice(tmp_path) == voice
    assert read_voice(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    "content",
    [
        "{",
        "[]",
        '{"format": "x"}',
        '{"format": "nidra-voice/1", "clips": [{}]}',
        '{"format": "nidra-voice/1", "clips": 3, "programme": "x", "engine": "", "licence": ""}',
    ],
)
def test_a_damaged_manifest_is_said_to_be_one(tmp_path, content):
    (tmp_path / "manifest.json").write_text(content)
    with pytest.raises(ValueError, match=r"manifest|nidra-voice"):
        read_voice(tmp_path)


def test_a_clip_never_lies_outside_its_folder(tmp_path):
    write_voice(tmp_path, Voice("x", "e", "l", (VoiceClip("a.opus", "w", "k", 10, -20.0, -4.0),)))
    content = json.loads((tmp_path / "manifest.json").read_text())
    content["clips"][0]["file"] = "../../secret"
    (tmp_path / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(ValueError, match="not a clip beside it"):
        read_voice(tmp_path)


def test_a_person_s_own_voice_comes_before_the_shipped_one(tmp_path):
    shutil.copytree(ROOT / "audio/voice/lower-back-night", tmp_path / "voice/lower-back-night")
    path = tmp_path / "voice/lower-back-night/manifest.json"
    path.write_text(path.read_text().replace("festival cmu_us_slt_arctic_hts", "me"))
    assert catalogue_in(tmp_path).voice("lower-back-night").engine.startswith("me")


def own_copy(folder):
    """A person's own voice of lower-back-night: the shipped clips under another name."""
    own = folder / "voice/lower-back-night"
    shutil.copytree(ROOT / "audio/voice/lower-back-night", own)
    path = own / "manifest.json"
    path.write_text(path.read_text().replace("festival cmu_us_slt_arctic_hts", "me"))
    return own


def without(own, number):
    """The manifest of `own` no longer knows its clip `number`; gives its words."""
    content = json.loads((own / "manifest.json").read_text())
    clip = content["clips"].pop(number)
    (own / "manifest.json").write_text(json.dumps(content))
    return clip["words"]


def speaker(catalogue):
    script, _, _ = catalogue.compile(catalogue.scripts()["lower-back-night"])
    words = [spoken_words(cue) for _, cue in script.spoken()]
    return catalogue.voice("lower-back-night", words).engine.split()[0], words


def test_a_person_s_own_voice_speaks_where_it_is_complete(tmp_path):
    own = own_copy(tmp_path)
    catalogue = catalogue_in(tmp_path)
    assert speaker(catalogue)[0] == "me"
    without(own, 7)
    assert speaker(catalogue)[0] == "festival"
    score = catalogue.load("lower-back-night").score
    assert all(clip.source for clip in score.clips)  # no cue is silent


def test_a_voice_whose_clips_are_lost_is_not_complete(tmp_path):
    own = own_copy(tmp_path)
    next(own.glob("eyes-*.opus")).unlink()
    assert speaker(catalogue_in(tmp_path))[0] == "festival"


def test_of_two_incomplete_voices_the_one_that_lacks_fewer_speaks(tmp_path):
    own = own_copy(tmp_path)
    text = (ROOT / "audio/programmes/lower-back-night.yaml").read_text()
    (tmp_path / "programmes").mkdir()
    for old, new in (("Unhook the jaw.", "Let go of the jaw."), ("Sleep well.", "Good night.")):
        text = text.replace(old, new)
    (tmp_path / "programmes/lower-back-night.yaml").write_text(text)
    catalogue = catalogue_in(tmp_path)
    assert speaker(catalogue)[0] == "me"  # both lack two
    without(own, 3)
    assert speaker(catalogue)[0] == "festival"


def test_a_damaged_voice_of_one_s_own_is_passed_over(tmp_path):
    own = own_copy(tmp_path)
    (own / "manifest.json").write_text("{")
    assert speaker(catalogue_in(tmp_path))[0] == "festival"
    other = tmp_path / "voice/mine"
    own.rename(other)
    with pytest.raises(ValueError, match="cannot be read as a voice manifest"):
        catalogue_in(tmp_path).voice("mine")


def test_a_voice_of_another_programme_is_none(tmp_path):
    own = own_copy(tmp_path)
    path = own / "manifest.json"
    path.write_text(path.read_text().replace('"lower-back-night"', '"../../secret"', 1))
    assert speaker(catalogue_in(tmp_path))[0] == "festival"


@pytest.mark.parametrize("name", ["voice:../x/a.opus", "voice:x/../a.opus", "voice:x", "voice:"])
def test_a_clip_is_never_looked_for_elsewhere(tmp_path, name):
    with pytest.raises(BadSound):
        catalogue_in(tmp_path).open_source(name)


def test_why_a_voice_of_one_s_own_does_not_speak_is_said(tmp_path):
    own = own_copy(tmp_path)
    catalogue = catalogue_in(tmp_path)
    words = speaker(catalogue)[1]
    assert why_not(own, catalogue.voice("lower-back-night", words), words) == ""
    lost = without(own, 7)
    assert why_not(own, catalogue.voice("lower-back-night", words), words) == (
        f"your own voice is not used: it lacks 1 of 57 cues, such as {lost!r}"
    )
    (own / "manifest.json").write_text("{")
    assert "cannot be read" in why_not(own, catalogue.voice("lower-back-night", words), words)
    assert why_not(tmp_path, catalogue.voice("lower-back-night", words), words) == ""


def test_a_missing_voice_is_a_missing_source(tmp_path):
    catalogue = catalogue_in(tmp_path)
    with pytest.raises(BadSound, match="is missing"):
        catalogue.open_source("voice:lower-back-night/nothing.opus")
    with pytest.raises(BadSound, match="not a sound that we know"):
        catalogue.open_source("bed:purple")
    with pytest.raises(BadSound):
        catalogue.open_source("bed:brown")  # not made yet
