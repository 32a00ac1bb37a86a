"""`describe` and `forget`: what a person says of a recording, and how one goes and comes back."""

import json
import os
import time
from pathlib import Path

import pytest

from nidra_box.library.gone import empty_gone, forgotten
from nidra_box.library.person import Lamp, Light, Person, read_person, write_person
from nidra_box.library.record import PERSON
from tests.support.own import Own, rows_of, run
from tests.support.somebody import without_rights

DAY_S = 86_400.0


@pytest.fixture
def box(tmp_path, monkeypatch):
    return Own(tmp_path, monkeypatch)


def said_of(box, record):
    person, problems = read_person(box.store / record.id / PERSON)
    assert problems == []
    return person


# -- describe -------------------------------------------------------------------------------------


def test_every_option_is_written_and_the_others_stay(box, capsys):
    record = box.put()
    code, *_ = run(capsys, "describe", "sea", "--title", "Ocean", "--rating", 4)
    assert code == 0
    words = (
        "--kind sleep-sound --goal sleep --tag sea night --suitable-for adults pregnancy "
        "--note words --light steady --rates 10 5.5 --length 15:00 --loop --soften never"
    )
    assert run(capsys, "describe", record.id, *words.split())[0] == 0
    assert said_of(box, record) == Person(
        title="Ocean",
        kind="sleep-sound",
        goal="sleep",
        tags=("sea", "night"),
        suitable_for=("adults", "pregnancy"),
        note="words",
        rating=4,
        light=Light(Lamp.STEADY, (10.0, 5.5), 900.0),
        loop=True,
        soften="never",
    )
    run(capsys, "describe", record.id, "--title", "--tag", "--rating", 0, "--no-loop")
    person = said_of(box, record)
    assert (person.title, person.tags, person.rating, person.loop) == ("", (), 0, False)
    assert (person.note, person.light.lit_s) == ("words", 900.0)


def test_without_options_it_prints_what_is_said_and_writes_nothing(box, capsys):
    record = box.put(title="Sea")
    code, out, err = run(capsys, "describe", "sea.m4a")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"Sea  ({record.id})"
    assert "  --tag          – (WORD …)" in lines
    assert "  --rates        11 6" in lines
    assert "  --length       20:00" in lines
    assert "  --no-loop" in lines
    assert f"nidra-box describe {record.id} --rating 4, or --edit" in lines[-1]
    assert not (box.store / record.id / PERSON).exists()


def test_what_is_said_as_json(box, capsys):
    record = box.put()
    run(capsys, "describe", "sea", "--tag", "sea")
    _, out, _ = run(capsys, "describe", "sea", "--json")
    found = json.loads(out)
    assert (found["format"], found["id"]) == ("nidra-box-describe/1", record.id)
    assert (found["tags"], found["note"], found["rates"]) == (["sea"], None, [11.0, 6.0])


@pytest.mark.parametrize(
    "words",
    [
        "--rates 3 2",
        "--rates 11",
        "--length 45:00",
        "--length 0:10",
        "--length soon",
        "--light off",
        "--rating 6",
        "--soften no",
        "--suitable-for babies",
        "--goal fame",
    ],
)
def test_a_wrong_word_is_a_mistake_of_usage_and_changes_nothing(box, capsys, words):
    record = box.put()
    with pytest.raises(SystemExit) as left:
        run(capsys, "describe", "sea", *words.split())
    assert left.value.code == 2
    assert not (box.store / record.id / PERSON).exists()


def test_words_that_no_file_could_hold_are_refused_in_a_line(box, capsys):
    record = box.put()
    code, out, err = run(capsys, "describe", "sea", "--title", "sea\x1b[2J")
    assert (code, out) == (78, "")
    assert "\x1b" not in err
    assert not (box.store / record.id / PERSON).exists()


