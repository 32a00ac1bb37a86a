"""Your own recordings: taken in wholly, or named with all that is wrong and not at all."""

import os

import numpy as np
import pytest
import soundfile

from nidra_box.cli import main
from nidra_box.library.voices import read_voice, unspoken, unused
from nidra_box.score.compile import breath_of
from nidra_box.sound.loudness import integrated_lufs, noise_floor_dbfs, true_peak_db
from nidra_box.studio.voice import gather
from nidra_box.studio.voice.cues import cues_of
from nidra_box.units import RATE_HZ
from tests.support.box import catalogue_in
from tests.support.scripts import SMALL, read
from tests.support.spoken import RATE, folder_of, long_take, take_of, write

SCRIPT, _ = read()
CUES = cues_of(SCRIPT, breath_of(SCRIPT, {}))
LENGTHS = {1: 3.0, 2: 1.5, 3: 2.2}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A person's own data folder with a small programme of their own in it."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    data = tmp_path / "data" / "nidra-box"
    (data / "programmes").mkdir(parents=True)
    (data / "programmes" / "small.yaml").write_text(SMALL)
    return data


@pytest.fixture
def take(capsys, home):
    """`voice take small PLACE`: (exit code, what was said on stderr)."""

    def run(place, *more):
        code = main(["voice", "take", "small", str(place), *more])
        said = capsys.readouterr()
        return code, said.err if code else said.out + said.err

    return run


def tree(folder):
    return {
        path.relative_to(folder): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def check_voice(home, lengths=LENGTHS):
    """Every clip is as the manifest says, at its level, of the length that was recorded."""
    folder = home / "voice" / "small"
    voice = read_voice(folder)
    assert voice.is_recorded
    assert unspoken(SCRIPT, voice) == unused(SCRIPT, voice) == []
    assert [clip.words for clip in voice.clips] == [cue.words for cue in CUES]
    for clip, length in zip(voice.clips, lengths.values(), strict=True):
        sound, rate = soundfile.read(folder / clip.file, dtype="float32", always_2d=True)
        assert (rate, sound.shape) == (RATE_HZ, (clip.frames, 1))
        assert clip.frames / RATE_HZ == pytest.approx(length + 0.06, abs=0.03)
        assert integrated_lufs(sound) == pytest.approx(-20.0, abs=0.5)
        assert true_peak_db(sound) <= -3.0
        assert noise_floor_dbfs(sound) <= -60.0
    return voice


# -- what is taken ---------------------------------------------------------------------------


@pytest.mark.slow
def test_a_folder_with_a_file_for_each_cue_is_taken(take, home, tmp_path):
    """In stage arrive the second cue waits for the out-breath at 27 s and ends at 28.6 of 60."""
    code, said = take(folder_of(tmp_path / "in", CUES, LENGTHS))
    assert code == 0
    assert said.splitlines()[0] == (
        "small: 3 cues taken, 0:07 of words; the pauses adapt, the shortest to 31.4 s"
    )
    voice = check_voice(home)
    assert {p.name for p in (home / "voice/small").iterdir()} == {
        "manifest.json",
        *(clip.file for clip in voice.clips),
    }
    assert os.listdir(home / "voice") == ["small"]
    assert catalogue_in(home).voice("small").is_recorded


@pytest.mark.slow
def test_names_only_need_to_begin_with_the_number_of_their_cue(take, home, tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    write(folder / "1.wav", take_of(3.0))
    write(folder / "02 take2.flac", take_of(1.5))
    write(folder / "003-at last.ogg", take_of(2.2), subtype="VORBIS", format="OGG")
    (folder / "notes.txt").write_text("the cat")
    (folder / ".DS_Store").write_bytes(b"\0")
    code, said = take(folder)
    assert code == 0, said
    check_voice(home)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "rate", "how"),
    [
        ("1.wav", 16_000, {}),
        ("1.wav", 44_100, {"subtype": "FLOAT"}),
        ("1.aiff", 96_000, {}),
        ("1.flac", 192_000, {}),
        ("1.mp3", 44_100, {"subtype": "MPEG_LAYER_III", "format": "MP3"}),
        ("1.opus", 48_000, {"subtype": "OPUS", "format": "OGG"}),
    ],
)
def test_any_format_and_rate_that_can_be_read(take, home, tmp_path, name, rate, how):
    folder = folder_of(tmp_path / "in", CUES, LENGTHS)
    (folder / "01.wav").unlink()
    write(folder / name, take_of(3.0, rate), rate, **how)
    code, said = take(folder)
    assert code == 0, said
    check_voice(home)


