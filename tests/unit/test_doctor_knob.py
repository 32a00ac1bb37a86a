"""`doctor --knob`: the dialogue in virtual time, what is said of each fault, the file written."""

import dataclasses
import io
import json
import os
import queue
import threading
import time

import pytest
from gpiozero.pins.mock import MockFactory, MockPWMPin

from nidra_box.cli import knob as command
from nidra_box.cli import main
from nidra_box.cli.common import Failed
from nidra_box.cli.knob_settings import edited, settle
from nidra_box.config import Config, KnobSettings, Pins, read_config
from nidra_box.doctor.button import judge_button
from nidra_box.doctor.finding import Level
from nidra_box.doctor.knob import Fault, KnobFound, Travel, Turned, judge_knob
from nidra_box.doctor.knob_says import button_finding, knob_findings, line_of
from nidra_box.doctor.watching import End, Enter, Watcher
from nidra_box.documents.edit import with_settings
from nidra_box.hardware.gpio import GpioInputs
from nidra_box.hardware.ports import Edge
from nidra_box.session.hands import BUTTON, KNOB_A, KNOB_B
from tests.support.box import ROOT
from tests.support.knobs import FakeKnob, presses

SHIPPED = (ROOT / "config" / "nidra-box.yaml").read_text(encoding="utf-8")
FOUND = {"steps_per_detent": 2, "reverse": True}


class Scene:
    """A stage whose edges are known beforehand; time jumps to the next one."""

    def __init__(self, acts, at=0.0, levels=None):
        self.acts, self.at, self.levels = list(acts), at, levels or {}

    def now(self):
        return self.at

    def next(self, until):
        if self.acts and self.acts[0][0] <= until:
            self.at, act = self.acts.pop(0)
            if isinstance(act, Edge):
                self.levels[act.line] = act.closed
            return act
        self.at = max(until, self.at)
        return None

    def closed(self, line):
        return self.levels.get(line, False)


def acted(*parts):
    """Edges one after another, and Enter where a part says so, each with its time."""
    acts = []
    for part in parts:
        if part == "enter":
            acts.append((acts[-1][0] + 0.5, Enter()))
        else:
            acts += [(edge.at, edge) for edge in part]
    return acts


def hand(steps=2, swapped=True):
    """Ten clicks each way, a press after each, then three presses."""
    knob = FakeKnob(steps, swapped, bounce_s=0.002)
    right = knob.turn(10).edges
    knob.at += 2.0
    first = presses(1, 0.003, at=knob.at)
    knob.at += 3.0
    left = knob.turn(-10).edges
    second = presses(1, 0.003, at=knob.at + 1.0)
    return acted(right, first, left, second, presses(3, 0.003, at=knob.at + 4.0))


# -- the dialogue ----------------------------------------------------------------------------


def test_a_whole_dialogue_finds_the_settings(capsys):
    findings, settings = command.examine(Scene(hand()), Config())
    assert settings == FOUND
    assert {finding.level for finding in findings} == {Level.OK}
    assert [f.subject for f in findings] == ["knob", "direction", "knob A", "knob B", "button"]
    assert findings[0].message.startswith("2 steps per detent (10 clicks to the right, 10 to the")
    assert "not as in the settings" in findings[0].message
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in said] == ["Turn", "Now", "Press"]


def test_enter_ends_a_turn_where_the_button_is_dead():
    knob = FakeKnob(4)
    right = knob.turn(10).edges
    knob.at += 5.0
    acts = acted(right, "enter", knob.turn(-10).edges, "enter")
    findings, settings = command.examine(Scene(acts), Config())
    assert settings == {"steps_per_detent": 4, "reverse": False}
    button = findings[-1]
    assert (button.subject, button.level) == ("button", Level.WRONG)
    assert "GPIO23 saw nothing" in button.message


def test_a_box_without_a_button_is_not_asked_to_press_it(capsys):
    acts = acted(FakeKnob(4).turn(10).edges, "enter")
    findings, _ = command.examine(Scene(acts), Config(pins=Pins(button=-1)))
    assert "button" not in capsys.readouterr().err
    assert all(finding.subject != "button" for finding in findings)


def test_a_minute_without_an_edge_ends_it_and_names_the_pins(capsys):
    scene = Scene([])
    findings, settings = command.examine(scene, Config())
    assert settings is None
    assert scene.at == 120.0  # the turn, and the presses
    assert "neither GPIO22 (A) nor GPIO27 (B)" in findings[0].message
    assert "ground" in findings[0].mend
    assert "Nothing came for 60 s." in capsys.readouterr().err


