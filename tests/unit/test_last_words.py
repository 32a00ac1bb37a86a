"""Why the service ends: once, findable in the journal, and with the night written down."""

import os
import sys
from types import SimpleNamespace

import pytest

from nidra_box.appliance import service
from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.inbox import QueueInbox
from nidra_box.appliance.parts.watchdog import InputsDied
from nidra_box.appliance.parts.workers import WorkerDied
from nidra_box.cli import box as box_module
from nidra_box.cli import main
from nidra_box.cli.common import leave
from nidra_box.diary import entries
from nidra_box.diary.journal import Journal as Sink
from nidra_box.diary.nights import NightFile
from nidra_box.hardware.board import ButtonHeld
from nidra_box.sound.port import SoundStuck
from tests.unit.test_journal import Journal, Spare


class Left(BaseException):
    """Stands for the end of the process."""


@pytest.fixture
def journal(monkeypatch, tmp_path):
    journal = Journal()
    monkeypatch.setattr(box_module, "find_log", lambda: Sink(journal, Spare()))
    monkeypatch.setattr(box_module, "LOOKED_UP_S", 0.0)
    monkeypatch.setenv("STATE_DIRECTORY", str(tmp_path))
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(tmp_path / "run"))
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    return journal


@pytest.fixture
def ends_with(monkeypatch):
    """A box that begins a night, loses its card and ends with an error 40 s later."""
    monkeypatch.setattr(box_module, "install_signals", lambda inbox: inbox)
    monkeypatch.setattr(service, "watch_power", lambda tell, post: None)

    def plan(error):
        def open_box(config, path, diary, pins, given):
            def run():
                now = given.clock.now()
                diary.write(now - 50.0, entries.Started("a", "A", 0.0, -20.0, 0.0))
                diary.write(now - 40.0, entries.SoundLost("unplugged"))
                raise error

            return SimpleNamespace(loop=SimpleNamespace(), run=run)

        monkeypatch.setattr(service, "open_box", open_box)

    return plan


def fatal(journal):
    return [entry for entry in journal.entries if entry["NIDRA_WHAT"] == "fatal"]


def test_every_mistake_in_the_settings_is_an_entry_and_nothing_is_said_twice(
    journal, tmp_path, capsys
):
    path = tmp_path / "box.yaml"
    path.write_text("programms: [a]\nvolume: {start_db: 12}\n")
    assert main(["run", "--config", str(path)]) == 78
    sent = fatal(journal)
    assert len(sent) >= 2
    assert "did you mean" in sent[0]["MESSAGE"]
    assert all(entry["NIDRA_FAULT"] == "1" and entry["PRIORITY"] == 3 for entry in sent)
    assert all("NIDRA_TRACEBACK" not in entry for entry in sent)
    assert capsys.readouterr().err == ""


def test_a_bug_is_one_line_and_its_place_is_a_field(journal, ends_with, capsys):
    ends_with(RuntimeError("a bug"))
    assert main(["run"]) == 1
    (entry,) = fatal(journal)
    assert entry["MESSAGE"].startswith("RuntimeError: a bug (journalctl ")
    assert "\n" not in entry["MESSAGE"]
    assert "in run\n" in entry["NIDRA_TRACEBACK"]
    assert capsys.readouterr().err == ""


def test_inputs_that_died_are_fatal_and_the_night_is_kept(journal, ends_with, tmp_path):
    ends_with(InputsDied("deaf"))
    assert main(["run"]) == 1
    (entry,) = fatal(journal)
    assert entry["MESSAGE"] == "deaf; ending, to be started afresh"
    assert NightFile(tmp_path).last().lost_card_s == pytest.approx(40.0, abs=1.0)


def test_a_stuck_card_is_fatal_and_the_night_is_kept(journal, ends_with, tmp_path):
    ends_with(SoundStuck("the sound card has not moved"))
    assert main(["run"]) == 1
    (entry,) = fatal(journal)
    night = NightFile(tmp_path).last()
    assert night.ended is None
    assert night.lost_card_s == pytest.approx(40.0, abs=1.0)
    assert entry["MESSAGE"] == "the sound card has not moved; ending, to be started afresh"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (WorkerDied("a thread has died: reader"), "; ending, to be started afresh"),
        (ButtonHeld("GPIO23 is held by another program"), ""),
    ],
)
def test_what_only_a_fresh_process_can_have_again_is_exit_1(journal, ends_with, error, said):
    ends_with(error)
    assert main(["run"]) == 1
    (entry,) = fatal(journal)
    assert entry["MESSAGE"] == f"{error}{said}"


def test_off_systemd_the_last_words_are_on_stderr(journal, ends_with, monkeypatch, capsys):
    monkeypatch.setattr(box_module, "find_log", Spare)
    ends_with(SoundStuck("stuck"))
    assert main(["run"]) == 1
    assert capsys.readouterr().err == "nidra-box: stuck; ending, to be started afresh\n"


def test_a_box_that_is_to_end_before_it_was_ready_does_not_begin(journal, ends_with):
    ends_with(AssertionError("it began"))
    inbox = QueueInbox(SystemClock())
    inbox.terminate()
    assert main(["run"], inbox) == 0
    assert fatal(journal) == []


def test_once_the_mixer_is_loaded_pythons_own_way_out_is_not_taken(monkeypatch):
    def leave_hard(code):
        raise Left(code)

    monkeypatch.setattr(os, "_exit", leave_hard)
    monkeypatch.setitem(sys.modules, "pygame.mixer", object())
    with pytest.raises(Left, match="1"):
        leave(1)
    monkeypatch.delitem(sys.modules, "pygame.mixer")
    with pytest.raises(SystemExit, match="78"):
        leave(78)
