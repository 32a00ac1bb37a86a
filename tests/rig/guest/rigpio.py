"""rigpio: the hands and eyes of the rig, inside the guest (root only).

    import rigpio
    at = rigpio.press(23); rigpio.release(23)    # button to ground: closed, open (a pull-up is the software's business)
    rigpio.level(23, 1); rigpio.read(12)         # strong level from outside: 0 or 1; None lets go
    rigpio.wave([(t_us, line, level), ...])      # exact timing; statistics, and when it `began`
    rigpio.quadrature(a, b, detents, per_second) # list of events for wave(); 0 closed to ground, 1 open, 2 to 3V3
    with rigpio.Trace() as t: ...                # every value that software writes to a line or the PWM
    t.edges(12) -> [(at, level), ...]
    t.duties(12) -> [(at, duty), ...]            # one per period of a PWM made by software
    t.drives(12) -> [(at, duty), ...]            # what lights an LED there, by the kernel's PWM or the line
    rigpio.shines(12)                            # does either drive it now?

Every time is in seconds of the guest's CLOCK_MONOTONIC: what `press` returns (just before the
contact closed), what `wave` calls `began`, and the kernel's own stamps in a Trace.
"""

import glob
import itertools
import json
import os
import random
import re
import subprocess
import sys
import time
from pathlib import Path

CHIP = "gpiochip0"
TRACE = Path("/sys/kernel/tracing")
VALUE = re.compile(r"\s(\d+\.\d+): gpio_value: (\d+) (get|set) (\d)")
APPLIED = re.compile(
    r"\s(\d+\.\d+): pwm_apply: pwmchip\d+\.(\d+): period=(\d+) duty_cycle=(\d+) "
    r"polarity=\d enabled=(\d) err=0"
)
PWM_CHANNELS = {12: 0, 13: 1}
"""Lines that a channel of the header's PWM leads to."""


def _base():
    found = glob.glob(f"/sys/devices/platform/gpio-sim.*/{CHIP}")
    if not found:
        sys.exit(f"no gpio-sim chip {CHIP}")
    return Path(found[0])


def level(line, value):
    """Drive a line from outside (0, 1) or let go of it (None); the time just before."""
    pull = _base() / f"sim_gpio{line}/pull"
    at = time.monotonic()
    try:
        pull.write_text({0: "drive-low", 1: "drive-high", None: "float"}[value])
    except OSError:  # a gpio-sim without the drive patch
        pull.write_text("pull-down" if value == 0 else "pull-up")
    return at


def press(line):
    return level(line, 0)


def release(line):
    return level(line, None)


def read(line):
    return int((_base() / f"sim_gpio{line}/value").read_text())


def shines(line):
    """Does software drive the line high, or its PWM with a duty above nothing, at this moment?"""
    found = glob.glob(f"/sys/class/pwm/pwmchip*/pwm{PWM_CHANNELS.get(line, -1)}")
    kept = [[int((Path(f) / name).read_text()) for name in ("duty_cycle", "enable")] for f in found]
    return bool(read(line)) or any(duty and enable for duty, enable in kept)


def wave(events, timeout=120):
    text = "".join(f"{int(t)} {line} {v}\n" for t, line, v in events)
    p = subprocess.run(
        ["gpio-wave"], input=text, capture_output=True, text=True, timeout=timeout, check=False
    )
    if p.returncode:
        raise RuntimeError(p.stderr)
    return json.loads(p.stdout)


def bounce(line, value, t=0, times=6, gap=300, seed=1):
    """Events of a contact that bounces before it settles on `value`; microseconds."""
    r = random.Random(seed)
    ev, v = [], value
    for _ in range(times):
        ev.append((t, line, v))
        v = 1 - v
        t += int(gap * r.uniform(0.3, 1.7))
    ev.append((t, line, value))
    return ev


