"""Numbers that are none, text that is none and files that are none, in every field of the three
JSON files that a box reads: state, nights, a voice's manifest."""

import json
import os
from dataclasses import asdict, fields
from pathlib import Path

import pytest

from nidra_box.appliance.after_cut import was_cut
from nidra_box.appliance.memory import Memory, recall
from nidra_box.appliance.presence import StatusFile, ask, claim
from nidra_box.appliance.store import FileStore
from nidra_box.diary.morning import morning_line, night_values
from nidra_box.diary.night_log import Night
from nidra_box.diary.nights import NightFile
from nidra_box.documents.untrusted import is_file_name
from nidra_box.files import read_file
from nidra_box.library.voices import Voice, VoiceClip, choose_voice, read_voice, write_voice
from nidra_box.session import events as e
from nidra_box.session.transitions import step
from tests.unit.test_store import IDLE, OTHER, SOME, Clocks

BAD = {
    "a number of 400 digits": "9" * 400,
    "a number of 5,000 digits": "9" * 5000,
    "more than a float holds": "1e999",
    "not a number": "NaN",
    "minus infinity": "-Infinity",
    "too large for a date": "1e12",
    "a lone surrogate": r'"\ud800"',
    "half of a pair": r'"\udfff"',
    "a list": "[[1]]",
    "an object": '{"a": 1}',
    "deep": "[" * 100_000 + "]" * 100_000,
}
OF_ANOTHER_KIND = {float: ("true", '"1"', "null"), int: ("true", "1.5", "-1", "null")}
OF_ANOTHER_KIND |= {str: ("1", "true", "null"), bool: ("1", '"true"', "null")}
CLIP = VoiceClip("a.opus", "Hello.", "key", 48_000, -20.0, -4.0)
VOICE = Voice("night", "festival", "CC-BY-4.0", (CLIP, CLIP))
MANIFEST = {"format": "nidra-voice/1", **asdict(VOICE)}
LINE = {"started": "2026-11-19T22:41:05+01:00", "started_at": 5.0}


def fields_of(kind):
    return pytest.mark.parametrize("name", [field.name for field in fields(kind)])


def bad_values(example, name):
    """JSON texts that the field `name` must not hold."""
    value = getattr(example, name)
    return [*BAD.values(), *OF_ANOTHER_KIND.get(type(value), ("true", "1", '"1"'))]


def with_value(found, name, bad):
    """`found` as JSON, its field `name` holding the JSON text `bad`."""
    return json.dumps(found | {name: "@@"}).replace('"@@"', bad)


# -- the state ---------------------------------------------------------------------------------


@fields_of(Memory)
def test_a_state_with_a_bad_value_gives_way_to_the_backup_then_to_the_defaults(tmp_path, name):
    state, backup = tmp_path / "state.json", tmp_path / "state.json.bak"
    good = {"version": 1, **asdict(SOME)}
    for bad in bad_values(SOME, name):
        state.write_text(with_value(good, name, bad))
        backup.write_text(json.dumps(good))
        memory, complaints = FileStore(tmp_path).load()
        assert (memory, len(complaints)) == (SOME, 1), bad
        backup.write_text(state.read_text())
        memory, complaints = FileStore(tmp_path).load()
        assert (memory, len(complaints)) == (Memory(), 2), bad


@pytest.mark.parametrize("version", ["true", "1e999", "null", '"1"'])
def test_a_state_without_a_version_is_none(tmp_path, version):
    (tmp_path / "state.json").write_text(with_value(asdict(SOME), "version", version))
    memory, complaints = FileStore(tmp_path).load()
    assert (memory, len(complaints)) == (Memory(), 1)


def test_a_state_with_a_bad_value_is_replaced_and_never_becomes_the_backup(tmp_path):
    store = FileStore(tmp_path)
    store.save(SOME)
    store.save(OTHER)
    (tmp_path / "state.json").write_text('{"version": 1, "volume_db": ' + "9" * 400 + "}")
    store.save(OTHER)
    assert store.failed == ""
    assert store.load() == (OTHER, [])
    (tmp_path / "state.json").unlink()
    assert store.load() == (SOME, [])


