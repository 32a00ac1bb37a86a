"""`doctor --knob`: which knob this is, learnt from ten clicks each way, and the settings for it."""

from __future__ import annotations

import contextlib
import queue
import select
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from nidra_box.cli.common import (
    BUSY,
    FAILED,
    MISCONFIGURED,
    SYSTEM_CONFIG,
    Failed,
    can_colour,
    can_draw,
    print_json,
    say,
)
from nidra_box.cli.common.leaving import styled
from nidra_box.cli.knob_settings import settle
from nidra_box.config import Config
from nidra_box.doctor import report
from nidra_box.doctor.button import judge_button
from nidra_box.doctor.finding import Finding, Level
from nidra_box.doctor.knob import judge_knob
from nidra_box.doctor.knob_says import (
    button_finding,
    knob_findings,
    line_of,
    settings_of,
)
from nidra_box.doctor.watching import SILENCE_S, End, Enter, Stage, Watcher
from nidra_box.hardware.board import NotAPi
from nidra_box.hardware.gpio import GpioInputs, open_factory
from nidra_box.hardware.ports import Edge, Inputs
from nidra_box.session.hands import KNOB_A, KNOB_B
from nidra_box.words import reason_of

_LOOK_S = 0.1
"""How often Enter is looked for while no edge comes."""


class Bench:
    """The pins and the keyboard. One thread: edges come through a queue, as in the box."""

    def __init__(self, inputs: Inputs, edges: queue.SimpleQueue[Edge], keys: bool) -> None:
        self._inputs, self._edges, self._keys = inputs, edges, keys

    def now(self) -> float:
        return time.monotonic()

    def next(self, until: float) -> Edge | Enter | None:
        while True:
            left = max(until - self.now(), 0.0)
            with contextlib.suppress(queue.Empty):
                return self._edges.get(timeout=min(left, _LOOK_S) if self._keys else left)
            if self._keys and select.select([sys.stdin], [], [], 0.0)[0]:
                self._keys = bool(sys.stdin.readline())  # empty: the terminal has gone
                return Enter()
            if self.now() >= until:
                return None

    def closed(self, line: str) -> bool:
        return self._inputs.closed().get(line, False)


def try_knob(config: Config, path: Path | None, json: bool, write: bool) -> int:
    """Watch knob and button, say what they are, offer to write it down. Raises Failed."""
    path = (path or SYSTEM_CONFIG).absolute()  # from here on we stand in another folder
    if config.pins.knob_a < 0 or config.pins.knob_b < 0:
        raise Failed("no knob is configured, such as: pins: {knob_a: 22, knob_b: 27}")
    edges: queue.SimpleQueue[Edge] = queue.SimpleQueue()
    # lgpio leaves a FIFO where it is imported.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        try:
            inputs = GpioInputs(open_factory(), config.pins, edges.put, time.monotonic)
        except NotAPi as error:
            raise Failed(str(error), MISCONFIGURED) from error
        try:
            _must_be_open(inputs)
            findings, settings = examine(Bench(inputs, edges, sys.stdin.isatty()), config)
        except OSError as error:
            raise Failed(f"the pins: {reason_of(error)}") from error
        finally:
            inputs.close()
    written = False
    if not json:
        print("\n".join(report.lines(findings, can_colour(sys.stdout))))
    if settings is not None:
        if not json:
            print(line_of(settings))
        written = settle(config, path, settings, write, asks=not json and _a_person_is_there())
    if json:
        learnt = {"knob": settings} if settings else None
        print_json("doctor", report.as_values(findings, learnt, written))
    return FAILED if any(finding.level is Level.WRONG for finding in findings) else 0


def _must_be_open(inputs: Inputs) -> None:
    complaints = inputs.complaints()
    if any("busy" in words or "in use" in words for words in complaints):
        raise Failed(f"the pins are held, most likely by the running box: {BUSY}")
    if {KNOB_A, KNOB_B} - inputs.closed().keys():
        raise Failed("; ".join(complaints))
    for complaint in complaints:
        say(complaint)


def examine(stage: Stage, config: Config) -> tuple[list[Finding], dict[str, Any] | None]:
    """The dialogue: two turns and three presses. Raises OSError."""
    live = can_draw(sys.stderr)

    def show(words: str) -> None:
        if live:
            styled(f"\r\x1b[K{words}", sys.stderr)

    def ask(words: str) -> None:
        show("")
        say(words)

    pins = config.pins
    watcher = Watcher.begin(stage, show)
    end = "press the button (or Enter)" if pins.button >= 0 else "press Enter"
    ask(f"Turn the knob ten clicks to the right, slowly, then {end}.")
    right = watcher.turn()
    if right.edges:
        ask(f"Now ten clicks to the left, slowly, then {end}.")
        left = watcher.turn()
    else:
        left = right
        if watcher.ended is End.SILENCE:
            ask(f"Nothing came for {SILENCE_S:.0f} s.")
    found = judge_knob(right, left)
    findings = knob_findings(found, right, left, pins, config.knob)
    if pins.button >= 0:
        ask("Press the button three times, a second apart.")
        closed, begun_at, edges = watcher.presses()
        findings.append(button_finding(judge_button(closed, edges, begun_at), pins.button))
    show("")
    return findings, settings_of(found)


def _a_person_is_there() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()
