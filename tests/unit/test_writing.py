"""Writing a programme: the template, the guide, the schemas on the command line."""

import re
import subprocess

import pytest

from nidra_box.cli import build_parser
from nidra_box.config import Config
from nidra_box.doctor import content
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders
from nidra_box.score import vocabulary as v
from nidra_box.score.vocabulary import StageKind
from nidra_box.sound.beds import KNOWN_SOUNDS
from nidra_box.studio.writing.template import new_script
from tests.support.box import ROOT
from tests.support.schemas import loaded, schema_errors
from tests.unit.test_cli import home, run  # noqa: F401  (a fixture)

GUIDE = (ROOT / "docs" / "writing-a-programme.md").read_text("utf-8")


@pytest.mark.slow
def test_a_new_programme_passes_check(capsys, home, tmp_path, monkeypatch):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    code, out, err = run(capsys, "new", "my-evening")
    assert (code, out) == (0, "my-evening.yaml\n")
    assert "nidra-box check my-evening.yaml" in err
    code, out, _ = run(capsys, "check", "my-evening.yaml")
    assert code == 0
    assert out.count("\n") == 1
    assert "note: has no voice yet" in out
    for words in (["show", "my-evening.yaml"], ["preview", "my-evening.yaml", "-o", "a.png"]):
        assert run(capsys, *words)[0] == 0
    code, out, _ = run(capsys, "render", "my-evening.yaml", "-o", "a.flac", "--to", "0:05")
    assert code == 0


def test_a_new_programme_is_not_written_over_another(capsys, home, tmp_path):  # noqa: F811
    (tmp_path / "mine.yaml").write_text("mine")
    code, _, err = run(capsys, "new", "mine", "-o", tmp_path)
    assert code == 1
    assert "mine.yaml is there already" in err
    assert (tmp_path / "mine.yaml").read_text() == "mine"


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["My Evening!"], 2, "perhaps my-evening"),
        (["Ünruh"], 2, "small letters, digits and hyphens"),
        (["!"], 2, "small letters, digits and hyphens\n"),
        (["../evil"], 2, "perhaps evil"),
        (["mine", "-o", "yours.yaml"], 2, "write mine.yaml"),
        (["mine", "-o", "nowhere/mine.yaml"], 1, "No such file"),
    ],
)
def test_what_cannot_be_new_is_one_line(capsys, home, tmp_path, monkeypatch, words, code, hint):  # noqa: F811
    monkeypatch.chdir(tmp_path)
    got, out, err = run(capsys, "new", *words)
    assert (got, out) == (code, "")
    assert hint in err
    assert err.count("\n") == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["data"]


def test_the_command_that_new_names_puts_the_programme_where_it_plays(capsys, home, tmp_path):  # noqa: F811
    _, out, err = run(capsys, "new", "mine", "-o", tmp_path)
    command = err.partition("to play it: ")[2].strip()
    assert not (home / "programmes").exists()
    subprocess.run(command, shell=True, check=True)
    assert "mine" in Catalogue(Folders.find()).ids()


def test_a_file_where_a_folder_should_be_is_not_passed_over_in_silence(capsys, home, tmp_path):  # noqa: F811
    (home / "programmes").write_text("format: nidra-script/1\n")
    catalogue = Catalogue(Folders.find())
    _, _, err = run(capsys, "programmes")
    assert f"{home / 'programmes'} is a file" in err
    assert any("is a file" in found.message for found in content.programmes(catalogue, Config()))


def test_an_id_that_exists_is_told(capsys, home, tmp_path):  # noqa: F811
    code, _, err = run(capsys, "new", "breath-lamp", "-o", tmp_path)
    assert code == 0
    assert "a programme of this id exists" in err


def test_the_template_says_where_its_schema_is(capsys, home, tmp_path):  # noqa: F811
    run(capsys, "new", "far-away", "-o", tmp_path)
    first = (tmp_path / "far-away.yaml").read_text("utf-8").splitlines()[0]
    place = first.removeprefix("# yaml-language-server: $schema=")
    assert place == str(ROOT / "docs" / "schema" / "nidra-script-1.json")
    near = ROOT / "audio" / "programmes" / "near-for-a-test.yaml"
    try:
        run(capsys, "new", near.stem, "-o", near)
        first = near.read_text("utf-8").splitlines()[0]
    finally:
        near.unlink()
    assert first.endswith("$schema=../../docs/schema/nidra-script-1.json")


def test_the_template_explains_every_key():
    """Every key that a stage, a cue, a bed, a light, a pace may have, and every word of every
    list stands in it."""
    text = new_script("x", KNOWN_SOUNDS, "y", "z")
    assert schema_errors("script", loaded(text)) == []
    lists = (v.Kind, v.Ending, v.StageKind, v.Pattern, v.Colour, v.Part, v.ACTIVITIES, v.GOALS)
    for options in (
        *lists,
        v.AUDIENCES,
        v.CAUTIONS,
        v.LICENCES,
        KNOWN_SOUNDS.beds,
        KNOWN_SOUNDS.struck,
    ):
        for word in options:
            assert re.search(rf"\b{re.escape(str(word))}\b", text), word
    for key in ("at:", "each", "repeat", "gap", "sync", "note", "say_tts", "gain_db", "track"):
        assert key in text, key


def test_the_caps_in_the_guide_are_the_caps():
    found = {}
    for kinds, cap in re.findall(r"^\| ([a-z, ()0-9]+) \| (\d+) \|$", GUIDE, re.M):
        for kind in re.sub(r"\(.*?\)", "", kinds).split(","):
            found[StageKind(kind.strip())] = float(cap)
    assert found == v.PEAK_CAP_LIGHTNESS


def test_every_command_in_the_guide_is_there():
    parser = build_parser()
    choices = next(a for a in parser._actions if hasattr(a, "choices") and a.choices).choices
    named = set(re.findall(r"nidra-box ([a-z]+)", GUIDE))
    assert named >= {"new", "check", "show", "preview", "voice", "programmes", "simulate"}
    assert named <= set(choices)


@pytest.mark.parametrize(
    ("what", "file"), [("script", "nidra-script-1"), ("config", "nidra-box-config")]
)
def test_schema_check_says_whether_a_file_is_current(capsys, tmp_path, what, file):
    path = ROOT / "docs" / "schema" / f"{file}.json"
    assert run(capsys, "schema", what, "--check", path) == (0, "", "")
    old = tmp_path / "old.json"
    old.write_text(path.read_text("utf-8").replace("1", "2", 1), encoding="utf-8")
    code, _, err = run(capsys, "schema", what, "--check", old)
    assert code == 1
    assert f"out of date: nidra-box schema --force {what} -o" in err
    assert run(capsys, "schema", what, "-o", old)[0] == 1
    assert run(capsys, "schema", "--force", what, "-o", old)[0] == 0
    assert old.read_bytes() == path.read_bytes()
    code, _, err = run(capsys, "schema", what, "--check", tmp_path / "none.json")
    assert code == 1
    assert "no such file" in err


def test_check_reads_a_folder(capsys, home, tmp_path):  # noqa: F811
    code, out, _ = run(capsys, "check", tmp_path / "data")
    assert code == 78
    assert "no .yaml and no .night file is in this folder" in out
    (tmp_path / "a.night").write_text("0:01:00 dance\n")
    (tmp_path / "b.yml").write_text("volume: {start_db: 5}\n")
    code, out, err = run(capsys, "check", tmp_path)
    assert code == 78
    assert "a.night:1" in out
    assert "b.yml:1" in out