@pytest.mark.parametrize("extreme", [1e10, -1e10, 0.0, 5e-324])
@pytest.mark.parametrize("name", [f.name for f in fields(Memory) if f.type == "float"])
def test_a_box_starts_with_any_number_that_may_stand_in_a_state(tmp_path, name, extreme):
    FileStore(tmp_path).save(Memory(**asdict(SOME) | {name: extreme}))
    memory, complaints = FileStore(tmp_path).load()
    assert (getattr(memory, name), complaints) == (extreme, [])
    session = recall(IDLE, memory, 100.0, Clocks())
    assert -90.0 <= session.volume_db <= 0.0
    assert 10.0 <= session.brightness <= 100.0
    assert was_cut(memory, "boot") is False


@pytest.mark.parametrize("fade_s", [-1e10, 1e10])
def test_a_fade_that_cannot_be_is_none_or_the_usual_one_after_a_power_cut(fade_s):
    outline = e.Outline("night", "Night", 3600.0)
    session, _ = step(IDLE, e.PowerReturned(1.0, outline, 1000.0, 1800.0, fade_s, True))
    assert 0.0 <= session.fade_s <= session.settings.wind_down_s


def test_a_recording_whose_name_is_not_utf_8_is_remembered(tmp_path):
    name = os.fsdecode(b"rain\xff.flac")
    FileStore(tmp_path).save(Memory(chosen=name, playing=name))
    assert FileStore(tmp_path).load() == (Memory(chosen=name, playing=name), [])


# -- the nights --------------------------------------------------------------------------------


NIGHT = Night(programmes=["Rest"], asleep_s=1.0, faded_s=1.0, silent_s=2.0, faults=["light: gone"])
EVENING = 1_795_124_465.0


def read_beside(folder, name, bad):
    """The nights of a file whose second line holds a bad value."""
    second = with_value(LINE | {"started_at": 6.0}, name, bad)
    (folder / "nights.jsonl").write_text(f"{json.dumps(LINE)}\n{second}\n")
    return [night.started_at for night in NightFile(folder).read()]


@fields_of(Night)
def test_a_night_with_a_bad_value_is_left_out_and_the_others_stay(tmp_path, name):
    for bad in bad_values(NIGHT, name):
        is_unknown = name in ("asleep_s", "faded_s", "silent_s") and bad == "null"
        assert read_beside(tmp_path, name, bad) == ([5.0, 6.0] if is_unknown else [5.0]), bad


@pytest.mark.parametrize(
    ("name", "bad"),
    [
        ("programmes", r'["Rest", "\ud800"]'),
        ("faults", "[true]"),
        ("started", '"0001-01-01T00:00:00+00:00"'),
        ("started", '"9999-12-31T23:59:59+00:00"'),
    ],
)
def test_a_night_left_out_is_dropped_with_the_next(tmp_path, name, bad):
    assert read_beside(tmp_path, name, bad) == [5.0]
    file = NightFile(tmp_path)
    assert file.keep(Night(started=EVENING, started_at=7.0)) == ""
    assert [night.started_at for night in file.read()] == [5.0, 7.0]
    assert file.path.read_bytes().count(b"\n") == 2


@pytest.mark.parametrize("extreme", [1e10, -1e10])
def test_any_number_that_may_stand_in_a_night_can_be_told_and_kept_again(tmp_path, extreme):
    file = NightFile(tmp_path)
    numbers = [field.name for field in fields(Night) if "float" in str(field.type)]
    file.path.write_text(json.dumps(LINE | dict.fromkeys(numbers[1:], extreme)) + "\n")
    night = file.last()
    assert night is not None
    assert morning_line(night, night.started)
    assert night_values(night)
    assert file.keep(night) == ""
    assert file.read() == [night]


