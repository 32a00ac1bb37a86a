"""`programmes` and `show`: every file with its state, everything about one recording."""

import json
import sys

import numpy as np
import pytest

from nidra_box.diary.night_log import Night
from nidra_box.diary.nights import NightFile
from nidra_box.library.person import Person, write_person
from nidra_box.library.record import (
    CUES,
    PERSON,
    Chapter,
    Damage,
    Entry,
    Item,
    Jolt,
    read_items,
    write_index,
    write_items,
)
from nidra_box.library.stick import Refusal, Stick, write_stick
from tests.support.own import Own, rows_of, run
from tests.support.store import noise, put_recording

BELL = {
    "jolts": (Jolt(15.0, 17.0, 46.0),),
    "softening_s": (14.0, 14.9, 17.0, 19.0),
    "softening_db": (0.0, -38.0, -38.0, 0.0),
}
HOSTILE = "night\n\x1b[2J\u202efdp.exe.mp3"


@pytest.fixture
def box(tmp_path, monkeypatch):
    return Own(tmp_path, monkeypatch)


def test_a_recording_that_is_ready_has_title_teacher_and_length(box, capsys):
    record = box.put(teacher="Ann Teacher", title="Ocean at Night")
    row = next(row for row in rows_of(capsys) if row["id"] == record.id)
    assert (row["title"], row["teacher"], row["file"]) == (
        "Ocean at Night",
        "Ann Teacher",
        "sea.m4a",
    )
    assert (row["duration_s"], row["length_s"], row["state"]) == (20.0, 20.0, "ready")
    assert (row["reason"], row["lacks"], row["chosen"]) == (None, None, True)
    _, out, _ = run(capsys, "programmes")
    line = next(line for line in out.splitlines() if line.startswith(record.id))
    assert line.split(None, 4)[1:] == [
        "0:20",
        "unguided",
        "sleep-through",
        "Ocean at Night, Ann Teacher  (sea.m4a)",
    ]


def test_every_row_has_the_same_fields_scripts_too(box, capsys):
    box.put()
    (box.library / "new.mp3").touch()
    rows = rows_of(capsys)
    assert len({tuple(row) for row in rows}) == 1
    assert {"id", "title", "duration_s", "state", "reason"} < set(rows[0])
    assert {row["state"] for row in rows} == {"ready", "waiting"}
    assert rows[0]["id"] == "lower-back-night"
    assert rows[0]["duration_s"] == 29_244


def test_each_file_has_its_state_in_natural_order(box, capsys):
    for name in ("night 10.mp3", "night 2.mp3", "._night 2.mp3", "Thumbs.db", ".incoming"):
        (box.library / name).touch()
    (box.library / "album").mkdir()
    items = (
        Item("album", "taking", share=0.37, left_s=240.0),
        Item("night 2.mp3", "refused", reason="it is a web page → download the sound itself"),
        Item("night 10.mp3", "waiting"),
    )
    write_items(box.store, items)
    _, out, _ = run(capsys, "programmes")
    last = [line.split("—", 1) for line in out.splitlines()[-3:]]
    assert [(name.strip(), state.strip()) for name, state in last] == [
        ("album", "being taken in, 37 %, about 4 min"),
        ("night 2.mp3", "not played: it is a web page → download the sound itself"),
        ("night 10.mp3", "waiting"),
    ]
    states = [(r["state"], r["share"], r["left_s"], r["reason"]) for r in rows_of(capsys)[-3:]]
    assert states[0] == ("being taken in", 0.37, 240.0, None)
    assert states[1] == ("not played", None, None, items[1].reason)


def test_what_the_intake_has_not_seen_yet_waits(box, capsys):
    (box.library / "new.mp3").touch()
    row = rows_of(capsys)[-1]
    assert (row["id"], row["state"], row["title"], row["chosen"]) == (
        "new.mp3",
        "waiting",
        None,
        False,
    )