def test_a_file_with_mistakes_is_not_written_over(box, capsys):
    record = box.put()
    path = box.store / record.id / PERSON
    path.write_text("format: nidra-person/1\nnote: kept\nratign: 3\n")
    code, _, err = run(capsys, "describe", "sea", "--rating", 4)
    assert code == 78
    assert "did you mean 'rating'" in err
    assert "note: kept" in path.read_text()
    assert run(capsys, "describe", "sea")[0] == 0


@pytest.mark.parametrize("name", ["seaa", "lower-back-night"])
def test_what_is_no_recording_says_so(box, capsys, name):
    box.put(title="Sea")
    for command in (["describe", name, "--rating", "4"], ["forget", name]):
        code, out, err = run(capsys, *command)
        assert (code, out, err.count("\n")) == (2, "", 1)
        assert "did you mean" in err or "is a script" in err


def test_the_editor_sees_all_of_it_and_a_mistake_loses_nothing(box, capsys, monkeypatch, tmp_path):
    record = box.put()
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nsed -i "s/rating: 0/rating: $RATING/" "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    monkeypatch.setenv("RATING", "5")
    assert run(capsys, "describe", "sea", "--edit")[0] == 0
    assert said_of(box, record).rating == 5
    run(capsys, "describe", "sea", "--rating", 0)
    monkeypatch.setenv("RATING", "50")
    code, _, err = run(capsys, "describe", "sea", "--edit")
    assert code == 78
    kept = err.split("kept in ")[1].splitlines()[0]
    assert "rating: 50" in Path(kept).read_text()
    os.unlink(kept)
    assert said_of(box, record).rating == 0
    monkeypatch.setenv("EDITOR", "/no/such/editor")
    assert "cannot be started" in run(capsys, "describe", "sea", "--edit")[2]


@pytest.mark.skipif(os.geteuid() != 0, reason="root may write everywhere")
def test_who_may_not_change_it_reads_how_to(box, capsys, tmp_path):
    record = box.put()
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
    for command in (["describe", "sea", "--rating", "4"], ["forget", "sea"]):
        with without_rights():
            code, _, err = run(capsys, *command)
        assert code == 1
        assert err.count("\n") == 1
        assert "may not be changed by you: sudo nidra-box" in err
        assert "usermod -aG nidra-box" in err
    assert (box.store / record.id).is_dir()


def test_check_knows_what_a_person_says(box, capsys, tmp_path):
    path = tmp_path / "person.yaml"
    write_person(path, Person(title="Sea"))
    assert run(capsys, "check", path) == (0, "", "")
    for text in ("format: nidra-person/1\nratign: 3\n", "rating: 6\nsoften: sometimes\n"):
        path.write_text(text)
        code, out, _ = run(capsys, "check", tmp_path)
        assert code == 78
        assert f"{path}:" in out
    elsewhere = tmp_path / "sea.yaml"
    elsewhere.write_text("format: nidra-person/1\nlight: {lamp: breath, length: 20:00}\n")
    assert 'write "20:00"' in run(capsys, "check", elsewhere)[1]


# -- forget ---------------------------------------------------------------------------------------


def test_what_is_forgotten_is_kept_and_comes_back_as_it_was(box, capsys):
    record = box.put(title="Sea")
    before = sorted(path.name for path in (box.store / record.id).iterdir())
    code, out, _ = run(capsys, "forget", "sea.m4a")
    assert code == 0
    assert "Sea is forgotten. For 30 days it lies in" in out
    assert f"nidra-box forget --undo {record.id}" in out
    assert str(box.library / "sea.m4a") in out
    assert (box.library / "sea.m4a").exists()
    assert not (box.store / record.id).exists()
    assert [found.id for found in forgotten(box.store)] == [record.id]
    assert record.id not in [row["id"] for row in rows_of(capsys)]
    code, out, _ = run(capsys, "forget", "--undo", "Sea")
    assert (code, out) == (0, "Sea is back, as it was\n")
    assert sorted(path.name for path in (box.store / record.id).iterdir()) == before
    assert forgotten(box.store) == []


