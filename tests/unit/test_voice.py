"""Words to clips: only what changed, every clip at its level, nothing half written."""

import json
import os
import re
import sys

import numpy as np
import pytest
import soundfile

from nidra_box.cli import main
from nidra_box.library.voices import read_voice, unspoken, unused
from nidra_box.sound.loudness import integrated_lufs, true_peak_db
from nidra_box.studio.voice.build import build, titles_of_recordings, wanted_clips
from nidra_box.studio.voice.engines import ENGINES, Engine, EngineError, piper, speaking
from nidra_box.studio.voice.process import high_pass, process, trim
from nidra_box.units import RATE_HZ
from tests.support.box import ROOT, shipped_catalogue
from tests.support.scripts import changed, read

SCRIPT, _ = read()


class Beeps:
    """An engine that beeps once for every word, after and before some silence."""

    name, settings, licence = "beeps", "1", "CC0-1.0"

    def __init__(self):
        self.said = []

    def speak(self, words):
        self.said.append(words)
        count = len(words.split())
        t = np.arange(count * RATE_HZ // 3)
        beeps = (
            0.2 * np.sin(2 * np.pi * 300 * t / RATE_HZ) * (np.sin(np.pi * t / (RATE_HZ / 3)) ** 2)
        )
        silence = np.zeros(RATE_HZ // 2)
        return np.concatenate((silence, beeps, silence))[:, None].astype(np.float32)


def test_a_build_renders_every_cue_once(tmp_path):
    engine = Beeps()
    built = build(SCRIPT, tmp_path, engine)
    assert engine.said == [
        "Small Night.",
        "Leave out whatever hurts.",
        "Breathe out.",
        "Nothing more to do.",
    ]
    assert len(built.rendered) == 4
    voice = read_voice(tmp_path)
    assert unspoken(SCRIPT, voice) == unused(SCRIPT, voice) == []
    for clip in voice.clips:
        sound, rate = soundfile.read(tmp_path / clip.file, always_2d=True)
        assert (rate, len(sound)) == (RATE_HZ, clip.frames)
        assert integrated_lufs(sound) == pytest.approx(-20, abs=0.5)
        assert clip.true_peak_db <= -3


def test_nothing_changed_is_nothing_rendered(tmp_path):
    build(SCRIPT, tmp_path, Beeps())
    stamps = {name: os.stat(tmp_path / name).st_mtime_ns for name in os.listdir(tmp_path)}
    engine = Beeps()
    built = build(SCRIPT, tmp_path, engine)
    assert engine.said == []
    assert len(built.kept) == 4
    assert stamps == {name: os.stat(tmp_path / name).st_mtime_ns for name in os.listdir(tmp_path)}


def test_one_word_is_one_clip(tmp_path):
    build(SCRIPT, tmp_path, Beeps())
    script, _ = read(changed(("Breathe out.", "Breathe away.")))
    voice = read_voice(tmp_path)
    assert [line for line, _ in unspoken(script, voice)] == [script.spoken()[1][1].line]
    assert unused(script, voice) == ["a clip says what nobody is to say: 'Breathe out.'"]
    engine = Beeps()
    built = build(script, tmp_path, engine)
    assert engine.said == ["Breathe away."]
    assert (len(built.rendered), len(built.kept), len(built.removed)) == (1, 3, 1)
    assert unspoken(script, read_voice(tmp_path)) == []


def test_a_clip_that_was_lost_is_rendered_again(tmp_path):
    built = build(SCRIPT, tmp_path, Beeps())
    (tmp_path / built.rendered[1]).unlink()
    assert len(build(SCRIPT, tmp_path, Beeps()).rendered) == 1


@pytest.mark.slow
def test_another_engine_is_another_voice(tmp_path):
    build(SCRIPT, tmp_path, Beeps())
    other = Beeps()
    other.settings = "2"
    assert len(build(SCRIPT, tmp_path, other).rendered) == 4


def test_spelling_for_the_engine_is_what_is_spoken(tmp_path):
    script, _ = read(
        changed(('say: "Breathe out."', 'say: "Breathe out.", say_tts: "Breeth out."'))
    )
    engine = Beeps()
    build(script, tmp_path, engine)
    assert "Breeth out." in engine.said


def test_an_engine_that_fails_leaves_what_was_there(tmp_path):
    build(SCRIPT, tmp_path, Beeps())
    before = read_voice(tmp_path)

    class Mute(Beeps):
        def speak(self, words):
            raise EngineError("no voice")

    script, _ = read(changed(("Breathe out.", "Breathe away.")))
    with pytest.raises(EngineError):
        build(script, tmp_path, Mute())
    assert read_voice(tmp_path) == before
    assert not [name for name in os.listdir(tmp_path) if name.endswith(".part")]


@pytest.mark.parametrize("ending", [EngineError("no voice"), KeyboardInterrupt()])
def test_a_build_that_ends_early_leaves_no_folder(tmp_path, ending):
    class Tired(Beeps):
        def speak(self, words):
            if len(self.said) == 2:
                raise ending
            return super().speak(words)

    with pytest.raises(type(ending)):
        build(SCRIPT, tmp_path / "voices" / "small", Tired())
    assert os.listdir(tmp_path) == []


def test_sounds_of_somebody_else_stay(tmp_path):
    (tmp_path / "my-song.opus").write_bytes(b"la")
    (tmp_path / "gone-0123abcd.opus").write_bytes(b"")
    assert build(SCRIPT, tmp_path, Beeps()).removed == ("gone-0123abcd.opus",)
    assert (tmp_path / "my-song.opus").read_bytes() == b"la"


def test_an_engine_that_is_not_there_says_how_to_get_it():
    engine = Engine("robot", "x", "no-such-program", "robot-voice", "none", ())
    with pytest.raises(EngineError, match="apt install robot-voice"):
        engine.speak("Hello.")


# -- piper -----------------------------------------------------------------------------------

PIPER = """#!{python}
import json, sys
import numpy, soundfile
arguments, words = sys.argv[1:], sys.stdin.read()
with open({log!r}, "a") as log:
    log.write(json.dumps([arguments, words]) + "\\n")
if "FAIL" in words:
    sys.exit("it broke\\nbadly")
if "MUTE" in words:
    sys.exit(0)
slow = float(arguments[arguments.index("--length_scale") + 1]) / 1.3
t = numpy.arange(int(22050 * len(words.split()) / 3 * slow)) / 22050
level = 0.0 if "HUSH" in words else 0.3
out = arguments[arguments.index("--output_file") + 1]
sound = level * numpy.sin(2000 * t) * numpy.sin(9 * t)
soundfile.write(out, numpy.pad(sound, 4410), 22050)
"""


@pytest.fixture
def piper_here(tmp_path, monkeypatch):
    """A program `piper` in the path, with a model; gives the model and what it was asked."""
    place = tmp_path / "bin"
    place.mkdir()
    log = tmp_path / "asked.jsonl"
    (place / "piper").write_text(PIPER.format(python=sys.executable, log=str(log)))
    (place / "piper").chmod(0o755)
    monkeypatch.setenv("PATH", f"{place}:{os.environ['PATH']}")
    model = tmp_path / "my voice; rm -rf $HOME.onnx"
    model.write_bytes(b"weights")
    (tmp_path / f"{model.name}.json").write_text("{}")

    def asked():
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    return model, asked


@pytest.mark.slow
def test_piper_speaks_with_the_person_s_own_model(tmp_path, piper_here):
    model, asked = piper_here
    engine = piper(model)
    built = build(SCRIPT, tmp_path / "out", engine)
    assert len(built.rendered) == 4
    assert [words for _, words in asked()] == [
        "Small Night.\n",
        *(f"{cue.text}\n" for _, cue in SCRIPT.spoken()),
    ]
    for arguments, _ in asked():
        assert arguments[:4] == ["--model", str(model), "--length_scale", "1.3"]
    for clip in built.voice.clips:
        assert clip.lufs == pytest.approx(-20, abs=0.5)
        assert clip.frames / RATE_HZ == pytest.approx(len(clip.words.split()) / 3, abs=0.35)
    assert built.voice.licence == "voice: the licence of your model"
    assert "my voice; rm -rf $HOME.onnx" in built.voice.engine


@pytest.mark.slow
def test_another_model_of_the_same_name_is_another_voice(tmp_path, piper_here):
    model, asked = piper_here
    build(SCRIPT, tmp_path / "out", piper(model))
    assert len(build(SCRIPT, tmp_path / "out", piper(model)).kept) == 4
    model.write_bytes(b"other weights")
    assert len(build(SCRIPT, tmp_path / "out", piper(model)).rendered) == 4
    assert len(build(SCRIPT, tmp_path / "out", piper(model, 1.5)).rendered) == 4
    settings = model.with_name(model.name + ".json")
    settings.write_text("{ }")
    assert len(build(SCRIPT, tmp_path / "out", piper(model, 1.5)).rendered) == 4
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in (model, settings):
        path.rename(elsewhere / path.name)
    assert len(build(SCRIPT, tmp_path / "out", piper(elsewhere / model.name, 1.5)).kept) == 4


@pytest.mark.slow
@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("FAIL", "piper failed: badly"),
        ("MUTE", "piper failed: no sound"),
        ("HUSH", "piper said nothing but silence: 'Breathe HUSH out.'"),
    ],
)
def test_what_piper_does_not_say_is_said(tmp_path, piper_here, word, hint):
    script, _ = read(changed(("Breathe out.", f"Breathe {word} out.")))
    with pytest.raises(EngineError, match=hint):
        build(script, tmp_path / "out", piper(piper_here[0]))
    assert read_voice(tmp_path / "out") is None


