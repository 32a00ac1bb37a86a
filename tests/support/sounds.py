"""Readers and scores for sound tests: material that is known in every sample."""

from dataclasses import replace

import numpy as np

from nidra_box.score.breath import BreathLine
from nidra_box.score.curves import Curve
from nidra_box.score.light import LightLine
from nidra_box.score.score import BedLine, Clip, Score, StageSpan
from nidra_box.score.track import Loop, TrackSpan
from nidra_box.score.vocabulary import Ending, Kind, StageKind
from nidra_box.sound.loudness import block_powers
from nidra_box.units import RATE_HZ

FLAT = Curve((0.0,), (0.0,))
DARK = LightLine(FLAT, FLAT, FLAT, BreathLine())


def swing_lu(sound, window_s=1.0):
    """How far a sound swells: the loudest of its windows (one every 0.1 s, K-weighted, no gate)
    against the quietest. One second is the time constant "slow" of a sound level meter
    (IEC 61672)."""
    levels = 10 * np.log10(block_powers(sound, window_s))
    return float(levels.max() - levels.min())


class ToneReader:
    """Every source is a tone of its own; sources in `missing` are not decoded yet."""

    def __init__(self, amplitude=0.5, missing=()):
        self.amplitude = amplitude
        self.missing = set(missing)
        self.broken = set()
        self.lasts = {}  # of what is broken: the frames before this are decoded
        self.asked = []

    def is_broken(self, source):
        return source in self.broken

    def decoded_until(self, source, start):
        return max(start, self.lasts.get(source, 0))

    def read(self, source, start, n):
        self.asked.append(source)
        if source in self.broken and start + n > self.lasts.get(source, 0):
            return np.zeros((n, 1), np.float32)
        if source in self.missing:
            return None
        frames = np.arange(start, start + n)
        hz = 200 + 50 * (sum(map(ord, source)) % 17)
        wave = self.amplitude * np.sin(2 * np.pi * hz * frames / RATE_HZ)
        wave[frames < 0] = 0.0
        return wave[:, None].astype(np.float32)


def track_score(seconds=600.0, name="tone.flac", gain_db=0.0):
    """One recording from start to end at a steady level."""
    frames = round(seconds * RATE_HZ)
    return Score(
        id=name,
        title=name,
        kind=Kind.UNGUIDED,
        ending=Ending.OPEN,
        frames=frames,
        stages=(StageSpan("all", StageKind.QUIET, 0, frames),),
        clips=(),
        beds=(),
        tracks=(TrackSpan(name, 0, frames, gain_db, 0),),
        light=DARK,
        voice_lufs=-20.0,
    )


def softened_score():
    """A recording that is held down twice and fades at its end, and one that goes round."""
    once = track_score(32.0, "soft.flac")
    held = Curve(tuple(s * RATE_HZ for s in (2.0, 2.1, 3.0, 9.0)), (0.0, -30.0, -30.0, 0.0))
    track = replace(
        once.tracks[0], softening=held, fade_frames=4 * RATE_HZ, loop=Loop(0, 5 * RATE_HZ, RATE_HZ)
    )
    other = TrackSpan("straight.flac", 1, 32 * RATE_HZ, -6.0, 3 * RATE_HZ, softening=held)
    return replace(once, tracks=(track, other))


def bed_score(seconds=600.0, lufs=-38.0, clips=()):
    """A bed at one level, and clips as (start_s, seconds)."""
    frames = round(seconds * RATE_HZ)
    placed = tuple(
        Clip(
            f"voice:x/{i}", round(a * RATE_HZ), round(b * RATE_HZ), 0.0, -20.0, f"words {i}", "all"
        )
        for i, (a, b) in enumerate(clips)
    )
    return Score(
        id="bed",
        title="bed",
        kind=Kind.GUIDED,
        ending=Ending.OPEN,
        frames=frames,
        stages=(StageSpan("all", StageKind.QUIET, 0, frames),),
        clips=placed,
        beds=(BedLine("brown", Curve((0.0, float(frames)), (lufs, lufs))),),
        tracks=(),
        light=DARK,
        voice_lufs=-20.0,
        longest_clip=max((c.frames for c in placed), default=0),
    )


def window_db(pcm, window=4800):
    """Level in dBFS of consecutive windows: the power of both channels together."""
    both = np.asarray(pcm, np.float64) / 32768.0
    windows = both[: len(both) // window * window].reshape(-1, window, both.shape[1])
    return 10 * np.log10(np.maximum((windows**2).mean(axis=1).sum(axis=1), 1e-12))
