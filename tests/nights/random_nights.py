"""Random nights through the real loop in virtual time, each checked for the seven promises.

    python -m tests.nights.random_nights --nights 2000 --seed 1

A night is a programme, a configuration and up to thirty acts at random times: gestures of
every kind in every phase, a lost card, a failing lamp, jumps of the clock, a stopped
service, power cuts. Whatever happens, it must end silent and dark.
"""

import argparse
import multiprocessing
import os
import random
import sys
import time
from dataclasses import replace
from functools import cache

from nidra_box.config import Config, TimerSettings, VolumeSettings
from nidra_box.library.catalogue import outline_of
from nidra_box.library.port import CannotPlay
from nidra_box.library.recordings import recording_score
from nidra_box.score.vocabulary import RATE_HZ
from nidra_box.simulator.night_script import Act
from nidra_box.simulator.promises import Breach, check
from nidra_box.simulator.world import World
from tests.support.box import shipped_catalogue
from tests.support.scripts import changed, compiled

HAND = ["press"] * 6 + ["hold"] * 2 + ["double"] * 2 + ["turn"] * 6 + ["push", "push turn"]
FAULTS = ["lose sound", "lose light", "jump clock", "stop service", "cut power"]
PROGRAMMES = ["lower-back-night", "breath-lamp", "small", "tape.flac", "broken"]


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
        self._made = {"small": small, "tape.flac": recording_score("tape.flac", 3 * 3600 * RATE_HZ)}

    def load(self, programme):
        if programme == "broken":
            raise CannotPlay("is torn")
        if programme in self._made:
            score = self._made[programme]
            return score, outline_of(score)
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


def random_night(seed):
    """(world, acts) of night number `seed`: always the same for the same seed."""
    rng = random.Random(seed)
    programmes = tuple(rng.sample(PROGRAMMES, rng.randrange(1, len(PROGRAMMES))))
    length_s = rng.choice([600.0, 1800.0, 4000.0, 9 * 3600.0])
    world = World(random_config(rng), programmes, shelf())
    world.sound.plugged = rng.random() > 0.05
    return world, random_acts(rng, length_s)


def judge(seed, tamper=None):
    """Every promise that night number `seed` broke; an exception counts as promise 0."""
    world, acts = random_night(seed)
    if tamper is not None:
        tamper(world)
    recording = world.play(acts)
    breaches = check(recording, world.config)
    if recording.light and recording.light[-1].lightness > 0:
        breaches.append(Breach(3, recording.length_s, "the night does not end dark"))
    if world.sound.state.playbacks:
        breaches.append(Breach(3, recording.length_s, "the night does not end silent"))
    return breaches


def night_in_words(seed):
    world, acts = random_night(seed)
    lines = [
        f"programmes {world.programmes}",
        f"timer {world.config.timer}",
        f"volume {world.config.volume}",
    ]
    return "\n".join([*lines, *(f"  {a.at_s:9.2f} {a.what} {a.amount or ''}" for a in acts)])


def _judge_one(seed):
    try:
        return seed, [str(b) for b in judge(seed)]
    except Exception as error:
        return seed, [f"{type(error).__name__}: {error}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--nights", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    seeds = range(arguments.seed, arguments.seed + arguments.nights)
    began, broken, done = time.monotonic(), 0, 0
    with multiprocessing.Pool(os.cpu_count()) as pool:
        for seed, breaches in pool.imap_unordered(_judge_one, seeds, chunksize=8):
            done += 1
            if breaches:
                broken += 1
                print(f"night {seed}: " + "; ".join(breaches[:3]), flush=True)
            if sys.stderr.isatty():
                print(f"\r{done} of {len(seeds)} nights, {broken} broken", end="", file=sys.stderr)
    took = time.monotonic() - began
    print(
        f"\n{done} random nights in {took:.0f} s: {done - broken} kept all seven promises and ended "
        f"silent and dark, {broken} did not"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