@pytest.mark.slow
def test_stereo_is_mixed_down_and_that_is_said(take, home, tmp_path):
    folder = folder_of(tmp_path / "in", CUES, LENGTHS)
    write(folder / "02.wav", np.stack((take_of(1.5), 0.3 * take_of(1.5)), axis=1))
    code, said = take(folder)
    assert code == 0
    assert "stereo, mixed down to one channel: 02.wav" in said.splitlines()
    check_voice(home)


@pytest.mark.slow
def test_one_long_recording_is_split_at_its_silences(take, home, tmp_path):
    path = write(tmp_path / "all.flac", long_take([3.0, 1.5, 2.2], [3.0, 2.4]))
    code, said = take(path)
    assert code == 0, said
    check_voice(home)


@pytest.mark.slow
def test_pauses_between_two_sentences_part_no_cue(take, home, tmp_path):
    path = write(tmp_path / "all.wav", long_take([1.0, 1.0, 1.5, 2.2], [1.0, 3.0, 3.0]))
    code, said = take(path)
    assert code == 0, said
    check_voice(home)
    code, said = take(path, "--silence", "0.8")
    assert code == 1
    assert "4 pieces between silences of 0.8 s, but 3 cues; --silence 2 would give 3" in said


@pytest.mark.slow
def test_the_wrong_number_of_pieces_is_said_with_their_places(take, home, tmp_path):
    path = write(tmp_path / "all.wav", long_take([3.0, 1.5, 2.2], [3.0, 1.2]))
    code, said = take(path)
    assert code == 1
    assert said.splitlines() == [
        "all.wav: 2 pieces between silences of 2 s, but 3 cues; --silence 0.7 would give 3; "
        "found at 0:01.0–0:04.0, 0:07.0–0:11.9",
        "nidra-box: nothing was taken; what was there is as it was",
    ]
    assert not (home / "voice").exists()
    assert take(path, "--silence", "0.8")[0] == 0
    check_voice(home)


@pytest.mark.slow
def test_a_new_take_replaces_the_old_one_and_leaves_its_clips_for_one_more(take, home, tmp_path):
    folder = folder_of(tmp_path / "in", CUES, LENGTHS)
    take(folder)
    first = check_voice(home)
    write(folder / "02.wav", take_of(2.5, seed=9))
    take(folder)
    second = check_voice(home, {**LENGTHS, 2: 2.5})
    assert [a == b for a, b in zip(first.clips, second.clips, strict=True)] == [True, False, True]
    there = {path.name for path in (home / "voice/small").glob("*.opus")}
    assert there == {clip.file for clip in (*first.clips, *second.clips)}
    take(folder)
    there = {path.name for path in (home / "voice/small").glob("*.opus")}
    assert there == {clip.file for clip in second.clips}


# -- what is refused -------------------------------------------------------------------------


def missing(folder):
    (folder / "02.wav").unlink()


def eight_kilohertz(folder):
    write(folder / "02.wav", take_of(1.5, 8_000), 8_000)


def clipped(folder):
    write(folder / "02.wav", np.clip(take_of(1.5, level=1.4), -1, 1), subtype="PCM_16")


def silent(folder):
    write(folder / "02.wav", np.zeros(3 * RATE))


def only_noise(folder):
    noise = np.random.default_rng(3).standard_normal(3 * RATE)
    write(folder / "02.wav", 0.01 * noise)


def one_too_many(folder):
    write(folder / "04.wav", take_of(1.0))


def no_number(folder):
    write(folder / "again.flac", take_of(1.0))


def two_for_one(folder):
    write(folder / "2 better.wav", take_of(1.5))


def no_sound(folder):
    (folder / "02.wav").write_text("not a sound")


def cut_off(folder):
    path = folder / "02.wav"
    path.write_bytes(path.read_bytes()[:60_000])


def empty(folder):
    (folder / "02.wav").write_bytes(b"")


def raw(folder):
    """Samples alone: nobody can tell their rate."""
    (folder / "02.raw").write_bytes((folder / "02.wav").read_bytes()[44:])
    (folder / "02.wav").unlink()


def a_folder(folder):
    (folder / "02.wav").unlink()
    (folder / "02.wav").mkdir()


def a_pipe(folder):
    (folder / "02.wav").unlink()
    os.mkfifo(folder / "02.wav")


def gone(folder):
    (folder / "02.wav").unlink()
    (folder / "02.wav").symlink_to("/nowhere/at/all.wav")


def six_channels(folder):
    write(folder / "02.wav", np.repeat(take_of(1.5)[:, None], 6, axis=1))


def cancelling(folder):
    write(folder / "02.wav", np.stack((take_of(1.5), -take_of(1.5)), axis=1))


