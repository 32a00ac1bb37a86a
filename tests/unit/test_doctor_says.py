"""What the doctor says of settings, scripts and sounds, and how: lines, JSON, exit codes."""

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest

from nidra_box.cli import doctor as command
from nidra_box.cli import main
from nidra_box.config import Config, read_config
from nidra_box.doctor import content, report
from nidra_box.doctor.finding import Finding, Level
from nidra_box.documents.node import DocumentError
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders
from nidra_box.library.record import Entry, Item, write_index, write_items
from tests.support.box import ROOT, with_beds
from tests.support.machine_faults import UNKNOWN, WARNING, WRONG
from tests.support.scripts import SMALL
from tests.support.somebody import a_folder_for_all, without_rights
from tests.unit.test_doctor import bad, only

# -- the box's own files ----------------------------------------------------------------------


@pytest.fixture
def own(tmp_path):
    """A catalogue of what is shipped and an empty folder of a person's own, with beds."""
    folders = Folders.inside(ROOT, tmp_path)
    (tmp_path / "beds").symlink_to(with_beds().beds)
    return Catalogue(folders, last="breath-lamp")


def test_the_shipped_files_are_whole(own):
    config = Config()
    findings = [*content.settings(None, []), *content.programmes(own, config)]
    findings += [*content.recordings(own), content.beds(own)]
    assert bad(findings) == []


def test_a_broken_script_is_named_with_its_first_mistake(own):
    folder = own.folders.own_programmes
    folder.mkdir()
    path = folder / "mine.yaml"
    path.write_text(SMALL.replace("id: ", "idd: ", 1))
    found = only(content.programmes(own, Config()))
    assert (found.subject, found.level) == ("script", WRONG)
    assert found.message.startswith(f"{path}:")
    assert "id: is missing (and 1 more)" in found.message
    assert found.mend == f"nidra-box check {path}"


def test_a_programme_that_is_not_there_is_told_with_what_it_may_mean(own):
    found = only(content.programmes(own, Config(programmes=("spine-latern",))))
    assert found.message.startswith("programmes names 'spine-latern', which is not there")
    assert "spine-lantern" in found.message


def test_a_recording_that_is_not_played_is_a_warning(own):
    store = own.folders.recordings
    store.mkdir()
    write_items(store, (Item("rain.flac", "refused", reason="it is a text, not a sound file"),))
    found = only(content.recordings(own))
    assert found.level is WARNING
    assert found.message == "1 not played: rain.flac: it is a text, not a sound file"
    assert found.mend == f"do as it says, or remove the file from {own.folders.library}"
    many = tuple(Item(f"{n}.flac", "refused", reason="it is empty") for n in range(9))
    write_items(store, many)
    assert only(content.recordings(own)).message.count("it is empty") == 3


def test_a_library_that_the_box_cannot_see_is_said_with_its_fix(own):
    away = Catalogue(replace(own.folders, library=Path("/home/me/music")), last="breath-lamp")
    (found,) = content.recordings(away, hides_homes=True)
    assert (found.level, "ProtectHome" in found.message) == (WRONG, True)
    assert "folders.library" in found.mend
    (found,) = content.recordings(away)
    assert found.message == "/home/me/music is not there"


def test_recordings_that_are_ready_or_on_their_way_are_ok(own):
    store = own.folders.recordings
    store.mkdir()
    assert content.recordings(own) == [Finding("recordings", Level.OK, "none of your own")]
    write_index(store, (Entry("0123456789ab", "Sea", "sea.flac", 60.0),))
    write_items(store, (Item("a", "taking"), Item("b", "waiting"), Item("sea.flac", "ready")))
    (found,) = content.recordings(own)
    assert (found.level, found.message) == (Level.OK, "1 can be played, 2 to be taken in")


def test_a_list_that_is_torn_names_what_to_remove(own):
    store = own.folders.recordings
    store.mkdir()
    (store / "index.json").write_text("{torn")
    found = only(content.recordings(own))
    assert "cannot be read: it is torn or not JSON" in found.message
    assert f"remove {store / 'index.json'}" in found.mend


def test_missing_beds_are_made_by_a_command(tmp_path):
    found = content.beds(Catalogue(Folders.inside(ROOT, tmp_path)))
    assert (found.level, found.mend) == (WARNING, "nidra-box beds")
    assert found.message.startswith("7 of 7 are missing or damaged: ")


def test_what_a_person_may_not_read_of_the_service_s_is_unknown():
    """Beds in a folder of 0750, a member's script and recording of 0640."""
    ask = "sudo nidra-box doctor"
    with a_folder_for_all() as folder:
        own = Catalogue(Folders.inside(folder / "share", folder))
        shut = [folder / "programmes/mine.yaml", folder / "recordings", folder / "beds"]
        for path in (shut[0], folder / "recordings/index.json", folder / "beds/bed"):
            path.parent.mkdir()
            path.write_bytes(b"")
        named = Config(programmes=("mine",), hold_programme="")
        assert content.programmes(own, named, "nidra-box")[0].level is WRONG
        assert content.recordings(own, "nidra-box")[0].level is WARNING
        assert content.beds(own, "nidra-box").level is WARNING
        for path in shut:
            path.chmod(0o000)
        try:
            with without_rights():
                assert content.programmes(own, named, "nidra-box") == [
                    Finding(
                        "scripts",
                        UNKNOWN,
                        "not all can be read; only nidra-box may look there",
                        ask,
                    )
                ]
                assert content.recordings(own, "nidra-box") == [
                    Finding(
                        "recordings",
                        UNKNOWN,
                        f"{folder / 'recordings'}; only nidra-box may look there",
                        ask,
                    )
                ]
                assert content.beds(own, "nidra-box") == Finding(
                    "beds", UNKNOWN, "only nidra-box may look there", ask
                )
                assert content.beds(own).level is WARNING  # where no service is, it is damaged
        finally:
            for path in shut:
                path.chmod(0o700)


