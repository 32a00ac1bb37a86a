"""What a hand does in the real process. Each returns numbers; the tests judge them.

Imported by `tests.support.bench` in the box's own process: nothing heavy in here.
"""

import os
import signal
import time

from nidra_box.appliance.parts.marks import Marks
from tests.support.bench import Hand


def fifty_presses(hand: Hand):
    """Press, wait for the light, stop, fifty times."""
    time.sleep(30.0)  # all other benches are up by then: this one counts milliseconds
    presses = []
    for _ in range(50):
        pressed = time.monotonic()
        hand.pin(23).drive_low()
        lit = hand.wait_for_lamp(True)
        time.sleep(0.08)
        hand.pin(23).drive_high()
        presses.append((pressed, lit))
        time.sleep(0.45)
        hand.press(0.9)  # a pause, and then a hold: silent within a second and a half
        hand.wait_for_lamp(False)
        time.sleep(1.3)
    return {"presses": presses}


def knob_turns(hand: Hand):
    """A steady tone, turned down and up."""
    hand.press()
    time.sleep(18.0)
    turns = []
    for _ in range(20):
        turns.append(hand.turn(-4))
        time.sleep(0.5)
        hand.turn(4)
        time.sleep(1.6)
    return {"turns": turns}


def sleep_timer(hand: Hand):
    """A tone to the end of its sleep timer."""
    pressed = hand.press()
    time.sleep(125.0)
    return {"pressed": pressed, "lamp": hand.lamp()}


def pull_the_card(hand: Hand):
    """Unplugged for 40 s, later stalled for 10 s; the button and the lamp meanwhile."""
    control = hand.folder / "ctl"
    times = {}

    def fault(name, letter):
        times[name] = time.monotonic()
        control.write_text(letter)

    pressed = hand.press()
    time.sleep(16.0)
    fault("unplugged", "N")
    time.sleep(8.0)
    times["paused"] = hand.press()
    dark = hand.wait_for_lamp(False) - times["paused"]
    time.sleep(1.0)
    times["went on"] = time.monotonic()
    lit = hand.press_until_lit()
    time.sleep(times["unplugged"] + 40.0 - time.monotonic())
    fault("plugged", "")
    time.sleep(20.0)
    fault("stalled", "S")
    time.sleep(10.0)
    lamp_while_stalled = hand.lamp()
    fault("moving", "")
    time.sleep(12.0)
    return {
        "pressed": pressed,
        "times": times,
        "dark_after": dark,
        "lit_after": lit,
        "lamp_while_stalled": lamp_while_stalled,
    }


def no_card_at_first(hand: Hand):
    """No card when the box starts and when the night begins; it comes ten seconds later."""
    pressed = time.monotonic()
    lit = hand.press_until_lit()
    time.sleep(10.0)
    plugged = time.monotonic()
    (hand.folder / "ctl").write_text("")
    time.sleep(12.0)
    return {"pressed": pressed, "lit_after": lit, "plugged": plugged}


def five_minutes(hand: Hand):
    """The first five minutes of the night; memory every ten seconds."""
    hand.press()
    memory = []
    for _ in range(30):
        time.sleep(10.0)
        hand.pin(12).clear_states()  # a mock pin keeps every level it ever had, ours does not
        memory.append(hand.rss_mib())
    return {"rss_mib": memory}


def library_of_ruins(hand: Hand):
    """A library full of bad files, one of them chosen; then the good one plays."""
    time.sleep(1.5)
    hand.press()
    time.sleep(3.0)
    return {"lamp": hand.lamp()}


def upgrade(hand: Hand):
    """Every gesture, new settings and a card that goes and comes, while a new version waits."""
    os.kill(os.getpid(), signal.SIGUSR1)
    hand.press()
    time.sleep(12.0)  # past the first words
    hand.turn(-3)
    hand.double()
    time.sleep(3.0)
    hand.double()
    os.kill(os.getpid(), signal.SIGHUP)
    time.sleep(3.0)
    (hand.folder / "ctl").write_text("N")
    time.sleep(5.0)
    (hand.folder / "ctl").write_text("")
    time.sleep(4.0)
    hand.press()
    time.sleep(1.0)
    lit = hand.press_until_lit()
    time.sleep(2.0)
    hand.press(0.9)
    time.sleep(6.0)
    return {"lit_after": lit}


def crash(hand: Hand):
    """A bug on the owner's thread in the middle of a night: a part throws what nobody
    expects. (The lamp may: that is only a fault.)"""
    hand.press()
    time.sleep(14.0)
    bright = hand.lamp()

    def broken(part):
        raise RuntimeError("a bug")

    Marks.next_at = broken
    broke = time.monotonic()
    time.sleep(1.0)
    return {"bright": bright, "broke": broke}


def stuck(hand: Hand):
    """The card stands still for longer than the box waits."""
    hand.press()
    time.sleep(3.0)
    (hand.folder / "ctl").write_text("S")
    time.sleep(60.0)
    return {}


def slow_disk(hand: Hand):
    """Presses while the recordings' disk still wakes, and when it has."""

    def started(count):
        end = time.monotonic() + 40.0
        while len(hand.said("plays rain from")) < count:
            if time.monotonic() > end:
                raise TimeoutError("it never started")
            time.sleep(0.01)
        return hand.said("plays rain from")[count - 1]

    def stopped():
        hand.press(0.9)
        hand.wait_for_lamp(False)
        time.sleep(2.0)

    asleep, at = hand.press_until_lit(), time.monotonic()
    fetched = started(1) - at
    time.sleep(1.0)
    stopped()
    awake = hand.press_until_lit()
    started(2)
    time.sleep(6.0)
    stopped()
    return {"asleep": asleep, "fetched": fetched, "awake": awake}
