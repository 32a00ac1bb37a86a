"""The box in a terminal: a picture of it, keys for its button and knob. Needs Textual.

This is the terminal's thread. It moves contacts through a `Hand`, posts the wish to end,
and draws what it sees; the box itself is turned by its owner's thread.
"""

from __future__ import annotations

import io
import math
import os
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from rich.console import Console
from rich.text import Text
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.timer import Timer

from nidra_box.appliance.clock import SystemClock
from nidra_box.appliance.ports import Publish
from nidra_box.config import Config
from nidra_box.session.events import Phase
from nidra_box.session.gestures import SECOND_PRESS_S
from nidra_box.sound.card.deck import Card
from nidra_box.sound.card.own_screen import screen_of_its_own
from nidra_box.studio.terminal.hand import Hand
from nidra_box.studio.terminal.layout import (
    CLASSES,
    PIECES,
    STYLE,
    Help,
    Pane,
    keys_line,
    lay_out,
)
from nidra_box.studio.terminal.night_curve import Night, NightCurve, curve_of, draw_curve, night_of
from nidra_box.studio.terminal.owner import Look, Owner
from nidra_box.studio.terminal.panel import (
    draw_diary,
    draw_head,
    draw_panel,
    draw_words,
    face_of,
    words_of,
)
from nidra_box.studio.terminal.picture import QUIET, Depth, draw_box, style_of

LIT_FRAME_S = 1 / 22  # while the lamp is lit or a hand has just moved
LIT_FRAME_FAR_S = 1 / 12  # likewise over SSH
PANEL_S = 0.1  # bars and times move less often than the lamp
DARK_FRAME_S = 1 / 4  # a night that is dark: only times change
IDLE_FRAME_S = 1 / 2
LIVELY_S = 1.5  # how long a key keeps the picture lively: a start shows within a frame
FLICKER_SPEED = 8.0
"""From this speed on the lamp is shown as a slow mean: 11 breaths a minute, 60 times as
fast, would be eleven flashes a second, and over three can harm (WCAG 2.3.1)."""
FLICKER_MEAN_S = 0.6
SMALLEST_MEAN = 0.2  # L*: a mean that has nearly faded is dark
SMALLEST_CURVE = (20, 2)
SPEEDS = (1.0, 10.0, 60.0, 600.0)
MOST_PRESSES = 60  # of a hand that looks for the first programme: a quarter of a minute
PATIENCE_S = 2.0  # with a card that does not close, once somebody has asked twice


