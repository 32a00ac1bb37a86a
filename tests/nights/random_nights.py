"""Random nights through the real loop in virtual time, each checked for the seven promises.

    python -m tests.nights.random_nights --nights 5000 --seed 1
    python -m tests.nights.random_nights --plant light-left-on --nights 50

A night is a programme, a configuration and up to thirty acts at random times: gestures of
every kind in every phase, a lost card, a failing lamp, jumps of the clock, a stopped
service, power cuts. Whatever happens, it must end silent and dark. With a fault planted in
the box it must not, and the same checks have to say so.
"""

import argparse
import multiprocessing
import os
import random
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from functools import cache, partial

from nidra_box.config import Config, TimerSettings, VolumeSettings
from nidra_box.library.catalogue import outline_of
from nidra_box.library.port import CannotPlay
from nidra_box.library.recordings import score_by_header
from nidra_box.studio.nights.night_script import Act
from nidra_box.studio.nights.world import World
from nidra_box.studio.promises import check
from nidra_box.studio.promises.breach import Breach
from nidra_box.units import RATE_HZ
from nidra_box.words import format_duration
from tests.nights import planted
from tests.support.box import shipped_catalogue
from tests.support.scripts import changed, compiled
from tests.support.store import levels_with_bells, planned

HAND = ["press"] * 6 + ["hold"] * 2 + ["double"] * 2 + ["turn"] * 6 + ["push", "push turn"]
FAULTS = ["lose sound", "lose light", "jump clock", "stop service", "cut power"]
BELLS = "0123456789ab"
"""A recording that was taken in: bells in a quiet night, some in the light, some in the dark."""
PROGRAMMES = ["lower-back-night", "breath-lamp", "small", "tape.flac", BELLS, "broken"]


class Shelf:
    """Shipped programmes, a small one with every kind of stage, a recording, a broken one."""

    def __init__(self):
        small, _ = compiled(
            changed(
                (
                    'duration: "3:00"\n  bed: {id: brown, lufs: -42}',
                    'duration: "10:00"\n  bed: {id: brown, lufs: -42}',
                ),
                ('duration: "9:00"', 'duration: "16:00"'),
            )
        )
        bells = levels_with_bells(2 * 3600.0, (700.0, 1510.0, 1515.0, 5000.0))
        self._made = {
            "small": small,
            "tape.flac": score_by_header("tape.flac", 3 * 3600 * RATE_HZ),
            BELLS: planned(bells, BELLS),
        }

    def load(self, programme):
        if programme == "broken":
            raise CannotPlay("is torn")
        if programme in self._made:
            return outline_of(self._made[programme])
        return shipped_catalogue().load(programme)


@cache
def shelf():
    """One for all nights: what is compiled is the same for all of them."""
    return Shelf()


def random_config(rng):
    volume = VolumeSettings(
        start_db=rng.choice([-20.0, -35.0, -8.0]),
        ceiling_db=rng.choice([0.0, -6.0]),
        night_ceiling_db=rng.choice([-10.0, -25.0, 0.0]),
        step_db=rng.choice([1.5, 3.0, 6.0]),
    )
    timer = TimerSettings(
        minutes=rng.choice([0.0, 0.0, 1.0, 12.0, 30.0, 45.0]),
        wind_down_minutes=rng.choice([0.5, 5.0, 15.0]),
        not_yet_minutes=rng.choice([2.0, 15.0]),
    )
    return replace(Config(), volume=volume, timer=timer, lock=rng.choice(["none", "none", "night"]))


def random_acts(rng, length_s):
    """Acts in order; a fault is mended after a while."""
    acts = [Act(rng.uniform(1, 10), rng.choice(["press", "press", "press", "hold", "double"]))]
    for _ in range(rng.randrange(30)):
        near = rng.random() < 0.4
        at_s = acts[-1].at_s + rng.uniform(0.05, 3.0) if near else rng.uniform(10, length_s * 0.9)
        if rng.random() < 0.18:
            acts += random_fault(rng, at_s, length_s)
        else:
            what = rng.choice(HAND)
            amount = rng.choice([-1, 1]) * rng.randrange(1, 12) if "turn" in what else 0
            acts.append(Act(at_s, what, amount))
    acts = [a for a in acts if a.at_s < length_s]
    return [*sorted(acts, key=lambda a: a.at_s), Act(length_s + 13 * 3600.0, "end")]


def random_fault(rng, at_s, length_s):
    what = rng.choice(FAULTS)
    later = at_s + rng.choice([0.5, 5.0, 60.0, 3000.0])
    if what == "jump clock":
        return [Act(at_s, what, rng.choice([-8, -1, 3, 24]) * 3600.0)]
    mend = {"lose sound": "find sound", "lose light": "find light"}.get(what, "power")
    return [Act(at_s, what), Act(min(later, length_s - 0.01), mend)]


def random_cuts(rng, length_s):
    """Power cuts, most of them while something plays."""
    cuts = []
    for _ in range(rng.randrange(1, 4)):
        at_s = rng.uniform(5.0, length_s * rng.choice([0.05, 0.3, 0.9]))
        cuts += [Act(at_s, "cut power"), Act(at_s + rng.choice([1.0, 20.0, 600.0]), "power")]
    return cuts