def test_silence_counts_from_the_last_edge():
    knob = FakeKnob(4)
    scene = Scene(acted(knob.turn(10).edges))
    watcher = Watcher.begin(scene, lambda words: None)
    turned = watcher.turn()
    assert watcher.ended is End.SILENCE
    assert scene.at == turned.edges[-1].at + 60.0


def test_the_count_is_shown_as_it_grows():
    shown = []
    watcher = Watcher.begin(Scene(hand()), shown.append)
    watcher.turn()
    changes = sum("changed" in words for words in shown)
    assert changes == len(shown) > 20
    assert shown[-1].startswith("A changed ")


def test_a_button_still_held_from_before_starts_nothing():
    """The release that ends one step is no press in the next."""
    watcher = Watcher.begin(Scene(hand()), lambda words: None)
    right, left = watcher.turn(), watcher.turn()
    assert judge_knob(right, left).steps_per_detent == 2
    closed, begun_at, edges = watcher.presses()
    assert closed is True
    assert judge_button(closed, edges, begun_at).presses == 3


def test_a_last_press_that_is_held_is_waited_for():
    watcher = Watcher.begin(Scene(acted(presses(3, down_s=0.9)), at=99.0), lambda words: None)
    closed, begun_at, edges = watcher.presses()
    assert (watcher.ended, len(edges)) == (End.BUTTON, 6)
    assert not judge_button(closed, edges, begun_at).held


def test_on_gpiozero_s_mock_pins_driven_by_another_thread():
    """The very port of the box: DigitalInputDevice, one put for an edge."""
    factory, edges, clock = MockFactory(pin_class=MockPWMPin), [], [0.0]
    inputs = GpioInputs(factory, Pins(), edges.append, lambda: clock[0])
    numbers = {BUTTON: 23, KNOB_A: 22, KNOB_B: 27}

    def drive():
        for clock[0], edge in hand():
            pin = factory.pin(numbers[edge.line])
            pin.drive_low() if edge.closed else pin.drive_high()

    thread = threading.Thread(target=drive)
    thread.start()
    thread.join()
    inputs.close()
    findings, settings = command.examine(Scene([(e.at, e) for e in edges]), Config())
    assert settings == FOUND
    assert {finding.level for finding in findings} == {Level.OK}


def test_the_bench_hears_edges_and_the_enter_key(monkeypatch):
    edges = queue.SimpleQueue()
    factory = MockFactory(pin_class=MockPWMPin)
    inputs = GpioInputs(factory, Pins(), edges.put, time.monotonic)
    reading, writing = os.pipe()
    with os.fdopen(reading) as keyboard:
        monkeypatch.setattr("sys.stdin", keyboard)
        bench = command.Bench(inputs, edges, True)
        assert bench.next(bench.now()) is None
        thread = threading.Thread(target=factory.pin(22).drive_low)
        thread.start()
        edge = bench.next(bench.now() + 10.0)
        thread.join()
        assert (edge.line, edge.closed) == (KNOB_A, True)
        assert bench.closed(KNOB_A) is True
        assert bench.closed("nothing of the kind") is False
        os.write(writing, b"\n")
        assert bench.next(bench.now() + 10.0) == Enter()
        os.close(writing)
        assert bench.next(bench.now() + 10.0) == Enter()  # the terminal has gone
        assert bench.next(bench.now()) is None  # and is not asked again
    inputs.close()


def test_pins_that_are_held_name_the_service():
    factory = MockFactory(pin_class=MockPWMPin)
    box = GpioInputs(factory, Pins(), lambda edge: None, lambda: 0.0)
    doctor = GpioInputs(factory, Pins(), lambda edge: None, lambda: 0.0)
    with pytest.raises(Failed, match=r"sudo systemctl stop nidra-box, and .* start nidra-box"):
        command._must_be_open(doctor)
    command._must_be_open(box)
    box.close()


# -- what is said ----------------------------------------------------------------------------

OPEN = Turned(False, False, ())
NOWHERE = Travel(0, 0, 0)


def said(fault, turned=OPEN):
    found = KnobFound(fault, NOWHERE, NOWHERE)
    (finding,) = knob_findings(found, turned, turned, Pins(), KnobSettings())
    assert finding.level is Level.WRONG
    assert finding.mend
    return finding