# EC11-like encoder, both lines pulled up, at rest 11. Clockwise as gpiozero counts it
# (RotaryEncoder(a, b): +1 when a leads b).
CLOCKWISE = [(0, 1), (0, 0), (1, 0), (1, 1)]
COUNTER_CLOCKWISE = [(1, 0), (0, 0), (0, 1), (1, 1)]


def quadrature(a, b, detents, per_second, t0=0):
    """Events of `detents` clicks (negative: counter-clockwise), four edges each."""
    step = 1e6 / per_second / 4
    ev, t, state = [], float(t0), (1, 1)
    for _ in range(abs(detents)):
        for na, nb in CLOCKWISE if detents > 0 else COUNTER_CLOCKWISE:
            if na != state[0]:
                ev.append((t, a, na))
            if nb != state[1]:
                ev.append((t, b, nb))
            state = (na, nb)
            t += step
    return ev


class Trace:
    """Records the kernel's gpio_value events: every value that software writes to a line.

    16 MB hold about three minutes of one line at 100 Hz per processor; the oldest go first.
    """

    def __init__(self, size_kb=16384):
        self.size_kb = size_kb
        self.events = []
        self.applied = []

    def __enter__(self):
        if not (TRACE / "trace").exists():
            subprocess.run(["mount", "-t", "tracefs", "none", TRACE], check=True)
        self._write("tracing_on", "0")
        self._write("trace", "")
        self._write("buffer_size_kb", str(self.size_kb))
        self._write("trace_clock", "mono")
        for event in ("gpio/gpio_value", "pwm/pwm_apply"):
            if (TRACE / f"events/{event}/enable").read_text().strip() != "1":
                # patches a running kernel (see KERNEL in machine.py): only where nobody did at boot
                self._write("options/record-cmd", "0")
                self._write(f"events/{event}/enable", "1")
        self._write("tracing_on", "1")
        return self

    @staticmethod
    def _write(name, text):
        (TRACE / name).write_text(text)

    def look(self):
        """Take in what was recorded so far."""
        bases = glob.glob(str(_base() / "gpio/gpiochip*/base"))
        base = int(Path(bases[0]).read_text()) if bases else 512
        text = (TRACE / "trace").read_text()
        self.events = [
            (float(m[1]), int(m[2]) - base, m[3], int(m[4])) for m in VALUE.finditer(text)
        ]
        self.applied = [
            (float(m[1]), int(m[2]), int(m[4]) / max(int(m[3]), 1) * int(m[5]))
            for m in APPLIED.finditer(text)
        ]
        return self

    def __exit__(self, *_):
        self._write("tracing_on", "0")
        self.look()
        self._write("trace", "")
        self._write("buffer_size_kb", "1408")

    def sets(self, line):
        """[(at, level)] of every write, changed or not."""
        return [(t, v) for t, which, kind, v in self.events if which == line and kind == "set"]

    def drives(self, line):
        """[(at, duty)] of every write that an LED on this line sees: a level of the line, or a
        duty of the PWM channel behind it."""
        channel = PWM_CHANNELS.get(line)
        applied = [(t, duty) for t, which, duty in self.applied if which == channel]
        return sorted([*self.sets(line), *applied])

    def edges(self, line):
        """[(at, level)] of the writes that changed the level; the first counts as a change."""
        out, last = [], None
        for t, v in self.sets(line):
            if v != last:
                out.append((t, v))
                last = v
        return out

    def duties(self, line):
        """[(at, duty)] of each whole PWM period, from one rise to the next."""
        found, rose, fell = [], None, None
        for t, v in self.edges(line):
            if not v:
                fell = t
                continue
            if rose is not None and fell is not None:
                found.append((rose, round((fell - rose) / (t - rose), 4)))
            rose, fell = t, None
        return found

    def pwm(self, line):
        """{'rising', 'hz', 'duty', 'period_min_ms', 'period_max_ms'} of the traced line"""
        e = self.edges(line)
        rise = [t for t, v in e if v]
        if len(rise) < 2:
            steady = {"level": e[-1][1] if e else None, "sets": len(self.sets(line))}
            return {"rising": len(rise), **steady}
        on = 0.0
        for (t, v), (t2, _) in itertools.pairwise(e):
            if v and rise[0] <= t and t2 <= rise[-1]:
                on += t2 - t
        per = [b - a for a, b in itertools.pairwise(rise)]
        span = rise[-1] - rise[0]
        return {
            "rising": len(rise),
            "hz": round((len(rise) - 1) / span, 3),
            "duty": round(on / span, 4),
            "period_min_ms": round(min(per) * 1e3, 3),
            "period_max_ms": round(max(per) * 1e3, 3),
        }