def test_what_was_not_copied_from_a_stick_is_listed_too(box, capsys):
    write_stick(
        box.library, Stick(refused=(Refusal("link.mp3", "is no ordinary file and no folder"),))
    )
    row = rows_of(capsys)[-1]
    assert (row["id"], row["state"]) == ("link.mp3", "not played")
    assert row["reason"] == "was not copied from the stick: it is no ordinary file and no folder"
    _, out, _ = run(capsys, "status")
    assert out.startswith("library: link.mp3 not played: was not copied from the stick")


def test_a_file_that_is_gone_and_a_second_one_of_the_same_are_told(box, capsys):
    record = box.put()
    (box.library / "sea.m4a").rename(box.library / "copy.m4a")
    write_items(box.store, (Item("copy.m4a", "ready", record.id),))
    assert next(r for r in rows_of(capsys) if r["file"] == "copy.m4a")["lacks"] is None
    (box.library / "sea.m4a").touch()
    write_items(box.store, (*read_items(box.store), Item("sea.m4a", "ready", record.id)))
    again = next(r for r in rows_of(capsys) if r["file"] == "copy.m4a")
    assert (again["id"], again["lacks"]) == (record.id, "the same sound as sea.m4a")
    for file in box.library.iterdir():
        file.unlink()
    write_items(box.store, ())
    assert "its file is gone" in rows_of(capsys)[-1]["lacks"]


def test_a_file_that_took_the_name_of_another_is_the_one_that_is_called_so(box, capsys, tmp_path):
    """The old recording still plays, by its id or title; its file is gone."""
    old, new = box.put("sea.m4a"), box.put("rain.m4a", seconds=21.0)
    (box.library / "rain.m4a").unlink()
    write_items(box.store, (Item("sea.m4a", "ready", new.id),))
    settings = tmp_path / "box.yaml"
    settings.write_text(f"programmes: [sea.m4a, {old.id}]\n")
    first, second = rows_of(capsys, "--config", settings)[:2]
    assert (first["id"], first["file"], first["lacks"]) == (new.id, "sea.m4a", None)
    assert (second["id"], second["file"]) == (old.id, None)
    assert second["lacks"] == "its file is gone from the library; it plays all the same"
    code, out, _ = run(capsys, "show", "sea.m4a", "--json")
    assert (code, json.loads(out)["id"]) == (0, new.id)
    write_items(box.store, (Item("sea.m4a", "refused", reason="it is a web page"),))
    said = [row["reason"] for row in rows_of(capsys) if row["id"] == "sea.m4a"]
    assert said == ["it is a web page"]


def test_a_second_name_of_the_same_sound_is_found(box, capsys, tmp_path):
    record = box.put("sea.m4a")
    (box.library / "copy.m4a").touch()
    items = (Item("copy.m4a", "ready", record.id), Item("sea.m4a", "ready", record.id))
    write_items(box.store, items)
    settings = tmp_path / "box.yaml"
    settings.write_text("programmes: [copy.m4a]\n")
    assert rows_of(capsys, "--config", settings)[0]["id"] == record.id
    assert run(capsys, "programmes", "--config", settings)[0] == 0
    assert run(capsys, "show", "copy.m4a")[0] == 0
    (box.library / "sea.m4a").unlink()
    write_items(box.store, items[:1])
    assert [row["file"] for row in rows_of(capsys) if row["file"]] == ["copy.m4a"]


def test_what_was_forgotten_since_the_intake_looked_waits_for_its_next_look(box, capsys):
    write_items(box.store, (Item("sea.m4a", "ready", "0123456789ab"),))
    code, out, _ = run(capsys, "programmes")
    assert code == 0
    assert "sea.m4a" in out


def test_the_settings_choose_by_title_and_the_rest_follows(box, capsys, tmp_path):
    record = box.put(title="Ocean at Night")
    config = tmp_path / "box.yaml"
    config.write_text("programmes: [ocean at night, breath-lamp, ocean at nite]\n")
    rows = rows_of(capsys, "--config", config)
    assert [row["id"] for row in rows[:3]] == [record.id, "breath-lamp", "ocean at nite"]
    assert [row["chosen"] for row in rows[:4]] == [True, True, True, False]
    assert "did you mean 'Ocean at Night'" in rows[2]["reason"]
    _, out, _ = run(capsys, "programmes", "--config", config)
    assert "\n\nWhat a second press does not come to:\nlower-back-night" in out


