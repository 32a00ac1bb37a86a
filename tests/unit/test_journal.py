"""The diary in the journal: the same words, and fields beside them."""

import logging
import os
import re

import pytest

from nidra_box.diary import entries
from nidra_box.diary.diary import Diary, Log
from nidra_box.diary.entries import Fault, Severity
from nidra_box.diary.journal import Journal as Sink
from nidra_box.diary.journal import find_log, message_id, speaks_to_journal


class Journal:
    """Stands where `systemd.journal` stands."""

    def __init__(self, fails=False):
        self.entries = []
        self.fails = fails

    def send(self, MESSAGE, MESSAGE_ID=None, **fields):
        if self.fails:
            raise OSError(107, "nobody listens")
        for text in (MESSAGE, *map(str, fields.values())):
            text.encode()  # as the real one does
        self.entries.append({"MESSAGE": MESSAGE, "MESSAGE_ID": MESSAGE_ID} | fields)


class Spare:
    def __init__(self):
        self.notes = []

    def note(self, at, entry, diary):
        self.notes.append((at, entry))


def a_night(diary):
    diary.write(0.0, entries.Ready(2, "small", "no light"))
    diary.write(1.0, entries.Started("small", "Small", 0.0, -20.0, 0.0))
    diary.write(1.0, entries.PhaseChanged("playing"))
    diary.write(9.0, Fault("light", "gone"))
    diary.write(60.0, entries.ProgrammeEnded("small", 59.0))
    diary.write(60.0, entries.PhaseChanged("idle"))
    diary.write(70.0, entries.VolumeChanged(-21.5))


@pytest.fixture
def night(caplog):
    journal, spare = Journal(), Spare()
    with caplog.at_level("DEBUG", "nidra_box"):
        a_night(Diary(Sink(journal, spare)))
    assert spare.notes == []
    return journal.entries


def test_an_entry_says_what_a_person_reads_and_what_a_program_asks_for(night):
    fault = night[3]
    assert fault["MESSAGE"] == "fault: light: gone"
    assert fault["PRIORITY"] == 4
    assert fault["MESSAGE_ID"] == message_id("fault")
    assert {key: value for key, value in fault.items() if key.startswith("NIDRA_")} == {
        "NIDRA_WHAT": "fault",
        "NIDRA_PHASE": "playing",
        "NIDRA_PROGRAMME": "small",
        "NIDRA_PART": "light",
        "NIDRA_REASON": "gone",
        "NIDRA_FAULT": "1",
    }


def test_phase_and_programme_are_those_it_happened_in(night):
    assert [(e["NIDRA_PHASE"], e.get("NIDRA_PROGRAMME")) for e in night] == [
        ("idle", None),
        ("idle", "small"),  # the start itself
        ("playing", "small"),
        ("playing", "small"),
        ("playing", "small"),
        ("idle", "small"),
        ("idle", None),
    ]


def test_field_names_are_what_the_journal_takes(night):
    for entry in night:
        assert all(re.fullmatch(r"[A-Z][A-Z0-9_]{0,63}", key) for key in entry)


@pytest.mark.parametrize(
    "entry",
    [
        Fault("light", "r"),
        entries.Refused("a", "r"),
        entries.SoundLost("r"),
        entries.TurnedLate(1),
        entries.Trouble("button", "stuck"),
        entries.NothingToPlay("", 0.0),
        entries.ConfigurationRefused("r"),
        entries.Fatal("r"),
    ],
    ids=lambda entry: entry.what,
)
def test_all_that_went_wrong_has_one_field_and_is_a_warning(entry):
    journal = Journal()
    Diary(Sink(journal, Spare())).write(1.0, entry)
    (sent,) = journal.entries
    assert sent["NIDRA_FAULT"] == "1"
    assert sent["PRIORITY"] == (3 if entry.severity is Severity.FATAL else 4)


def test_what_went_as_it_should_has_not(night):
    assert [e["NIDRA_WHAT"] for e in night if "NIDRA_FAULT" in e] == ["fault"]