def latency(button, lamp, held_s=0.1, longest_s=10.0):
    """Press `button` for `held_s`: milliseconds until software first lights `lamp`.

    Counted from just before the contact closes to the kernel's stamp of that write. Ends with
    a word and code 1 if the lamp is lit beforehand or stays dark for `longest_s`.
    """
    with Trace() as trace:
        time.sleep(0.3)  # 30 periods of a 100 Hz PWM
        if shines(lamp) or any(v for _, v in trace.look().drives(lamp)):
            sys.exit(f"line {lamp} is lit before the press")
        began = press(button)
        time.sleep(held_s)
        release(button)
        while True:
            lit = [t for t, v in trace.look().drives(lamp) if v and t >= began]
            if lit:
                return round((lit[0] - began) * 1e3, 3)
            if time.monotonic() - began > longest_s:
                sys.exit(f"line {lamp} stays dark for {longest_s:g} s after the press")
            time.sleep(0.05)


def record(seconds, *lines):
    """{line: [[at, level], ...]} of `seconds` of guest time."""
    with Trace() as trace:
        time.sleep(seconds)
    return {line: trace.edges(line) for line in lines}


def light(lamp, seconds):
    """[[at, duty], ...] of `seconds`: first how it stands, then every change that software makes."""
    with Trace() as trace:
        stands = [time.monotonic(), int(shines(lamp))]
        time.sleep(seconds)
    return [stands, *trace.drives(lamp)]


def light_since_boot(lamp):
    """[[at, duty], ...] of all since the kernel started, as long as no other trace was made."""
    return Trace().look().drives(lamp)


def main(argv):
    """rigpio press|release|read LINE | level LINE 0|1 | tap LINE [SECONDS] | turn A B DETENTS PER_SECOND |
    pwm LINE SECONDS | duties LINE SECONDS | record SECONDS LINE... | latency BUTTON LAMP [HELD_S [LONGEST_S]] |
    light LAMP SECONDS | light-since-boot LAMP"""
    command, given = argv[0], [float(x) for x in argv[1:]]
    n = int(given[0]) if given else None
    if command in ("press", "release"):
        level(n, 0 if command == "press" else None)
    elif command == "read":
        print(read(n))
    elif command == "level":
        level(n, int(given[1]))
    elif command == "tap":
        press(n)
        time.sleep(given[1] if len(given) > 1 else 0.1)
        release(n)
    elif command == "turn":
        print(json.dumps(wave(quadrature(n, int(given[1]), int(given[2]), given[3]))))
    elif command in ("pwm", "duties"):
        with Trace() as trace:
            time.sleep(given[1] if len(given) > 1 else 1)
        print(json.dumps(trace.pwm(n) if command == "pwm" else trace.duties(n)))
    elif command == "record":
        print(json.dumps(record(given[0], *(int(x) for x in given[1:]))))
    elif command == "light":
        print(json.dumps(light(n, given[1])))
    elif command == "light-since-boot":
        print(json.dumps(light_since_boot(n)))
    elif command == "latency":
        print(latency(n, int(given[1]), *given[2:]))
    else:
        sys.exit(main.__doc__)


if __name__ == "__main__":
    os.chdir("/")
    main(sys.argv[1:] or [""])