def test_a_night_with_text_that_is_none_is_written_all_the_same(tmp_path):
    """`keep` runs on a thread, which must not end by it."""
    assert NightFile(tmp_path).keep(Night(started=EVENING, programmes=["Rest \ud800"])) == ""
    assert NightFile(tmp_path).last().programmes == ["Rest ?"]


# -- a voice -----------------------------------------------------------------------------------


@pytest.fixture
def refused(tmp_path):
    """Whether a voice with this manifest is refused, and another one speaks instead."""
    own, shipped = tmp_path / "own" / "night", tmp_path / "shipped" / "night"
    for folder in (own, shipped):
        folder.mkdir(parents=True)
    write_voice(shipped, VOICE)

    def is_refused(manifest: str) -> bool:
        (own / "manifest.json").write_text(manifest)
        with pytest.raises(ValueError, match=r"manifest\.json: .+"):
            read_voice(own)
        return choose_voice((own, shipped), ["Hello."]) == VOICE

    return is_refused


@fields_of(Voice)
def test_a_manifest_with_a_bad_value_is_a_refused_voice(refused, name):
    for bad in bad_values(VOICE, name):
        assert refused(with_value(MANIFEST, name, bad)), bad


@fields_of(VoiceClip)
def test_a_clip_with_a_bad_value_is_a_refused_voice(refused, name):
    more = {"frames": ["0"], "lufs": ["-400", "40"]}
    more["file"] = ['""', '"."', '".."', r'"a\u0000.opus"', '"/etc/passwd"']
    for bad in (*bad_values(CLIP, name), *more.get(name, [])):
        clip = with_value(asdict(CLIP), name, bad)
        assert refused(with_value(MANIFEST, "clips", f"[{clip}]")), bad


# -- what is no file ---------------------------------------------------------------------------


@pytest.fixture(params=["a FIFO", "a folder", "a device", "a link to nothing"])
def no_file(request, tmp_path):
    def make(path: Path) -> Path:
        if request.param == "a FIFO":
            os.mkfifo(path)
        elif request.param == "a folder":
            path.mkdir()
        else:
            path.symlink_to("/dev/zero" if request.param == "a device" else tmp_path / "nowhere")
        return path

    return make


def test_what_is_no_file_is_not_waited_for(tmp_path, no_file):
    with pytest.raises(OSError, match=r".+"):
        read_file(no_file(tmp_path / "x"))


def test_a_box_starts_beside_a_state_and_nights_that_are_no_files(tmp_path, no_file):
    no_file(tmp_path / "state.json")
    no_file(tmp_path / "nights.jsonl")
    assert FileStore(tmp_path).load()[0] == Memory()
    assert NightFile(tmp_path).last() is None
    assert isinstance(NightFile(tmp_path).keep(Night(started=EVENING)), str)
    FileStore(tmp_path).save(SOME)


def test_a_file_without_end_is_read_up_to_a_limit(tmp_path):
    with (tmp_path / "state.json").open("wb") as stream:
        stream.write(b'{"version": 1, "volume_db": -9, "x": "')
        stream.truncate(8 << 30)  # a hole: it takes no room
    assert len(read_file(tmp_path / "state.json")) == 1_048_576
    memory, complaints = FileStore(tmp_path).load()
    assert memory == Memory()
    assert complaints == ["state.json cannot be used: it is torn or not JSON"]


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "/a", "a\0b", "../a"])
def test_what_is_no_name_of_one_file(name):
    assert not is_file_name(name)


# -- a status with strangers' names ------------------------------------------------------------


def test_a_chosen_name_that_is_not_utf_8_is_published_all_the_same(tmp_path):
    with claim(tmp_path):
        StatusFile(tmp_path, 1.0, "boot", None).publish({"phase": "idle", "chosen": "rain\udcff"})
        assert ask([tmp_path], "boot")["chosen"] == "rain\udcff"
