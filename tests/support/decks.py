"""A deck in virtual time: takes device buffers like a card, and keeps what it took."""

import numpy as np

from nidra_box.sound.card.deck import DeckError
from nidra_box.units import RATE_HZ


class VirtualDeck:
    """Takes a device buffer every `buffer_frames` of its own clock, which may run off the
    true rate (`pace` 1.0 is exact), tremble (`jitter`) and be held up (`held_up`: seconds
    that are lost for good, as SDL's own thread loses them on a busy machine)."""

    def __init__(
        self, clock, buffer_frames=1024, buffers_per_slot=24, pace=1.0, jitter=None, held_up=None
    ):
        self.clock = clock
        self.name = "a virtual card"
        self.buffer_frames = buffer_frames
        self.slot_frames = buffer_frames * buffers_per_slot
        self.pace = pace
        self.jitter = jitter or (lambda: 0.0)
        self.held_up = held_up or (lambda: 0.0)
        self.taken = []
        self.plugged = True
        self.stalled = False
        self.is_open = False
        self.opens = 0

    def open(self):
        if not self.plugged:
            raise DeckError("no such device")
        self.memory = [np.zeros((self.slot_frames, 2), np.int16) for _ in range(2)]
        self.playing, self.queued, self.offset = 0, None, 0
        self.began = self.clock()
        self.count = 0
        self.next_at = self.began
        self.is_open = True
        self.opens += 1

    def close(self):
        assert not self.stalled, "closing a stalled card hangs"
        self.advance()
        self.is_open = False

    def advance(self):
        """Take everything that was due by now."""
        now = self.clock()
        buffer_s = self.buffer_frames / RATE_HZ / self.pace
        while self.is_open and self.next_at <= now:
            if not self.stalled:
                self._take()
                self.count += 1
            else:
                self.began += buffer_s
            self.began += self.held_up()
            self.next_at = self.began + self.count * buffer_s + self.jitter()

    def _take(self):
        if self.playing is None:
            self.taken.append(np.zeros((self.buffer_frames, 2), np.int16))
            return
        if self.offset == self.slot_frames:
            self.playing, self.queued, self.offset = self.queued, None, 0
            if self.playing is None:
                self._take()
                return
        part = self.memory[self.playing][self.offset : self.offset + self.buffer_frames]
        self.taken.append(part.copy())
        self.offset += self.buffer_frames

    def current(self):
        self.advance()
        return self.playing

    def queue(self, slot):
        self.advance()
        assert slot != self.playing
        self.queued = slot

    def write(self, slot, offset, pcm):
        self.advance()
        self.memory[slot][offset : offset + len(pcm)] = pcm

    def connected(self):
        return self.plugged

    def heard(self):
        return np.concatenate(self.taken) if self.taken else np.zeros((0, 2), np.int16)


class Time:
    """A clock that a test moves."""

    def __init__(self, now=100.0):
        self.now = now

    def __call__(self):
        return self.now
