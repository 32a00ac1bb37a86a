"""`check` and `run` judge settings alike: what passes can be started with, all else is exit 78."""

import argparse
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nidra_box.appliance.assemble import first_session, hands_of
from nidra_box.appliance.box import folders_of, programmes_of
from nidra_box.appliance.store import FileStore
from nidra_box.cli import main
from nidra_box.cli.common import config_of
from nidra_box.cli.look import check_file, is_script
from nidra_box.diary.nights import NightFile
from nidra_box.documents.node import DocumentError, Severity
from nidra_box.library.catalogue import Catalogue
from nidra_box.sound.card.deck import Card
from nidra_box.studio.cli.replay import check_night
from tests.support.box import ROOT, catalogue_in
from tests.support.scripts import SMALL

SHIPPED = (ROOT / "config" / "nidra-box.yaml").read_text()


def starts(path):
    """Whether `run` gets as far as the pins with these settings. Raises what is no DocumentError."""
    try:
        config, _ = config_of(argparse.Namespace(config=path))
    except DocumentError:
        return False
    folders = folders_of(config)
    programmes = programmes_of(config, Catalogue(folders, last=config.hold_programme))
    first_session(config, programmes)
    hands_of(config)
    Card(config.sound.card)
    FileStore(folders.state).load()
    NightFile(folders.state).last()
    return True


def passes(path):
    found = check_file(path, catalogue_in(path.parent))
    return not any(problem.severity is Severity.ERROR for problem in found)


JUDGED = {
    'folders: {library: "~nosuchuser/x"}': "there is no home for the ~ of '~nosuchuser/x'",
    'folders: {state: "~nosuchuser/x"}': "there is no home for the ~",
    'folders: {recordings: "~nosuchuser/x"}': "there is no home for the ~",
    'folders: {state: "a\\0b"}': "cannot be seen (U+0000)",
    'folders: {library: "a\\0b"}': "cannot be seen (U+0000)",
    'sound: {card: "a\\0b"}': "cannot be seen (U+0000)",
    'sound: {mixer: "a\\0b"}': "cannot be seen (U+0000)",
    "sound: {card: 1}": "'1' must be a card's name from aplay -L",
    'sound: {card: "0"}': "must be a card's name",
    "pins: {button: GPIO23}": "write 23",
    "lok: night": "did you mean 'lock'?",
    "lock: night": "",
    "lock: none\nhold_programme: x": "",
    "light: {backend: none}": "",
    "sound: {card: hw:1}": "",
    "sound: {card: 'plughw:CARD=Device,DEV=0'}": "",
    "folders: {library: ~/x, state: ''}": "",
    f"folders: {{state: {'a' * 300}}}": "",
}


@pytest.mark.parametrize("text", JUDGED)
def test_one_judgement_for_both(text, tmp_path, capsys):
    path = tmp_path / "box.yaml"
    path.write_text(text)
    assert passes(path) == starts(path) == (JUDGED[text] == "")
    if JUDGED[text]:
        said = []
        for command in (["check", str(path)], ["run", "--config", str(path)]):
            assert main(command) == 78
            out, err = capsys.readouterr()
            said.append([line for line in (out + err).splitlines() if line != "1 error"])
        assert said[0] == said[1]
        assert len(said[0]) == 1
        assert JUDGED[text] in said[0][0]


VALUES = ["1", "-1", "1e999", ".nan", "~", "", "off", '"a\\0b"', "~nosuchuser/x", "GPIO23", "[1]"]
VALUES += [
    "{a: 1}",
    "'it's",
    "a: b",
    "“x”",
    "\tx",
    "x" * 300,
    "&a b",
    "!b c",
    "0x17",
    "2_3",
    '"\\ud800"',
]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.integers(0, 200), st.sampled_from(VALUES)), max_size=3),
    st.sets(st.integers(0, 200), max_size=5),
)
def test_what_check_passes_run_starts_with_and_nothing_else(tmp_path, mutations, left_out):
    """The shipped settings with some values replaced and some lines left out."""
    lines = SHIPPED.splitlines()
    for number, value in mutations:
        keys = [n for n, line in enumerate(lines) if re.match(r"\s*[a-z_]+:", line)]
        at = keys[number % len(keys)]
        lines[at] = f"{lines[at].partition(':')[0]}: {value}"
    path = tmp_path / "box.yaml"
    kept = [line for number, line in enumerate(lines) if number not in left_out]
    path.write_text("\n".join(kept), encoding="utf-8")
    assert passes(path) == starts(path)


def test_a_file_is_judged_as_what_it_is(tmp_path):
    for name, text, script in (
        ("a.yaml", "title: x", True),
        ("a.yaml", SMALL.partition("\n")[2], True),
        ("a.yaml", "format: nidra-script/1", True),
        ("a.yaml", "format: nidra-box-config/1\nid: x", False),
        ("a.yaml", "format: nidra-box-config/2", False),
        ("a.yaml", "pins: 3", False),
        ("nidra-box.yaml", SMALL, False),
    ):
        (tmp_path / name).write_text(text)
        assert is_script(tmp_path / name) is script, text


def test_a_damaged_voice_is_a_line_of_check(tmp_path):
    (tmp_path / "small.yaml").write_text(SMALL)
    (tmp_path / "voice" / "small").mkdir(parents=True)
    (tmp_path / "voice" / "small" / "manifest.json").write_text("[")
    [said] = [str(p) for p in check_file(tmp_path / "small.yaml", catalogue_in(tmp_path))]
    assert "manifest.json: cannot be read as a voice manifest: it is torn or not JSON" in said


@pytest.mark.parametrize(
    ("act", "line"),
    [
        ("jump clock +" + "9" * 5000 + "h", "jump clock needs an amount"),
        ("jump clock +999999999h", "the clock may jump by 100 years"),
        ("jump clock -999999999h", "the clock may jump by 100 years"),
        ("jump clock +600000h\n0:00:06 jump clock -600000h", "the clock may jump by 100 years"),
        ("turn +" + "9" * 5000, "needs a number of detents"),
        ("jump clock +490000h", ""),
    ],
)
def test_a_number_too_big_in_a_night_is_a_line_with_a_number(act, line, tmp_path):
    path = tmp_path / "a.night"
    path.write_text(f"0:00:05 {act}\n0:10:00 end\n")
    found = [str(problem) for problem in check_night(path)]
    assert len(found) == (line != "")
    assert line in "".join(found)


def test_a_folder_of_recordings_that_is_not_there_is_a_line_of_check(tmp_path):
    path = tmp_path / "box.yaml"
    path.write_text(f"folders: {{library: {tmp_path}/music, recordings: {tmp_path}/disk}}\n")
    said = [str(problem) for problem in check_file(path, catalogue_in(tmp_path))]
    assert len(said) == 2
    assert f"folders.library: {tmp_path}/music is not there: plug its disk in" in said[0]
    assert f"folders.recordings: {tmp_path}/disk is not there: plug its disk in" in said[1]
    assert passes(path)