def test_a_model_is_two_files_and_piper_is_not_the_one_about_mice(tmp_path, monkeypatch):
    with pytest.raises(EngineError, match=r"x\.onnx: there is no such file"):
        piper(tmp_path / "x.onnx")
    (tmp_path / "x.onnx").write_bytes(b"w")
    with pytest.raises(EngineError, match=r"x\.onnx\.json: there is no such file"):
        piper(tmp_path / "x.onnx")
    (tmp_path / "x.onnx.json").write_text("{}")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(EngineError, match=r"install piper-tts \(the Debian package"):
        piper(tmp_path / "x.onnx").speak("Hello.")


@pytest.mark.slow
def test_the_command_builds_with_piper_and_says_what_is_too_long(
    tmp_path, piper_here, monkeypatch, capsys
):
    model, _ = piper_here
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    path = tmp_path / "small.yaml"
    path.write_text(
        changed(
            ('"Leave out whatever hurts.", pause: 10', '"Leave out whatever hurts.", pause: 51'),
            ("{silence: 8}", "{silence: 6}"),
            ("Breathe out.", "Out."),
            (", sync: exhale", ""),
        )
    )
    words = ["voice", "build", str(path), "--engine", "piper", "--model", str(model)]
    assert main(words) == 0
    assert capsys.readouterr().out == "small: 4 rendered, 0 kept, 0 removed\n"
    assert main([*words, "--stretch", "3"]) == 1
    said = capsys.readouterr()
    assert said.out == "small: 4 rendered, 0 kept, 4 removed\n"
    # 57 s of pauses; 3.1 + 0.8 s of words, a little less when trimmed, in a stage of 60 s
    line = re.fullmatch(
        r"cue 1 \(arrive\) takes 3\.\d s, (0\.[789]|1\.0) s too long for its place: "
        r"'Leave out whatever hurts\.'",
        said.err.splitlines()[-1],
    )
    assert line, said.err