def test_a_name_that_would_paint_the_terminal_stays_one_line(box, capsys, monkeypatch):
    (box.library / HOSTILE).touch()
    put_recording(box.store, noise(12.0), HOSTILE, title=HOSTILE, teacher=HOSTILE)
    write_items(box.store, (Item("x" + HOSTILE, "refused", reason=HOSTILE),))
    for words in (["programmes"], ["show", HOSTILE], ["show", "night\\x0a"]):
        _, out, err = run(capsys, *words)
        assert not {"\x1b", "\u202e", "\r"} & set(out + err)
        assert not any(line.startswith(("\\x1b", "fdp")) for line in (out + err).splitlines())


def test_reasons_are_never_cut_titles_are(box, capsys, monkeypatch):
    box.put(title="A very long title " * 10)
    reason = "it is a web page → download the sound itself, then add it again, and again and again"
    write_items(box.store, (Item("page.mp3", "refused", reason=reason),))
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "60")
    _, out, _ = run(capsys, "programmes")
    assert max(len(line) for line in out.splitlines() if "page.mp3" not in line) <= 60
    assert reason in out


def test_a_list_that_is_damaged_is_told_and_the_rest_is_listed(box, capsys):
    (box.store / "index.json").write_text("{torn")
    code, out, err = run(capsys, "programmes")
    assert code == 0
    assert "lower-back-night" in out
    assert err.count("\n") == 1
    assert "the list of recordings cannot be read: it is torn or not JSON" in err


# -- show -----------------------------------------------------------------------------------------


def test_the_page_of_a_recording(box, capsys):
    record = box.put(
        title="Ocean at Night",
        teacher="Ann Teacher",
        kind="AAC in MP4",
        chapters=(Chapter("The shore", 0.0), Chapter("The deep", 10.0)),
        damage=(Damage(5.0, 1.2),),
        **BELL,
    )
    person = Person(tags=("sea",), suitable_for=("adults",), note="For\nthe cabin.", rating=4)
    write_person(box.store / record.id / PERSON, person)
    NightFile(box.state).keep(Night(1.7e9, 5.0, ["Ocean at Night"]))
    for name in (record.id, "ocean at night", "SEA.m4a", "sea"):
        code, out, err = run(capsys, "show", name)
        assert (code, err) == (0, "")
        lines = out.splitlines()
        assert lines[0].startswith(f"Ocean at Night  ({record.id}, 0:20, unguided")
    for line in (
        "teacher   Ann Teacher",
        "note      For the cabin.",
        "for       adults",
        "tags      sea",
        "rating    4 of 5",
        "played    once, last on 2023-11-1",
        "files     sea.m4a",
        "found     damaged at 0:05, 1.2 s are missing: passed over with a fade",
        "          a late jolt at 0:15, 46 dB above what came before: held down by 38 dB",
        "chapters      0:00  The shore",
        "              0:10  The deep",
    ):
        assert any(found.startswith(line) for found in lines), line


def test_the_words_of_a_cue_file_are_on_the_page(box, capsys):
    record = box.put(title="Sea")
    (box.store / record.id / CUES).write_text("[0:02] Lie down.\n[0:12.5] Let\x1b[2J go.\n")
    lines = run(capsys, "show", "sea")[1].splitlines()
    assert "        0:02  Lie down." in lines
    assert lines[-1].startswith("        0:12  Let")
    assert "\x1b" not in "".join(lines)


