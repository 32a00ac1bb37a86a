"""YAML with line numbers, every mistake at once, nothing hostile let in."""

import contextlib

import pytest

from nidra_box.documents.fields import Fields, parse_duration
from nidra_box.documents.load import parse_document, read_document
from nidra_box.documents.node import DocumentError, Problems
from nidra_box.words import did_you_mean, format_duration


def problems_of(text):
    problems = Problems("f.yaml")
    with contextlib.suppress(DocumentError):
        parse_document(text, problems)
    return [str(p) for p in problems.errors]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("- 1", "must be a list of `key: value` lines"),
        ("a: 1\na: 2", "f.yaml:2: a: stands twice (first on line 1)"),
        ("a: &x [1]\nb: *x", "f.yaml:2: words that begin with & or * belong"),
        ("a: !!python/object/apply:os.system [x]", "begin with !"),
        ("a: [1", "f.yaml:2: the [ of line 1 is not closed"),
        ("a: \x01", "f.yaml:1: holds a character that cannot be seen (U+0001)"),
        ("? [1]\n: 2", "a key must be one word"),
        ("[" * 50, "nested deeper"),
        ("- " * 5000 + "x", "nested deeper"),
    ],
)
def test_what_is_not_a_document_is_refused_with_its_line(text, words):
    assert any(words in problem for problem in problems_of(text))


def test_a_file_that_cannot_be_read_is_a_problem_not_a_crash(tmp_path):
    for path in (tmp_path / "missing.yaml", tmp_path):
        with pytest.raises(DocumentError, match="cannot be read"):
            read_document(path, Problems(str(path)))
    full = "# " + "x" * (256 * 1024 - 7) + "\na: 1"
    (tmp_path / "big.yaml").write_text(full)
    assert read_document(tmp_path / "big.yaml", Problems("big.yaml"))
    (tmp_path / "big.yaml").write_text(full + "1")
    with pytest.raises(DocumentError, match="may have 256 kB"):
        read_document(tmp_path / "big.yaml", Problems("big.yaml"))
    (tmp_path / "latin.yaml").write_bytes(b"a: 1\nb: \xe4\n")
    with pytest.raises(DocumentError, match=r"latin.yaml:2: is not UTF-8"):
        read_document(tmp_path / "latin.yaml", Problems("latin.yaml"))


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0:05", 5),
        ("2:00", 120),
        ("8:07:24", 29_244),
        ("1:02.5", 62.5),
        ("99:59", 5999),
        ("0:60", None),
        ("1:60:00", None),
        ("5", None),
        ("-1:00", None),
        ("1:2", None),
        ("", None),
    ],
)
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


def test_durations_are_written_as_they_are_read():
    for seconds in (0, 5, 59, 60, 3599, 3600, 29_244):
        assert parse_duration(format_duration(seconds)) == seconds


def fields_of(text):
    problems = Problems("f.yaml")
    return Fields(parse_document(text, problems), "", problems), problems


def test_every_wrong_value_is_one_problem_with_its_key():
    fields, problems = fields_of(
        "colour: gren\nlevel: loud\nname: off\nlong: 8:07:24\nflag: 1\nmany: 3\nfar: 99\nxtra: 1"
    )
    assert fields.choice("colour", ["green", "red"]) == "green"
    assert fields.number("level", 0, 10) == 0
    fields.text("name")
    assert fields.duration("long") == 29_244  # said to be wrong, and still understood
    fields.flag("flag")
    fields.texts("many")
    fields.number("far", 0, 10, "dB")
    fields.text("extra")
    fields.finish()
    said = "\n".join(str(p) for p in problems.found)
    assert (
        "f.yaml:1: colour: 'gren' is not allowed (did you mean 'green'?); allowed: green | red"
        in said
    )
    assert "f.yaml:2: level: must be a number, not 'loud'" in said
    assert "f.yaml:3: name: 'off' without quotes is read as true/false" in said
    assert "f.yaml:4: long: 8:07:24 without quotes is read as a base-60 number" in said
    assert "f.yaml:5: flag: must be true or false" in said
    assert "f.yaml:6: many: must be a list" in said
    assert "f.yaml:7: far: 99 is out of range; allowed: 0 to 10 dB" in said
    assert "extra: is missing" in said
    assert "f.yaml:8: xtra: unknown key (did you mean 'extra'?)" in said
    assert len(problems.found) == 9


def test_did_you_mean_stays_quiet_when_nothing_is_near():
    assert did_you_mean("zzz", ["amber", "red"]) == ""