class BoxApp(App[int]):
    """The running picture. Its result is the exit code."""

    ENABLE_COMMAND_PALETTE = False
    TITLE = "Nidra Box"
    CSS = STYLE
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "hand('press')", "press"),
        Binding("h", "hand('hold')", "hold"),
        Binding("d,enter", "hand('second_press')", "second press"),
        Binding("right,plus,equals_sign", "turn(1)", "louder"),
        Binding("left,minus", "turn(-1)", "softer"),
        Binding("shift+right,pageup", "turn(5)", "much louder"),
        Binding("shift+left,pagedown", "turn(-5)", "much softer"),
        Binding("p", "hand('push')", "push"),
        Binding("B", "push_turn(1)", "more light"),
        Binding("b", "push_turn(-1)", "less light"),
        Binding("0", "first", "first programme"),
        Binding("s", "speed(1)", "faster"),
        Binding("S", "speed(-1)", "slower"),
        Binding("question_mark", "help", "help"),
        Binding("q", "leave", "quit"),
        Binding("ctrl+c,ctrl+q", "leave", "quit", priority=True),
    ]

    def __init__(self, owner: Owner, depth: Depth | None = None) -> None:
        """`depth` is what the terminal can show; None asks it."""
        no_color = "NO_COLOR" in os.environ
        super().__init__(ansi_color=no_color)
        self.owner = owner
        self.depth = depth or (Depth.NONE if no_color else self._depth_of_terminal())
        self.hand = Hand(owner.inputs, owner.clock, self.set_timer)
        self._panes = {name: Pane(name) for name in PIECES}
        self._frame_timer: Timer | None = None
        self._panel_at = 0.0
        self._lively_until = 0.0
        self._mean, self._redness = (0.0, time.monotonic()), 1.0
        self.drawn: Look | None = None  # what the picture shows
        self._night: Night | None = None
        self._curve: NightCurve | None = None

    def _depth_of_terminal(self) -> Depth:
        return Depth.FULL if self.console.color_system == "truecolor" else Depth.FEW

    def compose(self) -> ComposeResult:
        return lay_out(self._panes)

    def on_mount(self) -> None:
        self.owner.start()
        self._frame()

    def on_resize(self, event: events.Resize) -> None:
        """What there is no room for is left out: first the diary, then the curve, …"""
        for name, holds in CLASSES.items():
            self.screen_stack[0].set_class(holds(*event.size), name)
        self.call_after_refresh(self._wake)

    # -- keys ---------------------------------------------------------------------------

    def action_hand(self, gesture: str) -> None:
        hand = self.hand
        {
            "press": hand.press,
            "hold": hand.hold,
            "second_press": hand.second_press,
            "push": hand.push,
        }[gesture]()
        self._wake()

    def action_turn(self, detents: int) -> None:
        self.hand.turn(detents)
        self._wake()

    def action_push_turn(self, detents: int) -> None:
        self.hand.push_turn(detents)
        self._wake()

    def action_first(self) -> None:
        """As many second presses as lead round to the first programme."""
        session = self.owner.box.loop.course.session
        programmes = session.settings.programmes
        if not self.hand.has_rested:
            self.set_timer(SECOND_PRESS_S, self.action_first)
            return
        if session.chosen not in programmes or len(programmes) > MOST_PRESSES:
            self.bell()
            return
        on = -programmes.index(session.chosen) % len(programmes)
        if session.phase is not Phase.IDLE:
            self.hand.hold()
        self.hand.second_press(on)
        self._wake()

    def action_speed(self, step: int) -> None:
        """The next of SPEEDS, faster or slower."""
        clock = self.owner.clock
        if step > 0:
            clock.speed = min((s for s in SPEEDS if s > clock.speed), default=clock.speed)
        else:
            clock.speed = max((s for s in SPEEDS if s < clock.speed), default=clock.speed)
        self._wake()

    def action_help(self) -> None:
        self.push_screen(Help())

    def action_leave(self) -> None:
        self.owner.terminate()
        self._wake()

    # -- frames -------------------------------------------------------------------------

    def _wake(self) -> None:
        """Something is about to be seen: draw now and stay lively for a moment."""
        self._lively_until = time.monotonic() + LIVELY_S
        self._panel_at = 0.0
        self._frame()

    def _frame(self) -> None:
        """Draw, and say when to draw again."""
        if self._frame_timer is not None:
            self._frame_timer.stop()
        if self.owner.has_ended or self.owner.overdue_s > PATIENCE_S:
            self.exit(0 if self.owner.has_ended and not self.owner.error else 1)
            return
        diary = self._panes["diary"]
        look = self._calmed(self.owner.look(lines=diary.size.height), time.monotonic())
        self._draw(look)
        self.drawn = look
        lively = time.monotonic() < self._lively_until
        self._frame_timer = self.set_timer(frame_s(look, lively), self._frame)

    def _draw(self, look: Look) -> None:
        panes, depth = self._panes, self.depth
        face = face_of(look)
        panes["head"].show(lambda w, h: draw_head(look, w, depth), key=look.speed)
        panes["box"].show(lambda w, h: draw_box(face, w, h, depth), key=face)
        if time.monotonic() >= self._panel_at:
            self._panel_at = time.monotonic() + PANEL_S
            panes["panel"].show(lambda w, h: draw_panel(look, w, h, depth))
        panes["words"].show(lambda w, h: draw_words(look, depth), key=words_of(look))
        self._show_curve(look)
        panes["diary"].show(lambda w, h: draw_diary(look, w, depth), key=look.lines)
        quiet = style_of(QUIET, depth)
        panes["keys"].show(
            lambda w, h: Text(keys_line(look.leaving, w), quiet, no_wrap=True), key=look.leaving
        )

    def _show_curve(self, look: Look) -> None:
        """The curve of what plays or would play; a score is sampled once."""
        pane, score = self._panes["curve"], look.score
        width, height = pane.size
        if score is None or width < SMALLEST_CURVE[0] or height < SMALLEST_CURVE[1]:
            pane.show(lambda w, h: Text())
            return
        if self._night is None or self._night.score is not score:
            self._night, self._curve = night_of(score), None
        if self._curve is None or self._curve.axis.columns != width:
            self._curve = curve_of(self._night, width)
        curve = self._curve
        at = None if look.is_idle else curve.axis.column_of(look.position_s)
        pane.show(lambda w, h: draw_curve(curve, at, h, self.depth), key=(id(curve), at))

    def _calmed(self, look: Look, now: float) -> Look:
        """The look with a slow mean of the light where the light itself would flicker."""
        if look.speed <= FLICKER_SPEED:
            return look
        self._mean = slow_mean(self._mean, look.lightness, now)
        if look.lightness > 0.0:
            self._redness = look.redness  # what still fades keeps its colour
        return replace(look, lightness=self._mean[0], redness=self._redness)


def slow_mean(mean: tuple[float, float], lightness: float, now: float) -> tuple[float, float]:
    """A mean of the lightness (L*) and when it was right, carried on to `now`."""
    level, at = mean
    level += (lightness - level) * (1.0 - math.exp((at - now) / FLICKER_MEAN_S))
    if level < SMALLEST_MEAN and lightness == 0.0:
        level = 0.0
    return level, now


def frame_s(look: Look, lively: bool) -> float:
    """How long this picture may stand: a breath wants many frames, a dark night few."""
    if look.lightness > 0.0 or look.leaving or lively:
        return LIT_FRAME_FAR_S if "SSH_CONNECTION" in os.environ else LIT_FRAME_S
    return IDLE_FRAME_S if look.is_idle else DARK_FRAME_S


def show_box(
    config: Config, path: Path | None, clock: SystemClock, card: Card, publish: Publish
) -> int:
    """Run the box behind a picture until the person, or a signal, ends it. The exit code;
    what went wrong is told in one line on stderr once the terminal is in order again."""
    owner = Owner(config, path, clock, card, publish=publish)
    # A terminal that is closed hangs up: nobody is left to look, so that ends the box too.
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: owner.terminate())
    trouble = io.StringIO()
    with screen_of_its_own():
        app = BoxApp(owner)
        app.error_console = Console(file=trouble, width=200)
        try:
            code = app.run(mouse=False)
        finally:
            ended = owner.end()
    told = [line.strip() for line in trouble.getvalue().splitlines() if line.strip()]
    reason = owner.error or ("" if ended else "the sound card does not close")
    if told:
        reason = f"the picture failed: {told[-1]}"
    if reason:
        sys.stderr.write(f"nidra-box: {reason}\n")
    return 1 if reason or code is None else code