def test_a_folder_of_programmes_that_is_shut_names_none_that_are_missing():
    with a_folder_for_all() as folder:
        own = Catalogue(Folders.inside(folder / "share", folder))
        own.folders.own_programmes.mkdir()
        script = own.folders.shipped_programmes / "any.yaml"
        script.parent.mkdir(parents=True)
        script.write_text(SMALL)
        config = Config(programmes=("mine",), hold_programme="")
        found = content.programmes(own, config, "nidra-box")
        assert "programmes" in {f.subject for f in found}
        own.folders.own_programmes.chmod(0o000)
        try:
            with without_rights():
                found = content.programmes(own, config, "nidra-box")
        finally:
            own.folders.own_programmes.chmod(0o700)
    assert "programmes" not in {f.subject for f in found}
    assert next(f for f in found if f.subject == "scripts").level is UNKNOWN


def test_every_mistake_in_the_settings_is_a_line(tmp_path):
    path = tmp_path / "box.yaml"
    path.write_text("format: nidra-box-config/1\npins: {button: 99}\nvolum: {}\n")
    with pytest.raises(DocumentError) as caught:
        read_config(path)
    found = content.settings(path, caught.value.problems)
    assert [f.level for f in found] == [WRONG, WRONG]
    assert {f.mend for f in found} == {f"mend it, then: nidra-box check {path}"}
    assert any(f"{path}:2: pins.button: " in f.message for f in found)
    assert any("volume" in f.message for f in found)


# -- saying it --------------------------------------------------------------------------------

SOME = [
    Finding("board", Level.OK, "good"),
    Finding("light", Level.WARNING, "so so", "a better one"),
    Finding("sound card", Level.WRONG, "evil\x1b[2J\nname", "another"),
]


def test_a_line_for_each_thing_and_one_that_counts():
    assert report.lines(SOME) == [
        "ok       board       good",
        "warning  light       so so → a better one",
        "wrong    sound card  evil\\x1b[2J name → another",
        "1 wrong, 1 warning, 1 ok",
    ]


def test_colour_only_where_it_is_asked_for():
    assert "\x1b" not in "".join(report.lines(SOME))
    assert report.lines(SOME, coloured=True)[0] == "\x1b[32mok     \x1b[0m  board       good"


def test_more_than_ten_of_a_kind_are_one_line():
    ten = [Finding("script", WRONG, f"{n}", "x") for n in range(10)]
    assert len(report.lines(ten)) == 10 + 1
    more = report.lines([*ten, Finding("script", WRONG, "10", "x"), SOME[0]])
    assert len(more) == 2 + 1
    assert "11 of them; nidra-box doctor --json names each" in more[1]
    assert more[-1] == "11 wrong, 1 ok"


def test_the_running_box_s_own_list_of_faults_is_shown(monkeypatch):
    said = {"faults": ["the supply is too weak (under-voltage)"]}
    monkeypatch.setattr(command, "ask_this_machine", lambda: said)
    assert command._running() == [
        Finding("box", WARNING, "the supply is too weak (under-voltage)", "journalctl -u nidra-box")
    ]
    said["faults"] = []
    assert bad(command._running()) == []


def test_json_is_whole():
    document = json.loads(json.dumps(report.as_values(SOME)))
    assert document["ok"] is False
    assert document["counts"] == {"ok": 1, "warning": 1, "wrong": 1, "unknown": 0}
    assert [Finding(**{**f, "level": Level(f["level"])}) for f in document["findings"]] == SOME


def test_a_warning_is_not_a_failure():
    assert report.as_values(SOME[:2])["ok"] is True


def test_the_command_on_this_machine(capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    monkeypatch.delenv("STATE_DIRECTORY", raising=False)
    before = set(os.listdir())
    code = main(["doctor", "--json"])
    document = json.loads(capsys.readouterr().out)
    assert code == (0 if document["ok"] else 1)
    assert document["format"] == "nidra-box-doctor/1"
    assert (document["settings"], document["written"]) == (None, False)
    subjects = {f["subject"] for f in document["findings"]}
    assert {"board", "sound card", "state folder", "free space", "clock"} <= subjects
    assert {"gpiozero", "lgpio", "pygame", "numpy", "settings", "scripts", "beds"} <= subjects
    assert all(set(f) == {"subject", "level", "message", "mend"} for f in document["findings"])
    for finding in document["findings"]:
        assert bool(finding["mend"]) == (finding["level"] in ("warning", "wrong"))
    assert set(os.listdir()) == before  # lgpio's FIFO, above all
    assert list(tmp_path.iterdir()) == []


def test_the_command_with_broken_settings_still_looks_at_the_rest(capsys, tmp_path):
    path = tmp_path / "box.yaml"
    path.write_text("pins: [")
    assert main(["doctor", "--config", str(path)]) == 1
    said = capsys.readouterr().out
    assert f"{path}:" in said
    assert "→ mend it, then: nidra-box check" in said
    assert "free space" in said
    assert "\x1b" not in said