def test_one_whose_record_is_broken_is_taken_in_again_and_keeps_its_sound(box, capsys):
    """Nothing else gave its name free: it could neither be played nor taken in again."""
    record = box.put(title="Sea")
    (box.store / record.id / "record.json").write_text("{")
    assert f"nidra-box forget {record.id}, then" in run(capsys, "show", record.id)[2]
    assert run(capsys, "forget", record.id)[0] == 0
    code, out, _ = run(capsys, "forget", "--undo", record.id)
    assert (code, out) == (0, f"{record.id} may be taken in again; its record was broken\n")
    assert forgotten(box.store) == []
    assert not (box.store / record.id).exists()
    (kept,) = (box.store / ".gone").iterdir()
    assert (kept / record.sound).is_file()


def test_of_several_all_are_found_first(box, capsys):
    record = box.put(title="Sea")
    code, _, err = run(capsys, "forget", "sea", "see")
    assert code == 2
    assert "did you mean 'Sea'" in err
    assert (box.store / record.id).is_dir()


def test_only_what_was_forgotten_comes_back(box, capsys):
    box.put(title="Sea")
    code, _, err = run(capsys, "forget", "--undo", "sea")
    assert (code, err.count("\n")) == (2, 1)
    assert "'sea' was not forgotten" in err
    assert "nothing called 'rain' was forgotten" in run(capsys, "forget", "--undo", "rain")[2]


def test_after_thirty_days_the_sound_is_gone_and_the_name_is_remembered(box, capsys):
    record = box.put()
    run(capsys, "forget", "sea")
    at = forgotten(box.store)[0].at
    assert at == pytest.approx(time.time(), abs=60.0)
    empty_gone(box.store, at + 29.9 * DAY_S)
    assert forgotten(box.store)[0].is_whole
    empty_gone(box.store, at + 30.1 * DAY_S)
    left = forgotten(box.store)
    assert [(found.id, found.is_whole) for found in left] == [(record.id, False)]
    assert list(left[0].place.iterdir()) == []
    code, out, _ = run(capsys, "forget", "--undo", record.id)
    assert code == 0
    assert "may be taken in again" in out
    assert forgotten(box.store) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_a_member_of_the_group_describes_and_forgets_what_others_own(box, capsys, tmp_path):
    """The store is the intake's, of another user; the umask of who asks is their own."""
    record = box.put()
    group, intake = 5555, 65_532
    for folder in (tmp_path, *tmp_path.parents):
        folder.chmod(folder.stat().st_mode | 0o055)
    for path in (box.store / record.id, *(box.store / record.id).iterdir(), box.store):
        os.chown(path, intake, group)
    for folder in (box.store, box.store / record.id):
        folder.chmod(0o2775)
    run(capsys, "describe", "sea")
    umask, groups = os.umask(0o077), os.getgroups()
    os.setgroups([group])
    try:
        with without_rights():
            assert run(capsys, "describe", "sea", "--rating", 5)[0] == 0
            assert run(capsys, "forget", "sea")[0] == 0
    finally:
        os.umask(umask)
        os.setgroups(groups)
    gone = box.store / ".gone"
    assert (gone.stat().st_mode & 0o7777, gone.stat().st_gid) == (0o2775, group)
    person = next(gone.iterdir()) / PERSON
    assert (person.stat().st_mode & 0o777, person.stat().st_gid) == (0o664, group)


@pytest.mark.parametrize("stamp", ["20269999-999999", "x", "", "20260101-000000x"])
def test_a_name_among_the_forgotten_that_tells_no_time_is_kept(box, stamp):
    place = box.store / ".gone" / f"0123456789ab-{stamp}"
    place.mkdir(parents=True)
    (place / "record.json").touch()
    empty_gone(box.store, 1e12)
    assert [(found.id, found.is_whole) for found in forgotten(box.store)] == [
        ("0123456789ab", True)
    ]
