"""How much of a programme will be heard: the four commands that are asked say the same."""

import shutil

import pytest

from nidra_box.cli import main
from nidra_box.config import Config
from nidra_box.doctor import content
from nidra_box.doctor.finding import Level
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders
from nidra_box.library.judge import judge
from nidra_box.library.record import Item, write_items
from nidra_box.library.voices import RECORDED, Voice, VoiceClip, write_voice
from tests.support.box import catalogue_in
from tests.support.scripts import SMALL, changed

WORDS = ("Leave out whatever hurts.", "Breathe out.", "Nothing more to do.", "Small Night.")
GONE = ("  light: {pattern: dark}", "  light: {pattern: dark}\n  track: gone.flac")


def with_small(folder, *changes, engine="beeps", words=WORDS):
    """SMALL among a person's own programmes, with a voice that says `words`."""
    (folder / "programmes").mkdir(parents=True)
    (folder / "programmes" / "small.yaml").write_text(changed(*changes) if changes else SMALL)
    voice = folder / "voice" / "small"
    voice.mkdir(parents=True)
    clips = [VoiceClip(f"{n}.opus", said, "k", 48_000, -20, -3) for n, said in enumerate(words)]
    write_voice(voice, Voice("small", engine, "x", tuple(clips)))
    for clip in clips:
        (voice / clip.file).touch()
    return catalogue_in(folder)


def test_a_script_whose_every_word_is_spoken_is_whole(tmp_path):
    judged = judge(with_small(tmp_path), "small")
    assert judged.score is not None
    assert (judged.reason, judged.half, judged.gaps) == ("", "", ())


@pytest.mark.parametrize(
    ("engine", "fix"),
    [("beeps", "nidra-box voice build small"), (RECORDED, "nidra-box voice take small FOLDER")],
)
def test_words_that_were_changed_since_are_a_gap(tmp_path, engine, fix):
    judged = judge(with_small(tmp_path, ("Breathe out.", "Breathe away."), engine=engine), "small")
    assert judged.score is not None
    said = "plays in part: no clip was made from these words: 'Breathe away.'; "
    assert judged.half == said + fix


def test_a_clip_that_is_not_there_any_more_is_a_gap(tmp_path):
    catalogue = with_small(tmp_path)
    (tmp_path / "voice" / "small" / "1.opus").unlink()
    assert "these words: 'Breathe out.'" in judge(catalogue, "small").half


def test_a_script_that_nobody_has_spoken_yet_is_a_gap(tmp_path):
    catalogue = with_small(tmp_path)
    shutil.rmtree(tmp_path / "voice" / "small")
    assert "has no voice yet" in judge(catalogue, "small").half


def test_a_recording_that_is_not_in_the_library_is_a_gap(tmp_path):
    judged = judge(with_small(tmp_path, GONE), "small")
    assert judged.lacks == "the recording gone.flac: no such file or directory"
    assert judged.gaps[0].fix.endswith(f"into {tmp_path / 'library'}")
    assert judged.gaps[0].path == "stages[2].track"


def test_a_recording_that_is_still_to_be_taken_in_or_was_refused_is_a_gap_that_says_so(tmp_path):
    catalogue = with_small(tmp_path, (GONE[0], GONE[1].replace("gone.flac", "memo.m4a")))
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "memo.m4a").write_bytes(b"not what libsndfile reads")
    gap = judge(catalogue, "small").gaps[0]
    assert gap.message == "the recording memo.m4a: is not taken in yet"
    assert gap.fix == "nidra-box programmes says when it is ready"
    (tmp_path / "recordings").mkdir()
    write_items(tmp_path / "recordings", (Item("memo.m4a", "refused", reason="it is a text"),))
    assert judge(catalogue, "small").lacks == "the recording memo.m4a: it is a text"


@pytest.mark.parametrize(("makefile", "fix"), [(True, "make audio"), (False, "voice build small")])
def test_shipped_words_are_spoken_by_make_audio_where_there_is_a_makefile(tmp_path, makefile, fix):
    share = tmp_path / "share"
    (share / "audio" / "programmes").mkdir(parents=True)
    (share / "audio" / "programmes" / "small.yaml").write_text(SMALL)
    if makefile:
        (share / "Makefile").touch()
    judged = judge(Catalogue(Folders.inside(share, tmp_path)), "small")
    assert judged.half.endswith(fix)


def test_what_cannot_be_played_says_why(tmp_path):
    catalogue = with_small(tmp_path, ("peak: 26", "peak: 99"))
    assert judge(catalogue, "small").score is None
    assert "over the cap" in judge(catalogue, "small").reason
    (tmp_path / "library").mkdir()
    (tmp_path / "library" / "bad.flac").write_text("x")
    for name in ("bad.flac", "nothing"):
        assert judge(catalogue, name).score is None
        assert judge(catalogue, name).reason


def test_programmes_show_check_and_doctor_say_the_same(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    catalogue = with_small(tmp_path / "nidra-box", ("Breathe out.", "Breathe away."), GONE)
    said = "no clip was made from these words: 'Breathe away.'"
    for words in (["programmes"], ["programmes", "--json"], ["show", "small"]):
        assert main(words) == 0
        out = capsys.readouterr().out
        assert said in out
        assert "nidra-box voice build small" in out
    path = tmp_path / "nidra-box" / "programmes" / "small.yaml"
    assert main(["check", str(path)]) == 78
    out = capsys.readouterr().out
    assert f"small.yaml:28: voice: {said}; nidra-box voice build small" in out
    assert "stages[2].track: the recording gone.flac: no such file" in out
    [found] = [f for f in content.programmes(catalogue, Config()) if f.subject == "script"]
    assert found.level is Level.WARNING
    assert said in found.message
    assert "and 1 more" in found.message
    assert found.mend == "nidra-box voice build small"
