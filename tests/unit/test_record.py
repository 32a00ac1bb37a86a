"""What was found out about a recording, written and read again."""

import json
from dataclasses import replace

import pytest

from nidra_box.library.person import Lamp, Person, read_person
from nidra_box.library.record import (
    Chapter,
    Damage,
    Entry,
    Item,
    Jolt,
    Original,
    Record,
    read_index,
    read_items,
    read_record,
    write_index,
    write_items,
    write_record,
)

ID = "0123456789ab"
RECORD = Record(
    id=ID,
    title="Sea",
    originals=(Original("sea.flac", "f" * 64, 5e9),),
    sound="sound.flac",
    frames=48_000 * 60,
    channels=1,
    lufs=-30.0,
    true_peak_db=-10.0,
    gain_db=6.0,
    softening_s=(1.0, 2.0),
    softening_db=(0.0, -9.5),
    jolts=(Jolt(1.0, 2.0, 9.5),),
    damage=(Damage(3.0, 0.5),),
    chapters=(Chapter("One", 0.0),),
    levels_db=(-30.0, -31.2),
)


@pytest.fixture
def folder(tmp_path):
    (tmp_path / ID).mkdir()
    return tmp_path / ID


def test_a_record_is_what_was_written(folder):
    write_record(folder, RECORD)
    assert read_record(folder) == RECORD
    assert RECORD.duration_s == 60.0


@pytest.mark.parametrize(
    "change",
    [
        {"format": "nidra-recording/9"},
        {"id": "ba9876543210"},
        {"sound": "../../etc/passwd"},
        {"frames": 0},
        {"frames": -5},
        {"channels": 6},
        {"gain_db": 60.0},
        {"gain_db": float("nan")},
        {"softening_db": [0.0, 9.0]},
        {"softening_s": [2.0, 1.0]},
        {"softening_s": [1.0]},
        {"title": 7},
        {"levels_db": "loud"},
    ],
)
def test_an_odd_record_is_refused_with_a_reason(folder, change):
    write_record(folder, RECORD)
    file = folder / "record.json"
    file.write_text(json.dumps(json.loads(file.read_text()) | change))
    with pytest.raises(ValueError, match=r"\w"):
        read_record(folder)


def test_the_lists_are_what_was_written_and_nothing_where_there_is_none(tmp_path):
    assert read_index(tmp_path) == ()
    assert read_items(tmp_path) == ()
    entries = (Entry(ID, "Sea", "sea.flac", 60.0, "Nobody"),)
    items = (Item("sea.flac", "ready", ID), Item("x.txt", "refused", reason="is a text"))
    write_index(tmp_path, entries)
    write_items(tmp_path, items)
    assert (read_index(tmp_path), read_items(tmp_path)) == (entries, items)
    write_index(tmp_path, (replace(entries[0], id="../x"),))
    with pytest.raises(ValueError, match="no recording"):
        read_index(tmp_path)


def test_what_a_person_says(tmp_path):
    file = tmp_path / "person.yaml"
    assert read_person(file) == (Person(), [])
    file.write_text(
        "format: nidra-person/1\ntitle: My sea\nrating: 4\nsoften: never\n"
        'light: {lamp: steady, rates: [9, 6], length: "10:00"}\n'
    )
    person, problems = read_person(file)
    assert (person.title, person.rating, person.soften, problems) == ("My sea", 4, "never", [])
    assert (person.light.lamp, person.light.rates, person.lit_s) == (Lamp.STEADY, (9.0, 6.0), 600.0)
    file.write_text("format: nidra-person/1\nlight: {lamp: none}\n")
    assert read_person(file)[0].lit_s == 0.0


def test_a_broken_page_of_a_person_is_the_default_and_every_mistake_is_named(tmp_path):
    file = tmp_path / "person.yaml"
    file.write_text("format: nidra-person/1\nrating: 9\ncolour: blue\n")
    person, problems = read_person(file)
    assert person == Person()
    assert len(problems) == 2