@pytest.mark.parametrize(
    ("fault", "turned", "words"),
    [
        (Fault.STILL, OPEN, "neither GPIO22 (A) nor GPIO27 (B) saw anything"),
        (Fault.STILL, Turned(True, True, ()), "GPIO22 and GPIO27 are closed all the time"),
        (Fault.A_DEAD, OPEN, "GPIO22 saw nothing"),
        (Fault.A_DEAD, Turned(True, False, ()), "GPIO22 is closed all the time"),
        (Fault.B_DEAD, OPEN, "GPIO27 saw nothing"),
        (Fault.TOGETHER, OPEN, "GPIO22 and GPIO27 move as one"),
        (Fault.SAME_WAY, OPEN, "both turns went the same way"),
        (Fault.UNCLEAR, OPEN, "do not make ten clicks"),
    ],
)
def test_every_fault_has_words_and_a_mend(fault, turned, words):
    assert words in said(fault, turned).message


def test_a_worn_knob_is_warned_of():
    found = KnobFound(Fault.NONE, Travel(40, 3, 1), Travel(-40, 0, 0, 5), 4, False, 0.012, 0.001)
    findings = knob_findings(found, OPEN, OPEN, Pins(), KnobSettings())
    warned = {f.subject: f for f in findings if f.level is Level.WARNING}
    assert set(warned) == {"knob A", "steps"}
    assert "12.0 ms" in warned["knob A"].message
    assert "there is no setting" in warned["knob A"].mend
    assert warned["steps"].message == "1 lost, 3 backwards, 5 that came to nothing"


@pytest.mark.parametrize(
    ("edges", "closed", "level", "words"),
    [
        (presses(3, 0.004), False, Level.OK, "bounce up to 4.0 ms (the box bridges 25)"),
        (presses(3, 0.034), False, Level.WARNING, "bounces 34 ms"),
        (presses(2), False, Level.WARNING, "2 presses were counted, 3 were asked for"),
        ([], False, Level.WRONG, "GPIO23 saw nothing"),
        ([], True, Level.WRONG, "closed all the time"),
        (presses(3)[:-1], False, Level.WRONG, "closed all the time"),
        (
            [Edge(100 + i * 0.002, BUTTON, i % 2 == 0) for i in range(200)],
            False,
            Level.WRONG,
            "over 80 changes in 0.5 s",
        ),
    ],
)
def test_what_is_said_of_the_button(edges, closed, level, words):
    finding = button_finding(judge_button(closed, edges, 99.0), 23)
    assert (finding.level, words in finding.message) == (level, True), finding


# -- the settings file -----------------------------------------------------------------------


def test_two_words_change_in_the_shipped_file_and_nothing_else():
    after = with_settings(SHIPPED, "knob", {"steps_per_detent": "2", "reverse": "true"})
    changed = [
        (a, b) for a, b in zip(SHIPPED.splitlines(), after.splitlines(), strict=True) if a != b
    ]
    assert changed == [
        (
            "  steps_per_detent: 4  # 4, 2 or 1, default 4: only every second click counts? write 2",
            "  steps_per_detent: 2  # 4, 2 or 1, default 4: only every second click counts? write 2",
        ),
        (
            "  reverse: false       # true | false, default false",
            "  reverse: true        # true | false, default false",
        ),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "format: nidra-box-config/1\n",
        "format: nidra-box-config/1",
        "knob:\n  reverse: false\nvolume:\n  step_db: 2\n",
        "knob:\n    # mine\n    acceleration: 3\n\n# the rest\nlock: night\n",
        "knob: {reverse: false, acceleration: 3}  # short\nlock: night\n",
        "knob: {}\n",
        "lock: night\r\nknob:\r\n  reverse: false\r\n",
        "# knob: {reverse: false}\nknob:\n  steps_per_detent: 4 # four\n  reverse: false # no\n",
        "pins: {knob_a: 5, knob_b: 6}\nlight: {colours: one}\n# the end\n",
        "\ufeffknob:\n  reverse: false\n",
    ],
)
def test_any_ordinary_file_keeps_what_it_says(tmp_path, text):
    path = tmp_path / "box.yaml"
    path.write_bytes(text.encode())
    old = read_config(path)
    before, after = edited(path, FOUND)
    assert before.encode() == text.encode()
    path.write_bytes(after.encode())
    assert read_config(path) == dataclasses.replace(
        old, knob=dataclasses.replace(old.knob, **FOUND)
    )
    kept = [line for line in text.splitlines() if "#" in line]
    for comment in kept:
        assert comment.partition("#")[2] in after
    assert ("\r\n" in after) is ("\r\n" in text)
    assert edited(path, FOUND) == (after, after)