def noisy(folder):
    write(folder / "02.wav", take_of(1.5, noise_dbfs=-42.0))


def too_long(folder):
    write(folder / "02.wav", take_of(48.0))


def far_too_long(folder):
    write(folder / "02.wav", take_of(300.0))


def an_hour(folder):
    write(folder / "02.wav", np.zeros(3600 * 16_000), 16_000)


def a_click(folder):
    sound = np.zeros(RATE)
    sound[5000:5100] = 0.5
    write(folder / "02.wav", sound)


WRONG = [
    (missing, "cue 2 is missing: 'Breathe out.'"),
    (eight_kilohertz, "cue 2 (02.wav): is of 8 kHz, too dull for words: record at 44.1 or 48"),
    (clipped, "cue 2 (02.wav): is clipped at 0:01.0"),
    (silent, "cue 2 (02.wav): is all silence"),
    (only_noise, "cue 2 (02.wav): its noise floor is "),
    (one_too_many, "04.wav: one file too many: there is no cue 4 (1 to 3)"),
    (no_number, "again.flac: one file too many: its name begins with no cue number"),
    (two_for_one, "cue 2 has 2 files, keep one: 2 better.wav, 02.wav"),
    (no_sound, "cue 2 (02.wav): is not a sound file that can be read"),
    (cut_off, "cue 2 (02.wav): is cut off: its header promises"),
    (empty, "cue 2 (02.wav): is empty"),
    (raw, "cue 2 (02.raw): is not a sound file that can be read"),
    (a_folder, "cue 2 (02.wav): is a folder"),
    (a_pipe, "cue 2 (02.wav): is not an ordinary file"),
    (gone, "cue 2 (02.wav): no such file"),
    (six_channels, "cue 2 (02.wav): has 6 channels"),
    (cancelling, "cue 2 (02.wav): its two channels cancel each other"),
    (noisy, "over -50: record the room quieter or closer to the microphone"),
    (too_long, "cue 2 (arrive) takes 48.1 s, "),
    (far_too_long, "cue 2 (02.wav): takes 300.0 s, 261.0 s too long for its place"),
    (an_hour, "cue 2 (02.wav): is 1:00:00 long; at most 10:00"),
    (a_click, "cue 2 (02.wav): nothing in it lasts as long as a word"),
]


OVER_ANOTHER = (missing, eight_kilohertz, clipped, silent, one_too_many, noisy, too_long)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("spoil", "line", "before"),
    [(*each, False) for each in WRONG] + [(*w, True) for w in WRONG if w[0] in OVER_ANOTHER],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_bad_input_is_named_and_nothing_half_written(take, home, tmp_path, spoil, line, before):
    folder = folder_of(tmp_path / "in", CUES, LENGTHS)
    if before:
        assert take(folder)[0] == 0
    was = tree(home)
    spoil(folder)
    code, said = take(folder)
    assert code == 1
    *problems, last = said.splitlines()
    assert len(problems) == 1, said
    assert line in problems[0]
    assert last == "nidra-box: nothing was taken; what was there is as it was"
    assert tree(home) == was


@pytest.mark.slow
def test_how_much_too_long_is_said_to_a_tenth_of_a_second(take, home, tmp_path):
    """Stage arrive has 60 s: 8 of silence, cue 1 and its 10 s, cue 2 at the next out-breath (one
    at 3, 9, 15 … s). After 3 s of words, at 21, that is at 21 or 27; it may take 39 or 33 s."""
    folder = folder_of(tmp_path / "in", CUES, {1: 2.9, 2: 41.0, 3: 2.0})
    code, said = take(folder)
    assert code == 1
    clip_s = 41.0 + 0.06
    assert float(said.split("takes ")[1].split(" s")[0]) == pytest.approx(clip_s, abs=0.06)
    assert float(said.split(" s, ")[1].split(" s")[0]) == pytest.approx(clip_s - 39.0, abs=0.06)


def test_everything_that_is_wrong_is_said_at_once(take, home, tmp_path):
    folder = folder_of(tmp_path / "in", CUES, LENGTHS)
    write(folder / "01.wav", take_of(3.0, 8_000), 8_000)
    (folder / "02.wav").unlink()
    write(folder / "03.wav", np.clip(take_of(2.2, level=1.4, noise_dbfs=-30), -1, 1))
    one_too_many(folder)
    code, said = take(folder)
    assert code == 1
    assert len(said.splitlines()) == 6
    for part in ("8 kHz", "cue 2 is missing", "clipped", "noise floor", "no cue 4", "nothing was"):
        assert part in said
    assert not (home / "voice").exists()