def test_the_same_as_json(box, capsys):
    record = box.put(**BELL)
    code, out, err = run(capsys, "show", "sea", "--json")
    assert (code, err) == (0, "")
    page = json.loads(out)
    assert page["format"] == "nidra-box-show/1"
    assert (page["id"], page["duration_s"], page["files"]) == (record.id, 20.0, ["sea.m4a"])
    assert page["jolts"][0]["over_db"] == 46.0
    assert page["jolts"][0]["held_by_db"] == 38.0
    assert page["gain_db"] == pytest.approx(record.gain_db)
    _, out, _ = run(capsys, "show", "lower-back-night", "--json")
    shipped = json.loads(out)
    assert set(shipped) == set(page)
    assert (shipped["lufs"], shipped["jolts"], shipped["files"]) == (None, [], [])
    assert shipped["suitable_for"][0] == "adults"
    assert len(shipped["stages"]) > 5
    assert sum(word["spoken"] for word in shipped["words"]) == 594


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("page.mp3", "page.mp3: not played: it is a web page"),
        ("Album", "Album: being taken in, 37 %"),
        ("se", "there is no programme 'se' (did you mean 'sea'?)"),
    ],
)
def test_what_cannot_be_shown_says_why_in_one_line(box, capsys, name, says):
    box.put()
    items = (
        Item("album", "taking", share=0.37),
        Item("page.mp3", "refused", reason="it is a web page"),
    )
    write_items(box.store, items)
    code, out, err = run(capsys, "show", name)
    assert code in (1, 2)
    assert out == ""
    assert err.count("\n") == 1
    assert says in err


def test_ten_thousand_recordings_are_listed_without_opening_one(box, capsys):
    many = tuple(Entry(f"{n:012x}", f"Night {n}", f"{n}.mp3", 60.0) for n in range(10_000))
    write_index(box.store, many)
    for entry in many:
        (box.store / entry.id).mkdir()
    rows = rows_of(capsys)
    assert len(rows) == 10_009
    assert np.all([row["state"] == "ready" for row in rows])


def test_check_and_doctor_name_a_programme_that_nobody_has(box, capsys, tmp_path):
    """However it is written it is found: by title, in another case, as a file still to come."""
    box.put("café sea.m4a", title="Ocean at Night")
    (box.library / "New.mp3").touch()
    config = tmp_path / "box.yaml"
    config.write_text("programmes: [OCEAN at night, cafe\u0301 sea.m4a, new.mp3, breath-lamp]\n")
    assert run(capsys, "check", config, "--config", config) == (0, "", "")
    config.write_text("programmes: [ocean at nigt]\nhold_programme: breth-lamp\n")
    code, out, _ = run(capsys, "check", config, "--config", config)
    assert code == 0
    assert out.splitlines() == [
        f"{config}: warning: programmes: names 'ocean at nigt', which is not there "
        "(did you mean 'Ocean at Night'?)",
        f"{config}: warning: hold_programme: names 'breth-lamp', which is not there "
        "(did you mean 'breath-lamp'?)",
    ]
    _, out, _ = run(capsys, "doctor", "--json", "--config", config)
    said = [each["message"] for each in json.loads(out)["findings"]]
    assert sum("which is not there (did you mean" in message for message in said) == 2


@pytest.mark.parametrize(
    ("library", "says"),
    [
        (
            "/home/ann/sounds",
            "is not there: plug its disk in, make it, or name another folder (folders.library)",
        ),
        ("FILE", "is a file, so nothing is found there"),
    ],
)
def test_a_library_that_cannot_be_is_said_by_check_doctor_and_the_list(
    box, capsys, tmp_path, library, says
):
    (tmp_path / "file").touch()
    config = tmp_path / "box.yaml"
    place = str(tmp_path / "file") if library == "FILE" else library
    config.write_text(f"folders: {{library: {place}}}\n")
    for words in (["check", config], ["programmes"], ["doctor"]):
        _, out, err = run(capsys, *words, "--config", config)
        lines = [line for line in (out + err).splitlines() if place in line and " is " in line]
        assert len(lines) == 1, words
        assert words == ["doctor"] or says in lines[0]


def test_a_title_of_many_digits_is_sorted_like_any_other(box, capsys):
    """Python reads no more than 4,300 digits as a number; the intake ended there for good."""
    record = box.put("sea.m4a")
    assert run(capsys, "describe", record.id, "--title", "9" * 6000)[0] == 0
    assert [row["title"] for row in rows_of(capsys) if row["file"]] == ["9" * 6000]
