"""The real process on mock pins: the box on its main thread, a hand on a second one.

    python -m tests.support.bench SCENARIO FOLDER

runs `tests.e2e.scenarios.SCENARIO` and writes what it returns to FOLDER/result.json. The
scenario gets a `Hand`; it moves gpiozero's mock pins and looks at the lamp's. `loaded_late` are
the modules that the box looked for on the disk after it was ready.
"""

import json
import logging
import os
import signal
import sys
import threading
import time
import traceback
from pathlib import Path

BUTTON, KNOB_A, KNOB_B, LAMP = 23, 22, 27, 12


class Hand:
    """A hand and an eye. Times are CLOCK_MONOTONIC seconds."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.log = []
        self.began = time.monotonic()

    def pin(self, number):
        from gpiozero import Device

        return Device.pin_factory.pin(number)

    def wait_until_ready(self, seconds=30.0):
        end = time.monotonic() + seconds
        while not any("ready:" in text for _, text in list(self.log)):
            if time.monotonic() > end:
                raise TimeoutError("the box did not become ready")
            time.sleep(0.01)

    def press(self, down_s=0.1):
        """A press; returns when the contact closed."""
        at = time.monotonic()
        self.pin(BUTTON).drive_low()
        time.sleep(down_s)
        self.pin(BUTTON).drive_high()
        return at

    def press_until_lit(self):
        """A press; the seconds until the lamp came on."""
        at = time.monotonic()
        self.pin(BUTTON).drive_low()
        lit = self.wait_for_lamp(True) - at
        time.sleep(0.1)
        self.pin(BUTTON).drive_high()
        return lit

    def double(self):
        self.press(0.08)
        time.sleep(0.12)
        return self.press(0.08)

    def turn(self, detents):
        """A turn of the knob, a quick one; returns when its first contact moved."""
        at = time.monotonic()
        first, second = (KNOB_A, KNOB_B) if detents > 0 else (KNOB_B, KNOB_A)
        for _ in range(abs(detents)):
            for number in (first, second):
                self.pin(number).drive_low()
            for number in (first, second):
                self.pin(number).drive_high()
        return at

    def lamp(self):
        return self.pin(LAMP).state

    def wait_for_lamp(self, lit, seconds=5.0):
        """When the lamp came on (or went out)."""
        end = time.monotonic() + seconds
        while (self.lamp() > 0) != lit:
            if time.monotonic() > end:
                raise TimeoutError(f"the lamp did not come {'on' if lit else 'out'}")
            time.sleep(0.0005)
        return time.monotonic()

    def said(self, words):
        return [at for at, text in list(self.log) if words in text]

    def wait_for_words(self, words, since, seconds=60.0):
        """When the box first said so after `since`."""
        end = time.monotonic() + seconds
        while not (said := [at for at in self.said(words) if at >= since]):
            if time.monotonic() > end:
                raise TimeoutError(f"nobody said: {words}")
            time.sleep(0.005)
        return said[0]

    @staticmethod
    def rss_mib():
        for line in Path("/proc/self/status").read_text().splitlines():
            if line.startswith("VmRSS"):
                return int(line.split()[1]) / 1024
        raise RuntimeError("no VmRSS")


class Remember(logging.Handler):
    def __init__(self, log):
        super().__init__()
        self.target = log

    def emit(self, record):
        self.target.append((time.monotonic(), record.getMessage()))


def main(name, folder):
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from nidra_box.cli import main as command_line
    from nidra_box.cli.common import leave
    from tests.e2e import scenarios

    hand = Hand(folder)
    logger = logging.getLogger("nidra_box")
    logger.setLevel(logging.DEBUG)
    logger.addHandler(Remember(hand.log))
    result = {}
    late: list[str] = []

    def on_import(event, arguments):
        if event == "import" and "loaded_late" in result:
            late.append(arguments[0])

    sys.addaudithook(on_import)  # told only of what is not loaded yet

    def act():
        try:
            hand.wait_until_ready()
            result["loaded_late"] = late
            result.update(getattr(scenarios, name)(hand))
        except BaseException:
            result["failed"] = traceback.format_exc()
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    thread = threading.Thread(target=act, name="hand")
    thread.start()
    result["exit"] = command_line(["run", "--config", str(Path(folder) / "box.yaml")])
    thread.join()
    result["log"] = [(round(at - hand.began, 3), text) for at, text in hand.log]
    (Path(folder) / "result.json").write_text(json.dumps(result))
    leave(result["exit"])


if __name__ == "__main__":
    main(*sys.argv[1:])
