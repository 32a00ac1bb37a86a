"""A recording's disk that sleeps holds up nothing else."""

import threading

import numpy as np

from nidra_box.sound.lanes import Lanes
from nidra_box.sound.reader import BLOCK


class Asleep:
    """Opens at once, but for recordings, which wait until `wakes` is set."""

    channels = 1

    def __init__(self):
        self.wakes, self.asked, self.read_by = threading.Event(), threading.Event(), []

    def open(self, name):
        if name.startswith("track:"):
            self.asked.set()
            self.wakes.wait()
        return self

    def read(self, start, n):
        self.read_by.append(threading.current_thread().name)
        return np.ones((n, 1), np.float32)

    def close(self):
        pass


def until(found):
    for _ in range(100_000):
        if found() is not None:
            return found()
        threading.Event().wait(0.0005)
    raise TimeoutError


def test_voice_and_bed_are_read_on_while_a_recording_s_disk_wakes():
    disk = Asleep()
    lanes = Lanes(disk.open)
    lanes.attend([("track:a", 0, BLOCK), ("bed:brown", 0, BLOCK)])
    assert disk.asked.wait(5.0)
    assert until(lambda: lanes.read("bed:brown", 0, 100)).all()
    assert lanes.read("track:a", 0, 100) is None
    assert (lanes.decoded_until("track:a", 0), lanes.decoded_until("bed:brown", 0)) == (0, BLOCK)
    lanes.attend([("track:a", 0, BLOCK), ("voice:x/y", 0, BLOCK)])
    assert until(lambda: lanes.read("voice:x/y", 0, 100)).all()
    disk.wakes.set()
    assert until(lambda: lanes.read("track:a", 0, 100)).all()
    assert set(disk.read_by) == {"reader", "recordings reader"}
    lanes.close()
    assert not lanes.workers[0].is_alive()


def test_the_end_of_a_box_does_not_wait_for_it():
    disk = Asleep()
    lanes = Lanes(disk.open)
    lanes.attend([("track:a", 0, BLOCK)])
    assert disk.asked.wait(5.0)
    lanes.close()
    assert lanes.workers[1].is_alive()
    disk.wakes.set()
    lanes.workers[1].join(5.0)
    assert not lanes.workers[1].is_alive()


def test_a_recording_that_fails_is_told_and_tried_again():
    told, wrong = [], [OSError("gone")]

    def opened(name):
        if wrong:
            raise wrong.pop()
        return Asleep()

    lanes = Lanes(opened, lambda name, reason: told.append((name, reason)))
    lanes.attend([("track:a", 0, BLOCK)])
    until(lambda: lanes.is_broken("track:a") or None)
    assert told == [("track:a", "gone")]
    lanes.forget_broken()
    assert until(lambda: lanes.read("track:a", 0, 100)).all()
    lanes.close()
