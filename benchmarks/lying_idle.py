"""What a box costs that nobody touches, by day: with its card, and without one."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks import players
from benchmarks.house import House
from benchmarks.lines import Line
from benchmarks.players import Player
from benchmarks.windows import Measured, Plan, measure

FORCED = """\
import time, pygame.mixer
from gpiozero import Button, PWMLED, RotaryEncoder
pygame.mixer.init(48000, -16, 2, 1024)
held = Button(23, bounce_time=None), RotaryEncoder(22, 27), PWMLED(12)
time.sleep(3600)
"""
"""What the pin library and SDL do on their own account with the card open."""

FELL_IDLE_S = 40.0
"""The library has been looked through, and what an idle box gives back it has given back."""


def run(where: House, folder: Path, plan: Plan) -> tuple[list[Line], dict[str, Measured]]:
    """The lines, and what each player cost by thread."""
    mock = {"GPIOZERO_PIN_FACTORY": "mock", "GPIOZERO_MOCK_PIN_CLASS": "mockpwmpin"}
    command = [sys.executable, "-c", FORCED]
    bare = ("bare libraries", folder / "idle-bare", command, where.environment | mock, where)
    with ExitStack() as idle:
        boxes = [
            idle.enter_context(players.box(where, folder / "idle")),
            idle.enter_context(players.box(where, folder / "idle-no-card", card="N")),
        ]
        peers = [
            idle.enter_context(players.mpd(folder / "idle-mpd", None)),
            idle.enter_context(Player(*players.start(*bare))),
        ]
        time.sleep(FELL_IDLE_S)
        before = [box.notified.beats for box in boxes]
        found = measure([*boxes, *peers], plan, peer=None)
        counts = [box.notified.beats - b for box, b in zip(boxes, before, strict=True)]
        beats = [count / sum(found[0].seconds) for count in counts]
    ours, without, mpd, libraries = found
    others = (("mpd", mpd.wakeups_per_s), ("bare libraries", libraries.wakeups_per_s))
    lines = [
        Line(
            "idle with a card, wake-ups but the beat's",
            "/s",
            ours.wakeups_per_s - beats[0],
            others,
            0.0,
            "ours",
            note=f"of all threads, SDL's too; {beats[0]:.2f} beats of the watchdog a second",
        ),
        Line(
            "idle without a card, wake-ups but the beat's",
            "/s",
            without.wakeups_per_s - beats[1],
            others[:1],
            1 / 30,
            "ours",
        ),
        Line(
            "idle with a card, processor",
            "ms/s",
            ours.ms_per_s,
            (("bare libraries", libraries.ms_per_s),),
        ),
    ]
    return lines, {"idle with a card": ours, "idle without a card": without}