# -- eSpeak ----------------------------------------------------------------------------------


def test_espeak_has_a_voice_for_the_language_of_the_script():
    engine = speaking(ENGINES["espeak"], "pt-BR")
    assert engine.arguments[:2] == ("-v", "pt-br")
    assert engine.settings == "espeak-ng pt-br -s 100"
    assert speaking(ENGINES["espeak"], "en") is ENGINES["espeak"]
    assert speaking(ENGINES["flite"], "de") is ENGINES["flite"]


@pytest.mark.skipif(not ENGINES["espeak"].is_installed(), reason="eSpeak NG is not installed")
def test_espeak_speaks_at_the_pace_of_a_guided_rest():
    words = "Deep down, between ribs and thighs, a rope goes slack."
    seconds = len(trim(ENGINES["espeak"].speak(words))) / RATE_HZ
    assert 95 < len(words.split()) * 60 / seconds < 135
    with pytest.raises(EngineError, match="espeak failed"):
        speaking(ENGINES["espeak"], "xx").speak("Hello.")


# -- processing ------------------------------------------------------------------------------


def test_silence_at_both_ends_goes_and_the_edges_are_soft():
    clip = process(Beeps().speak("one two three"), -20.0)
    assert 0.9 * RATE_HZ < len(clip) < 1.1 * RATE_HZ
    assert np.abs(clip[0]).max() == 0
    assert np.abs(clip[-1]).max() < 1e-3
    assert integrated_lufs(clip) == pytest.approx(-20.0, abs=0.05)


