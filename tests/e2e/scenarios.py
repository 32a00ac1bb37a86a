"""What a hand does in the real process. Each returns numbers; the tests judge them.

Imported by `tests.support.bench` in the box's own process: nothing heavy in here.
"""

import os
import signal
import time

from nidra_box.appliance.parts.marks import Marks
from tests.support.bench import Hand
from tests.support.cases import NOT_TAKEN_IN


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
    """A disk on which every open takes 8 s: presses while it has read nothing yet, while it reads,
    and when it has; on what was taken in, on what was not, and on a script that needs both."""
    seconds, playing = [], []

    def second_press(words):
        """The next programme, which is not read yet; how long until the box felt the press."""
        hand.press(0.08)
        time.sleep(0.12)
        at = hand.press(0.08)
        seconds.append(hand.wait_for_words("a second press", at) - at)
        hand.wait_for_words(words, at)

    def stop(heard_s):
        """When it has been heard for so long."""
        time.sleep(heard_s)
        playing.append((time.monotonic() - heard_s, time.monotonic()))
        hand.press(0.9)
        hand.wait_for_lamp(False)
        time.sleep(2.0)

    time.sleep(5.0)  # other benches start, too; the first open takes longer
    asleep, at = hand.press_until_lit(), time.monotonic()
    fetched = hand.wait_for_words("plays rain from", at) - at
    time.sleep(1.0)
    second_press("plays tide from")
    time.sleep(20.0)  # both sounds have been opened, and it has risen
    stop(4.0)
    at = time.monotonic()
    awake = hand.press_until_lit()
    hand.wait_for_words("plays tide from", at)
    time.sleep(8.0)
    stop(4.0)
    for words in ("plays fresh from", "plays Small Night from"):
        second_press(words)
        time.sleep(20.0)
        stop(4.0)
    return {
        "asleep": asleep,
        "fetched": fetched,
        "awake": awake,
        "seconds": seconds,
        "playing": playing,
    }


def evening(hand: Hand):
    """Nothing was taken in yet: presses until each file has been played, or refused."""
    left, dark = set(NOT_TAKEN_IN), []

    def answers():
        return len(hand.said("plays ")) + len(hand.said("cannot play "))

    while left and len(dark) < 2 * len(NOT_TAKEN_IN):
        at, before = time.monotonic(), answers()
        (hand.double if dark else hand.press)()
        while answers() == before and time.monotonic() < at + 10.0:
            time.sleep(0.05)
        time.sleep(3.0)
        if hand.lamp() > 0:  # else it broke off
            hand.press(0.9)
        dark.append(hand.wait_for_lamp(False) - at)
        time.sleep(2.0)
        left = {
            name
            for name in left
            if not hand.said(f"plays {name.rpartition('.')[0]} ")
            and not hand.said(f"cannot play {name}")
        }
    return {"dark": dark, "left": sorted(left), "lamp": hand.lamp()}
