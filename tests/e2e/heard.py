"""What a user-space card took of the box that played into it, and how loud that was."""

import numpy as np

from nidra_box.units import RATE_HZ
from tests.support.cards import Card


class Heard:
    """What a card took, with the time at which it was handed over."""

    def __init__(self, folder):
        card = Card.__new__(Card)
        card.folder = folder
        self.frames = card.heard()
        self.transfers = card.transfers()
        self.firsts = np.array([first for _, first, _ in self.transfers])

    def time_of(self, frame):
        """When the transfer with this frame was made."""
        return self.transfers[int(np.searchsorted(self.firsts, frame, side="right")) - 1][0]

    def frame_at(self, at):
        """The first frame handed over at or after `at`."""
        return next((first for t, first, _ in self.transfers if t >= at), len(self.frames))

    def mono(self):
        return self.frames[:, 0].astype(np.float64) / 32768.0


def rises(levels, floor=-75.0):
    """The steepest rise of neighbouring windows that are above the floor. A recording is taken
    to be at -14 LUFS and begins so that this is at -90; our tones are ten dB hotter."""
    steps = np.diff(levels)[levels[1:] > floor]
    return steps.max() if len(steps) else 0.0


def levels_of(mono, window_s=0.1):
    size = round(window_s * RATE_HZ)
    windows = mono[: len(mono) // size * size].reshape(-1, size)
    return 10 * np.log10(np.maximum((windows**2).mean(axis=1) * 2, 1e-12))