@pytest.fixture
def root():
    """The root logger, with a handler that keeps what reaches it."""
    logger, lines = logging.getLogger(), []
    before = logger.handlers

    class Lines(logging.Handler):
        def emit(self, record):
            lines.append(record.getMessage())

    logger.handlers = [Lines()]
    yield logger, lines
    logger.handlers = before


def test_a_line_of_logging_is_an_entry_and_no_line_beside_it(root):
    logger, lines = root
    journal = Journal()
    with Sink(journal, Spare()).takes_log():
        logging.getLogger("nidra_box").warning("the night could not be %s", "written down")
        logging.getLogger("other").error("e")
    logging.getLogger("nidra_box").warning("afterwards")
    assert lines == ["afterwards"]
    entry, other = journal.entries
    assert entry["MESSAGE"] == "the night could not be written down"
    assert (entry["NIDRA_WHAT"], entry["NIDRA_FAULT"], entry["PRIORITY"]) == ("log", "1", 4)
    assert other["PRIORITY"] == 3


def test_what_is_no_warning_is_no_fault(root):
    logger, _ = root
    journal = Journal()
    with Sink(journal, Spare()).takes_log():
        logger.handle(logging.makeLogRecord({"msg": "waiting", "levelno": logging.INFO}))
    (entry,) = journal.entries
    assert "NIDRA_FAULT" not in entry


def test_a_journal_that_does_not_answer_leaves_the_lines_on_stderr(root):
    logger, lines = root
    sink = Sink(Journal(fails=True), Log())
    with sink.takes_log():
        logging.getLogger("nidra_box").warning("a word")
        Diary(sink).write(1.0, Fault("light", "gone"))
    assert lines == ["a word", "fault: light: gone"]


def test_a_name_that_is_no_utf_8_is_sent_all_the_same():
    journal = Journal()
    Diary(Sink(journal, Spare())).write(1.0, entries.Refused("a\udcff", "bad"))
    assert journal.entries[0]["NIDRA_PROGRAMME"] == "a\\udcff"


def test_a_line_of_logging_that_is_no_utf_8_is_sent_all_the_same(root):
    journal = Journal()
    with Sink(journal, Spare()).takes_log():
        logging.getLogger("nidra_box").warning("cannot read %s", "a\udcff")
    assert journal.entries[0]["MESSAGE"] == "cannot read a\\udcff"


def test_a_kind_has_one_id_for_ever():
    assert message_id("fault") == "2ff2fb552e405f55b567c25d5886fbb6"
    assert len({message_id(what) for what in ("start", "stop", "go on", "fault")}) == 4


def test_what_is_quiet_stays_quiet(caplog):
    journal = Journal()
    with caplog.at_level("INFO", "nidra_box"):
        diary = Diary(Sink(journal, Spare()))
        diary.write(1.0, entries.PhaseChanged("playing"))
        diary.write(2.0, entries.Stopped("", 1.0))
    assert [e["NIDRA_WHAT"] for e in journal.entries] == ["stop"]
    assert journal.entries[0]["NIDRA_PHASE"] == "playing"  # known all the same


def test_a_journal_that_does_not_answer_loses_no_line():
    spare = Spare()
    Diary(Sink(Journal(fails=True), spare)).write(3.0, Fault("light", "gone"))
    assert spare.notes == [(3.0, Fault("light", "gone"))]


def test_the_journal_is_spoken_to_only_where_stderr_goes_there(tmp_path):
    with (tmp_path / "stream").open("w") as file:
        found = os.fstat(file.fileno())
        assert speaks_to_journal(f"{found.st_dev}:{found.st_ino}", file.fileno())
        assert not speaks_to_journal("1:2", file.fileno())
        assert not speaks_to_journal("", file.fileno())
        closed = file.fileno()
    assert not speaks_to_journal("1:2", closed)


def test_off_systemd_the_lines_are_plain(monkeypatch):
    monkeypatch.delenv("JOURNAL_STREAM", raising=False)
    assert isinstance(find_log(), Log)