def random_night(seed):
    """(world, acts) of night number `seed`: always the same for the same seed."""
    rng = random.Random(seed)
    programmes = tuple(rng.sample(PROGRAMMES, rng.randrange(1, len(PROGRAMMES))))
    length_s = rng.choice([600.0, 1800.0, 4000.0, 9 * 3600.0])
    world = World(random_config(rng), programmes, shelf())
    world.sound.plugged = rng.random() > 0.05
    acts = random_acts(rng, length_s)
    if seed % 2 == 0:  # every other box goes on by itself, and has more to go on from
        world.config = replace(world.config, resume_after_power_loss=True)
        acts = sorted([*random_cuts(rng, length_s), *acts], key=lambda a: a.at_s)
    return world, acts


def judge(seed, tamper=None):
    """Every promise that night number `seed` broke. `tamper` may change the world before the
    night begins: to plant a fault."""
    world, acts = random_night(seed)
    if tamper is not None:
        tamper(world)
    return broken_promises(world, acts)


def broken_promises(world, acts):
    """Play the night; every promise that was broken, and whether it ends silent and dark."""
    recording = world.play(acts)
    breaches = check(recording, world.config)
    if recording.light and recording.light[-1].lightness > 0:
        breaches.append(Breach(3, recording.length_s, "the night does not end dark"))
    if world.sound.state.playbacks:
        breaches.append(Breach(3, recording.length_s, "the night does not end silent"))
    return breaches


def judged(seed, fault=""):
    """(seed, breaches) of a night, with the named fault planted; an exception counts as a
    breach of promise 0. This is what a process of the pool does."""
    try:
        return seed, judge(seed, planted.FAULTS[fault].plant if fault else None)
    except Exception as error:
        return seed, [Breach(0, 0.0, f"{type(error).__name__}: {error}")]


@contextmanager
def judging(seeds, fault=""):
    """All the nights on every core, as they come in. In processes of a low priority: tests
    that play in real time may be running meanwhile."""
    cores = multiprocessing.get_context("spawn")
    with cores.Pool(os.cpu_count(), initializer=os.nice, initargs=(10,)) as pool:
        yield pool.imap_unordered(partial(judged, fault=fault), seeds, chunksize=4)


def night_in_words(seed):
    world, acts = random_night(seed)
    lines = [
        f"programmes {world.programmes}",
        f"timer {world.config.timer}",
        f"resume_after_power_loss {world.config.resume_after_power_loss}",
        f"volume {world.config.volume}",
    ]
    return "\n".join([*lines, *(f"  {a.at_s:9.2f} {a.what} {a.amount or ''}" for a in acts)])


def run(seeds, fault=""):
    """Judge the nights, telling of each that broke a promise; how many did."""
    from nidra_box.cli.common import Progress  # not in every process of the pool

    began, broken, done = time.monotonic(), 0, 0
    bar = Progress("nights")
    with judging(seeds, fault) as nights:
        for seed, breaches in nights:
            done += 1
            if breaches:
                broken += 1
                bar.done()
                print(f"night {seed}: " + "; ".join(str(b) for b in breaches[:3]), flush=True)
            left_s = (time.monotonic() - began) * (len(seeds) - done) / done
            bar(
                done / len(seeds),
                f"{done}/{len(seeds)}, {broken} broken, {format_duration(left_s)}",
            )
    bar.done()
    return broken


def main(words=None):
    """The command; `words` are what follows its name."""
    faults = "\n".join(f"  {fault.name:<20}{fault.wrong}" for fault in planted.FAULTS.values())
    parser = argparse.ArgumentParser(
        prog="python -m tests.nights.random_nights",
        description=__doc__.splitlines()[0],
        epilog="Exit codes: 0 every night kept its promises, 1 one did not. With a fault planted, "
        f"1 is\nwhat is expected: the fault was found.\n\nfaults:\n{faults}\n\n"
        "example:\n  python -m tests.nights.random_nights --plant light-left-on --nights 50",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--nights", type=int, default=5000, help="how many (default: 5000)")
    parser.add_argument("--seed", type=int, default=1, help="number of the first (default: 1)")
    parser.add_argument(
        "--plant",
        choices=planted.FAULTS,
        default="",
        metavar="NAME",
        help="put this fault into the box: nights should break, and the exit code be 1",
    )
    parser.add_argument("--tell", action="store_true", help="first tell each night in words")
    arguments = parser.parse_args(words)
    seeds = range(arguments.seed, arguments.seed + arguments.nights)
    began = time.monotonic()
    if arguments.tell:
        for seed in seeds:
            print(f"night {seed}\n{night_in_words(seed)}")
    if arguments.plant:
        print(f"planted: {planted.FAULTS[arguments.plant].wrong}", flush=True)
    broken = run(seeds, arguments.plant)
    took = time.monotonic() - began
    if arguments.plant:
        print(f"found in {broken} of {len(seeds)} random nights in {took:.0f} s")
    else:
        print(
            f"{len(seeds)} random nights in {took:.0f} s: {len(seeds) - broken} kept all seven "
            f"promises and ended silent and dark, {broken} did not"
        )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
