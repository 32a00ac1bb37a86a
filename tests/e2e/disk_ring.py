"""The ring on SDL's disk driver in real time, and the same commands rendered offline.

    python -m tests.e2e.disk_ring FOLDER

A minute of a hand that does everything; afterwards the frames that SDL wrote are compared
with an offline mixdown of the logged commands. Writes FOLDER/result.json.
"""

import json
import os
import random
import sys
import threading
import time
import traceback
from pathlib import Path

import numpy as np

from nidra_box.appliance.box import Given, open_box
from nidra_box.appliance.inbox import Terminate, install_signals
from nidra_box.config import read_config
from nidra_box.diary.diary import Diary, Log
from nidra_box.hardware.opening import open_pins
from nidra_box.sound.card.deck import Card
from nidra_box.sound.mix.mixdown import mix
from nidra_box.sound.mix.state import MixState, apply
from nidra_box.sound.reader import DirectReader
from nidra_box.sound.ring import Skipped
from tests.support.bench import Hand

SECONDS = 60.0
CONFIG = """\
programmes: [tone.flac, lower-back-night, other.flac]
volume: {start_db: -6, ceiling_db: 0, night_ceiling_db: 0}
timer: {minutes: 0.75, wind_down_minutes: 5, not_yet_minutes: 1}
"""


def a_minute(hand, rng):
    """Two hundred turns, a pause, going on, a second press, a wind-down and "not yet"."""
    began = time.monotonic()
    # The timer is 45 s and winds down over half of that: from 26 s on, for the pause counts not.
    acts = [(1.0, hand.press), (8.0, hand.press), (10.5, hand.press)]
    acts += [(31.0, hand.press), (38.0, hand.double), (47.0, hand.double)]
    turns = 0
    while turns < 200:
        at = rng.uniform(2.0, SECONDS - 2.0)
        # while it winds down a turn up would be "not yet": that is what the press is for
        winding = 25.0 < at < 31.5
        acts.append((at, lambda d=-1 if winding else rng.choice((-2, -1, 1, 2, 3)): hand.turn(d)))
        turns += 1
    for at, act in sorted(acts, key=lambda a: a[0]):
        time.sleep(max(0.0, began + at - time.monotonic()))
        act()
    time.sleep(max(0.0, began + SECONDS - time.monotonic()))


def offline(log, frames, block, reader):
    state, parts, pending = MixState(), [], list(log)
    while state.frame < frames:
        while pending and pending[0][0] <= state.frame:
            state = apply(state, pending.pop(0)[1])
        pcm, state = mix(state, block, reader)
        parts.append(pcm)
    return np.concatenate(parts)[:frames]


def main(folder):
    folder = Path(folder)
    (folder / "box.yaml").write_text(CONFIG + (folder / "box.yaml").read_text())
    config = read_config(folder / "box.yaml")
    notes = []

    class Notes:
        def note(self, at, entry, diary):
            notes.append(entry.what)

    box = open_box(
        config,
        None,
        Diary(Log(), Notes()),
        lambda inbox, clock: open_pins(config, inbox.post, clock.now, inbox.sleep),
        Given(card=Card("", "disk")),
    )
    install_signals(box.inbox)
    ring = box.player.ring
    ring.log = []
    result = {}
    hand = Hand(folder)

    def act():
        try:
            while "ready" not in notes:
                time.sleep(0.1)
            time.sleep(1.0)
            a_minute(hand, random.Random(20))
        except BaseException:
            result["failed"] = traceback.format_exc()
        box.inbox.post(Terminate())

    thread = threading.Thread(target=act)
    thread.start()
    box.run()
    thread.join()
    log = list(ring.log)
    heard = np.fromfile(folder / "heard.raw", "<i2").reshape(-1, 2)
    first = skipped_frames(heard, log, ring, box)
    heard = heard[first:]
    usable = (len(heard) // ring.deck.buffer_frames - 4) * ring.deck.buffer_frames
    expected = offline(
        [e for e in log if not isinstance(e[1], Skipped)],
        usable,
        ring.deck.buffer_frames,
        DirectReader(box.catalogue.open_source),
    )
    differing = np.flatnonzero((heard[:usable] != expected).any(axis=1))
    np.save(folder / "expected.npy", expected)
    result |= {
        "frames": int(usable),
        "offset": int(first),
        "differing": len(differing),
        "first_differing": int(differing[0]) if len(differing) else -1,
        "commands": len(log),
        "skipped": sum(isinstance(e[1], Skipped) for e in log),
        "late_turns": ring.late_turns,
        "notes": notes,
    }
    (folder / "result.json").write_text(json.dumps(result))


def skipped_frames(heard, log, ring, box):
    """SDL opens its device before the ring plays: so many buffers of silence come first. The
    first sample of the first Start finds the place."""
    start = next(frame for frame, command in log if type(command).__name__ == "Start")
    sounding = np.flatnonzero(heard.any(axis=1))
    expected = offline(
        [entry for entry in log if entry[0] <= start],
        start + 8 * ring.deck.buffer_frames,
        ring.deck.buffer_frames,
        DirectReader(box.catalogue.open_source),
    )
    first = np.flatnonzero(expected.any(axis=1))[0]
    return int(sounding[0] - first)


if __name__ == "__main__":
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    main(sys.argv[1])