@pytest.mark.parametrize(
    "text",
    ['"knob":\n  reverse: false\n', "{knob: {reverse: false}}\n", "knob: {reverse:\n  false}\n"],
)
def test_a_file_written_in_another_way_is_refused_not_damaged(tmp_path, text):
    path = tmp_path / "box.yaml"
    path.write_text(text)
    with pytest.raises(Failed):
        settle(read_config(path), path, FOUND, write=True, asks=False)
    assert path.read_text() == text


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "nidra-box.yaml"
    path.write_text(SHIPPED, encoding="utf-8")
    path.chmod(0o640)
    return path


def test_write_shows_the_diff_and_keeps_mode_and_link(file, tmp_path, capsys):
    link = tmp_path / "link.yaml"
    link.symlink_to(file.name)
    assert settle(Config(), link, FOUND, write=True, asks=False) is True
    assert link.is_symlink()
    assert file.stat().st_mode & 0o777 == 0o640
    assert read_config(file).knob == KnobSettings(2, True)
    assert {p.name for p in tmp_path.iterdir()} == {"nidra-box.yaml", "link.yaml"}
    said = capsys.readouterr().err
    assert "\n-  reverse: false" in said
    assert "\n+  reverse: true" in said
    assert "systemctl restart nidra-box" in said


@pytest.mark.parametrize(("answer", "written"), [("y\n", True), ("\n", False), ("", False)])
def test_a_person_is_asked_and_silence_is_no(file, monkeypatch, capsys, answer, written):
    monkeypatch.setattr("sys.stdin", io.StringIO(answer))
    assert settle(Config(), file, FOUND, write=False, asks=True) is written
    assert (read_config(file).knob == KnobSettings(2, True)) is written
    assert f"write this to {file}? [y/N]" in capsys.readouterr().err


def test_without_a_person_nothing_is_asked_and_nothing_written(file, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", None)
    assert settle(Config(), file, FOUND, write=False, asks=False) is False
    assert file.read_text(encoding="utf-8") == SHIPPED
    assert "doctor --knob --write" in capsys.readouterr().err


def test_settings_that_say_so_already_are_left_alone(file, capsys):
    assert settle(Config(knob=KnobSettings(2, True)), file, FOUND, True, False) is False
    assert "say so already" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_named(tmp_path, capsys):
    path = tmp_path / "none.yaml"
    assert settle(Config(), path, FOUND, write=False, asks=True) is False
    assert str(path) in capsys.readouterr().err
    with pytest.raises(Failed, match="cannot be read"):
        settle(Config(), path, FOUND, write=True, asks=False)


def test_a_full_or_read_only_disk_leaves_the_old_file(file, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(Failed, match="cannot be written: no space left"):
        settle(Config(), file, FOUND, write=True, asks=False)
    assert file.read_text(encoding="utf-8") == SHIPPED
    assert [p.name for p in file.parent.iterdir()] == [file.name]


# -- the command -----------------------------------------------------------------------------


def test_the_line_for_the_settings_is_yaml():
    assert line_of(FOUND) == "knob: {steps_per_detent: 2, reverse: true}"


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["--write"], 2, "--write belongs to --knob"),
        (["--json", "--light"], 2, "--json has nothing to say"),
        (["--knob"], 78, "native"),
    ],
)
def test_what_cannot_be_done_is_one_line(capsys, monkeypatch, words, code, told):
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "native")
    assert main(["doctor", *words]) == code
    assert told in capsys.readouterr().err


def test_a_box_without_a_knob_says_so(tmp_path, capsys):
    path = tmp_path / "box.yaml"
    path.write_text("pins: {knob_a: -1, knob_b: -1}\n")
    assert main(["doctor", "--knob", "--config", str(path)]) == 1
    assert "no knob is configured" in capsys.readouterr().err


def test_for_a_program_there_is_one_object(file, capsys, monkeypatch):
    """The whole command on mock pins; the hands are a scene, since no thread can turn a knob
    slowly without sleeping."""
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setenv("GPIOZERO_MOCK_PIN_CLASS", "mockpwmpin")
    monkeypatch.setattr(command, "Bench", lambda inputs, edges, keys: Scene(hand()))
    assert main(["doctor", "--knob", "--json", "--write", "--config", str(file)]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ok"] is True
    assert found["settings"] == {"knob": FOUND}
    assert found["written"] is True
    assert len(found["findings"]) == 5
    assert read_config(file).knob == KnobSettings(2, True)
