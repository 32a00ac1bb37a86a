"""Recordings that nobody made: tones in place of words, of lengths that are known."""

import numpy as np
import soundfile

RATE = 48_000


def tone(seconds, rate=RATE, level=0.2, hz=300.0):
    """A tone in place of words: 0.4 s on, 0.1 s off, and on at its very end; (n,)."""
    t = np.arange(round(seconds * rate)) / rate
    pause = (t % 0.5 >= 0.4) & (t // 0.5 * 0.5 + 0.6 < seconds)
    return level * np.sin(2 * np.pi * hz * t) * ~pause


def take_of(seconds, rate=RATE, before=1.0, after=1.0, noise_dbfs=-90.0, level=0.2, seed=1):
    """A recording of one cue: a tone with a moment of the room on either side."""
    quiet = [np.zeros(round(s * rate)) for s in (before, after)]
    sound = np.concatenate((quiet[0], tone(seconds, rate, level), quiet[1]))
    noise = np.random.default_rng(seed).standard_normal(len(sound))
    return sound + 10 ** (noise_dbfs / 20) * noise


def write(path, sound, rate=RATE, **how):
    soundfile.write(path, sound, rate, **({"subtype": "PCM_24"} | how))
    return path


def folder_of(folder, cues, seconds=None):
    """A folder with a recording for each cue, as the sheet names them."""
    folder.mkdir(parents=True, exist_ok=True)
    for cue in cues:
        length = (seconds or {}).get(cue.number, cue.target_s)
        write(folder / f"{cue.number:02}.wav", take_of(length, seed=cue.number))
    return folder


def long_take(lengths, silences, lead=1.0):
    """One recording of several cues: `lengths` of words, `silences` between them (s)."""
    parts = [np.zeros(round(lead * RATE))]
    for number, length in enumerate(lengths):
        parts += [
            tone(length),
            np.zeros(round((*silences, 1.0)[number] * RATE)),
        ]
    sound = np.concatenate(parts)
    return sound + 10 ** (-90 / 20) * np.random.default_rng(2).standard_normal(len(sound))