def test_peaks_stay_under_the_limit_at_the_right_loudness():
    rng = np.random.default_rng(1)
    clicks = np.zeros((RATE_HZ * 2, 1), np.float32)
    clicks[:, 0] = 0.02 * np.sin(2 * np.pi * 300 * np.arange(RATE_HZ * 2) / RATE_HZ)
    clicks[rng.integers(1000, RATE_HZ * 2 - 1000, 40)] = 0.9
    clip = process(clicks, -20.0)
    assert true_peak_db(clip) <= -3.5


def test_rumble_is_taken_out_and_speech_left():
    t = np.arange(RATE_HZ)[:, None] / RATE_HZ
    rumble = high_pass(np.sin(2 * np.pi * 20 * t).astype(np.float32))[4800:-4800]
    voice = high_pass(np.sin(2 * np.pi * 250 * t).astype(np.float32))[4800:-4800]
    assert np.abs(rumble).max() < 0.1
    assert np.abs(voice).max() > 0.97


def test_nothing_but_silence_is_refused():
    with pytest.raises(ValueError, match="silence"):
        trim(np.zeros((RATE_HZ, 1), np.float32))


# -- what is shipped -------------------------------------------------------------------------


def shipped():
    catalogue = shipped_catalogue()
    for name, path in catalogue.scripts().items():
        script, _, _ = catalogue.compile(path)
        if script.spoken():
            yield name, script, catalogue.voice(name)


def test_every_shipped_clip_says_the_words_of_its_script():
    for _, script, voice in shipped():
        assert unspoken(script, voice) == unused(script, voice) == []
        keys = wanted_clips(script, ENGINES["festival"])
        assert {clip.key: clip.file for clip in voice.clips} == {
            k: name for k, (_, name) in keys.items()
        }


def test_every_shipped_title_of_a_recording_says_its_words():
    voice = read_voice(ROOT / "audio/voice/recordings")
    wanted = titles_of_recordings(ENGINES["festival"])
    assert [(clip.key, clip.words, clip.file) for clip in voice.clips] == [
        (key, *clip) for key, clip in wanted.clips.items()
    ]


def test_the_licence_stands_beside_every_voice():
    recordings = ("recordings", None, read_voice(ROOT / "audio/voice/recordings"))
    for name, _, voice in [*shipped(), recordings]:
        assert "CC-BY-4.0" in voice.licence
        text = (ROOT / "audio/voice" / name / "LICENCE").read_text()
        assert "CC-BY-4.0" in text
        assert "Carnegie Mellon" in text
        manifest = json.loads((ROOT / "audio/voice" / name / "manifest.json").read_text())
        assert manifest["licence"] == voice.licence


@pytest.mark.skipif(not ENGINES["festival"].is_installed(), reason="Festival is not installed")
def test_festival_speaks():
    sound = ENGINES["festival"].speak("Let your jaw hang.")
    assert 0.8 * RATE_HZ < len(trim(sound)) < 3 * RATE_HZ


@pytest.mark.skipif(not ENGINES["flite"].is_installed(), reason="Flite is not installed")
def test_flite_speaks():
    assert len(trim(ENGINES["flite"].speak("Let your jaw hang."))) > 0.5 * RATE_HZ
