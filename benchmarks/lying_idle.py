"""What a box costs that nobody touches."""

from __future__ import annotations

import sys
import time
from pathlib import Path

from benchmarks import players
from benchmarks.lines import Line
from benchmarks.players import Player

FORCED = """\
import time, pygame.mixer
from gpiozero import Button, PWMLED, RotaryEncoder
pygame.mixer.init(48000, -16, 2, 1024)
held = Button(23, bounce_time=None), RotaryEncoder(22, 27), PWMLED(12)
print("ready:", flush=True)
time.sleep(3600)
"""
"""What the pin library and SDL do on their own account with the card open."""


def measure(folder: Path, seconds: float) -> list[Line]:
    box = players.box(folder / "idle", "lie_idle")
    mpd = players.mpd(folder / "idle-mpd", None)
    bare = players.start(
        "bare libraries",
        folder / "idle-bare",
        [sys.executable, "-c", FORCED],
        GPIOZERO_PIN_FACTORY="mock",
        GPIOZERO_MOCK_PIN_CLASS="mockpwmpin",
    )
    all_three = [box, mpd, bare]
    try:
        bare.wait_until_said("ready:")
        time.sleep(15.0)  # the library has been looked through, the card was given back
        (ours, main), (theirs, _), (forced, _) = _a_second(all_three, seconds)
    finally:
        (box.folder / "end").touch()
        for player in all_three:
            player.end()
    return [
        Line(
            "idle, wake-ups of the box's own loop",
            "/s",
            main,
            budget=1.0,
            judged="ours",
            note="the main thread; a hand that waits in the same process is not counted",
        ),
        Line(
            "idle, wake-ups of all threads",
            "/s",
            ours,
            (("bare libraries", forced), ("mpd", theirs)),
            note="2 /s of ours are the bench's own hand, which looks for a file twice a second",
        ),
    ]


def _a_second(playing: list[Player], seconds: float) -> list[tuple[float, float]]:
    """(of all threads, of the main thread) for each, over the same `seconds`."""
    before = [player.wakeups() for player in playing]
    time.sleep(seconds)
    found = []
    for player, then in zip(playing, before, strict=True):
        now = player.wakeups()
        per_thread = {thread: now[thread] - then.get(thread, 0) for thread in now}
        main = per_thread[player.process.pid]
        found.append((sum(per_thread.values()) / seconds, main / seconds))
    return found
