"""What a person says of a recording: written whole, read again as it was, never half."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nidra_box.documents.node import DocumentError
from nidra_box.library.person import (
    Lamp,
    Light,
    Person,
    parse_person,
    person_text,
    read_person,
    write_person,
)

WORDS = st.text(max_size=40)
PERSONS = st.builds(
    Person,
    title=WORDS,
    kind=st.sampled_from(["", "yoga-nidra", "sleep-sound"]),
    goal=st.sampled_from(["", "sleep", "back"]),
    tags=st.lists(WORDS, max_size=3).map(tuple),
    suitable_for=st.lists(st.sampled_from(["adults", "pregnancy"]), max_size=2).map(tuple),
    note=WORDS,
    rating=st.integers(0, 5),
    light=st.builds(
        Light,
        lamp=st.sampled_from(list(Lamp)),
        rates=st.tuples(*[st.integers(45, 160).map(lambda tenths: tenths / 10)] * 2),
        lit_s=st.integers(60, 1800).map(float),
    ),
    loop=st.booleans(),
    soften=st.sampled_from(["auto", "always", "never"]),
)


@given(PERSONS)
def test_whatever_is_said_is_read_as_it_was_or_not_written(person):
    try:
        found = parse_person(person_text(person), "person.yaml")
    except DocumentError:
        said = [person.title, person.note, *person.tags]
        assert not all(text.isprintable() for text in said)
    else:
        assert found == person


def test_a_word_that_yaml_would_take_for_another_stays_a_word(tmp_path):
    person = Person(title="off", tags=("yes", "8:07:24", "#1", "- x"), note='a "b": {c}\nd')
    write_person(tmp_path / "person.yaml", person)
    assert read_person(tmp_path / "person.yaml") == (person, [])


def test_the_group_may_write_it_and_keeps_the_mode_that_was_set(tmp_path):
    path = tmp_path / "person.yaml"
    write_person(path, Person(rating=3))
    assert path.stat().st_mode & 0o777 == 0o664
    path.chmod(0o600)
    write_person(path, Person(rating=4))
    assert path.stat().st_mode & 0o777 == 0o600
    assert read_person(path)[0].rating == 4


def test_what_could_not_be_read_again_leaves_the_file_as_it_was(tmp_path):
    path = tmp_path / "person.yaml"
    write_person(path, Person(title="Sea"))
    before = path.read_bytes()
    with pytest.raises(DocumentError):
        write_person(path, Person(light=Light(rates=(99.0, 1.0))))
    assert path.read_bytes() == before
    assert os.listdir(tmp_path) == ["person.yaml"]