@pytest.mark.slow
def test_a_room_that_is_nearly_quiet_enough_is_warned_of(take, home, tmp_path):
    folder = folder_of(tmp_path / "in", CUES, LENGTHS)
    write(folder / "02.wav", take_of(1.5, noise_dbfs=-57.0))
    code, said = take(folder)
    assert code == 0
    (line,) = [line for line in said.splitlines() if "noise floor" in line]
    assert line.startswith("cue 2 (02.wav): its noise floor is -5")
    assert line.endswith("better would be -60: record the room quieter or closer to the microphone")


@pytest.mark.slow
def test_an_empty_room_that_was_recorded_counts_for_all(take, home, tmp_path):
    folder = folder_of(tmp_path / "in", CUES, LENGTHS)
    write(
        folder / "room.wav", 10 ** (-40 / 20) * np.random.default_rng(4).standard_normal(RATE * 5)
    )
    code, said = take(folder)
    assert code == 1
    assert said.count("its noise floor is") == 3


@pytest.mark.slow
def test_words_of_another_length_than_expected_are_asked_about(take, home, tmp_path):
    code, said = take(folder_of(tmp_path / "in", CUES, {1: 3.0, 2: 9.0, 3: 2.2}))
    assert code == 0
    assert (
        "cue 2 (02.wav): takes 9.1 s where about 1.1 were expected: is it 'Breathe out.'?" in said
    )


@pytest.mark.slow
def test_names_cannot_lead_anywhere_or_break_a_line(take, home, tmp_path):
    folder = folder_of(tmp_path / "in", CUES, LENGTHS)
    (folder / "02.wav").rename(folder / "2 ..\\..\nx;rm -rf $HOME.wav")
    (folder / "03.wav").rename(folder / os.fsdecode(b"3 \xff\xfe.wav"))
    assert take(folder)[0] == 0
    check_voice(home)
    write(folder / "9\n9.wav", take_of(1.0))
    code, said = take(folder)
    assert code == 1
    assert "9\\x0a9.wav: one file too many: there is no cue 9 (1 to 3)" in said


def test_two_hours_are_the_most(take, home, tmp_path, monkeypatch):
    path = write(tmp_path / "all.wav", long_take([3.0, 1.5, 2.2], [3.0, 3.0]))
    monkeypatch.setattr(gather, "LONGEST_FILE_S", 10.0)
    code, said = take(path)
    assert code == 1
    assert "all.wav: is 0:15 long; at most 0:10" in said


@pytest.mark.slow
def test_a_disk_that_fills_up_leaves_what_was_there(take, home, tmp_path, monkeypatch):
    folder = folder_of(tmp_path / "in", CUES, LENGTHS)
    assert take(folder)[0] == 0
    was = tree(home)
    write(folder / "02.wav", take_of(2.0))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("nidra_box.studio.voice.take.write_voice", full)
    code, said = take(folder)
    assert code == 1
    assert said.count("\n") == 1
    assert f"{home}/voice/small: No space left on device" in said
    assert tree(home) == was


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["take", "smal", "x"], 2, "did you mean 'small'"),
        (["take", "mine.flac", "x"], 2, "is a recording"),
        (["take", "small", "/nowhere"], 2, "there is no such folder or file"),
        (["take", "breath-lamp", "/tmp"], 1, "has no words"),
        (["kit", "/nowhere/x.yaml"], 78, "cannot be read"),
        (["kit", "small", "-o", "/nowhere/x.html"], 1, "/nowhere/x.html"),
        (["kit", "small", "-o", "/etc/passwd/x.html"], 1, "/etc/passwd/x.html"),
        (["kit", "small", "-o", "/tmp"], 1, "/tmp"),
        (["take", "small", "x" * 5000], 2, "there is no such folder or file"),
        (["build", "small", "--engine", "piper"], 2, "--model FILE.onnx"),
        (["build", "small", "--model", "x.onnx"], 2, "for --engine piper"),
        (["build", "small", "--engine", "piper", "--model", "/x.onnx"], 1, "no such file"),
    ],
)
def test_what_cannot_be_done_is_one_line(capsys, home, words, code, hint):
    assert main(["voice", *words]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert hint in said.err


def test_a_machine_does_not_replace_a_person_unasked(take, home, tmp_path, capsys):
    assert take(folder_of(tmp_path / "in", CUES, LENGTHS))[0] == 0
    was = tree(home)
    assert main(["voice", "build", "small", "--engine", "flite"]) == 1
    assert "holds your own recordings" in capsys.readouterr().err
    assert tree(home) == was
