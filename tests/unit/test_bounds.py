"""Text input has bounds: bytes, ordinary files only, cues, stages, values, mistakes."""

import os
import time
from pathlib import Path

import pytest

from nidra_box.cli.look import check_file
from nidra_box.config import read_config
from nidra_box.documents.load import parse_document, read_document
from nidra_box.documents.node import DocumentError, Problems
from nidra_box.files import CannotRead, read_text
from nidra_box.library.port import CannotPlay
from nidra_box.studio.cli.replay import read_night
from tests.support.box import catalogue_in
from tests.support.scripts import SMALL, changed, read

SAY = '{say: "Breathe in.", pause: 1}'


@pytest.fixture
def odd(tmp_path):
    """Name → what is no ordinary file."""
    os.mkfifo(tmp_path / "fifo")
    return {"fifo": tmp_path / "fifo", "device": Path("/dev/zero"), "folder": tmp_path}


@pytest.mark.parametrize("kind", ["fifo", "device", "folder"])
def test_only_an_ordinary_file_is_read_and_nobody_is_waited_for(odd, kind):
    for reads in (read_config, read_night):
        with pytest.raises(DocumentError, match=r"is not an ordinary file|is a directory"):
            reads(odd[kind])


def test_a_fifo_for_a_script_or_a_cue_file_is_one_line(tmp_path):
    (tmp_path / "programmes").mkdir()
    (tmp_path / "library").mkdir()
    os.mkfifo(tmp_path / "programmes" / "small.yaml")
    os.mkfifo(tmp_path / "library" / "v.txt")
    catalogue = catalogue_in(tmp_path)
    catalogue.warm()
    with pytest.raises(CannotPlay, match=r"small\.yaml: is not an ordinary file"):
        catalogue.load("small")
    script = tmp_path / "programmes" / "small.yaml"
    script.unlink()
    script.write_text(recorded())
    assert any(
        "v.txt is not an ordinary file" in str(wrong) for wrong in check_file(script, catalogue)
    )


def recorded():
    """The small night with a recording that says where it breathes."""
    return changed(
        ("bed: {id: brown, lufs: -40}", "track: {file: v.flac, breath: v.txt}"),
    )


def test_a_file_has_so_many_bytes_and_the_message_says_both_numbers(tmp_path):
    path = tmp_path / "x"
    with path.open("wb") as stream:
        stream.truncate(1_500 << 20)  # takes no room on the disk
    with pytest.raises(CannotRead, match=r"may have 1 MB; this one has 1,500 MB"):
        read_text(path, 1 << 20)
    with pytest.raises(DocumentError, match=r"x: may have 256 kB; this one has 1,500 MB"):
        read_document(path, Problems(str(path)))
    path.write_bytes(b"a" * (256 * 1024 + 1))
    with pytest.raises(CannotRead, match=r"may have 256 kB; this one has 257 kB"):
        read_text(path, 256 * 1024)
    assert len(read_text(path, 256 * 1024 + 1)) == 256 * 1024 + 1


def test_a_cue_file_may_have_a_megabyte(tmp_path):
    (tmp_path / "library").mkdir()
    with (tmp_path / "library" / "v.txt").open("wb") as stream:
        stream.truncate(1_500 << 20)
    (tmp_path / "small.yaml").write_text(recorded())
    found = [str(wrong) for wrong in check_file(tmp_path / "small.yaml", catalogue_in(tmp_path))]
    assert any(
        "small.yaml:32: " in f and "may have 1 MB; this one has 1,500 MB" in f for f in found
    )


def test_a_file_that_is_missing_or_no_text_says_so_in_words(tmp_path):
    with pytest.raises(CannotRead, match=r"^cannot be read: no such file or directory$"):
        read_text(tmp_path / "none", 10)
    with pytest.raises(CannotRead, match=r"^cannot be read: embedded null byte$"):
        read_text(Path("a\0b"), 10)
    (tmp_path / "latin").write_bytes(b"\xef\xbb\xbfa\n\xe4")
    with pytest.raises(CannotRead, match="is not UTF-8 text") as caught:
        read_text(tmp_path / "latin", 10)
    assert caught.value.line == 2
    (tmp_path / "marked").write_bytes(b"\xef\xbb\xbfa")
    (tmp_path / "link").symlink_to("marked")
    assert read_text(tmp_path / "link", 10) == "a"


def mistakes_of(text):
    """What ends the reading of a script; the last of its lines."""
    with pytest.raises(DocumentError) as caught:
        read(text)
    return [str(problem) for problem in caught.value.problems]


def nested(depth):
    cue = SAY
    for _ in range(depth):
        cue = f"{{repeat: 60, cues: [{cue}]}}"
    return cue


def with_cues(cues):
    return changed(("  - {silence: 8}\n", f"{cues}\n"))


def test_a_script_has_so_many_cues_however_they_are_repeated():
    began = time.process_time()
    [wrong] = mistakes_of(with_cues(f"  - {nested(5)}"))
    assert time.process_time() - began < 1
    assert wrong.startswith("small.yaml:26: ")
    assert wrong.endswith("repeat: a script may have 2,000 cues; up to here it has 3,600")
    rounds = f"  - {{repeat: 50, cues: [{', '.join([SAY] * 40)}]}}"
    assert mistakes_of(with_cues(rounds))[-1].endswith("2,000 cues; up to here it has 2,002")
    script, problems = read(with_cues(f"  - {{repeat: 49, cues: [{', '.join([SAY] * 40)}]}}"))
    assert len(script.stages[0].cues) == 1962
    assert not problems.errors


@pytest.mark.slow
def test_a_script_has_so_many_stages():
    head, tail = SMALL.split("stages:\n")
    assert mistakes_of(f"{head}stages:\n" + "- {}\n" * 5000) == [
        "small.yaml:219: stages[200]: a script may have 200 stages; this one has 5,000"
    ]
    many = "".join(tail.replace("id: ", f"id: n{n}-", 1) for n in range(50))
    assert len(read(f"{head}stages:\n{many}")[0].stages) == 200


def test_a_document_has_so_many_values_and_mistakes():
    with pytest.raises(DocumentError, match=r"f:2: has more than 20,000 keys and values"):
        parse_document("a:\n [" + "1," * 50_000 + "]", Problems("f"))
    assert len(parse_document("a: [" + "1," * 19_990 + "]", Problems("f")).entries) == 1
    wrong = mistakes_of(SMALL + "".join(f"key{n}: 1\n" for n in range(5000)))
    assert len(wrong) == 301
    assert wrong[-1].endswith("300 mistakes: the rest was not read")
    found = Problems("f")
    parse_document(f"{'k' * 101}: 1", found)
    assert str(found.found[0]) == "f:1: a key may have 100 characters"


@pytest.mark.slow
def test_breath_marks_are_counted_for_every_stage_that_uses_them(tmp_path):
    (tmp_path / "library").mkdir()
    marks = (f"{n // 60_000}:{n // 1000 % 60:02}.{n % 1000:03} inhale" for n in range(30_000))
    (tmp_path / "library" / "v.txt").write_text("\n".join(marks))
    path = tmp_path / "small.yaml"
    path.write_text(recorded())
    catalogue = catalogue_in(tmp_path)
    assert not any("breath marks" in str(wrong) for wrong in check_file(path, catalogue))
    path.write_text(
        recorded().replace("bed: {id: brown, lufs: -42}", "track: {file: v.flac, breath: v.txt}")
    )
    [wrong] = [str(wrong) for wrong in check_file(path, catalogue) if "breath marks" in str(wrong)]
    assert wrong.endswith("a script may use 50,000 breath marks; up to here it uses 60,000")
