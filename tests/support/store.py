"""Recordings in a store of a test's own, made without the intake: a sound that is known in every
sample, and the record and the levels that belong to it, each by the plainest computation."""

import hashlib
from dataclasses import replace

import numpy as np
import soundfile

from nidra_box.library.intake.plan import plan
from nidra_box.library.person import Person
from nidra_box.library.record import (
    INDEX,
    LEVELS,
    Entry,
    Original,
    Record,
    read_index,
    read_record,
    write_index,
    write_record,
)
from nidra_box.library.recordings import exactly, recording_score, with_levels
from nidra_box.sound.loudness import gated_lufs, k_weighted
from nidra_box.sound.reader import DirectReader
from nidra_box.sound.sources import FileSource
from nidra_box.studio.writing.render import render_frames
from nidra_box.units import RATE_HZ

ROW = RATE_HZ // 10
TARGET_LUFS = -24.0
NOBODY = Person()
"""Nobody has said anything of a recording."""


def noise(seconds, db=-50.0, seed=0, channels=1):
    """White noise whose power, all channels together, is `db`."""
    rng = np.random.default_rng(seed)
    sound = rng.standard_normal((round(seconds * RATE_HZ), channels)).astype(np.float32)
    return sound * np.float32(10 ** (db / 20) / np.sqrt(channels))


def with_bell(sound, at_s, seconds=2.0, db=-4.0, hz=660.0):
    """`sound` with a bell in it, struck at `at_s`, of `db` at first, 20 dB down at its end."""
    struck, frames = sound.copy(), np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    tone = np.sqrt(2) * 10 ** ((db - 20.0 * frames / seconds) / 20) * np.sin(6.2832 * hz * frames)
    begin = round(at_s * RATE_HZ)
    struck[begin : begin + len(tone)] += tone[:, None].astype(np.float32)[: len(struck) - begin]
    return struck


def levels_of(sound):
    """`levels.npy` of a sound (n, channels): a row for each tenth of a second, as
    `library.record` says; what is left over at the end is a row of its own."""
    rows = -(-len(sound) // ROW)
    frames = np.pad(sound.astype(np.float64), ((0, rows * ROW - len(sound)), (0, 0)))
    counts = np.minimum(len(sound) - np.arange(rows) * ROW, ROW)
    found = np.zeros((rows, 3), np.float32)
    for column, samples in enumerate((frames, k_weighted(frames))):
        found[:, column] = (samples**2).sum(axis=1).reshape(rows, ROW).sum(axis=1) / counts
    spectrum = np.fft.rfft(frames, axis=0)
    fine = np.abs(np.fft.irfft(spectrum, 4 * len(frames), axis=0)).max(axis=1) * 4
    found[:, 2] = fine.reshape(rows, 4 * ROW).max(axis=1)
    return found


def level_400ms(levels):
    """dB of the power of every 0.4 s, one each 0.1 s; of all of it where it is shorter."""
    power = levels[:, 0].astype(np.float64)
    size = min(4, len(power))
    return 10 * np.log10(np.maximum(np.convolve(power, np.ones(size) / size, "valid"), 1e-12))


def record_of(sound, name, **changes):
    """(record, levels) of a sound (n, channels) whose original is `name`. Softening that is
    among the changes counts in the loudness, as it does when a recording is taken in."""
    levels = levels_of(sound)
    digest = hashlib.sha256(sound.tobytes()).hexdigest()
    per_second = level_400ms(levels)
    seconds = -(-len(levels) // 10)
    gain = np.zeros(len(levels))
    if changes.get("softening_s"):
        middles = (np.arange(len(levels)) + 0.5) / 10
        gain = np.interp(middles, changes["softening_s"], changes["softening_db"])
    softened = levels.astype(np.float64) * 10 ** (gain[:, None] / 10)
    blocks = np.convolve(softened[:, 1], np.ones(4) / 4, "valid")
    lufs = max(gated_lufs(blocks), -70.0)
    record = Record(
        id=digest[:12],
        title=name.rpartition(".")[0],
        originals=(Original(name, digest, float(sound.nbytes)),),
        sound="sound.flac",
        frames=len(sound),
        channels=sound.shape[1],
        lufs=lufs,
        true_peak_db=float(20 * np.log10(max((levels[:, 2] * 10 ** (gain / 20)).max(), 1e-6))),
        gain_db=min(max(TARGET_LUFS - lufs, -30.0), 20.0),
        levels_db=tuple(
            round(float(per_second[min(s * 10, len(per_second) - 1) : s * 10 + 10].max()), 2)
            for s in range(seconds)
        ),
    )
    return replace(record, **changes), levels


def put_recording(store, sound, name="recording.wav", **changes):
    """Put a sound (n,) or (n, channels) at 48 kHz into the store as if it had been taken in;
    `changes` are fields of its record. The record."""
    sound = np.atleast_2d(np.asarray(sound, np.float32).T).T
    record, levels = record_of(sound, name, **changes)
    folder = store / record.id
    folder.mkdir(parents=True)
    soundfile.write(folder / record.sound, sound, RATE_HZ, "PCM_16", format="FLAC")
    np.save(folder / LEVELS, levels)
    write_record(folder, record)
    known = read_index(store) if (store / INDEX).exists() else ()
    entry = Entry(record.id, record.title, name, record.duration_s, record.teacher)
    write_index(store, (*known, entry))
    return record


def reader_of(store):
    """Decodes the recordings of a store when asked."""
    return DirectReader(lambda name: FileSource(sound_of(store, name.removeprefix("track:"))))


def sound_of(store, name):
    return store / name / read_record(store / name).sound


def exact_score(store, record, person=NOBODY):
    """The score of a recording in the store, as proofs and charts want it."""
    return exactly(recording_score(record, person), store / record.id)


def rendered(store, score, first_s=0.0, last_s=None):
    """The samples of a part of a score at full volume, (n, 2) in full scale 1.0."""
    last_s = score.duration_s if last_s is None else last_s
    span = round(first_s * RATE_HZ), round(last_s * RATE_HZ)
    return np.concatenate(list(render_frames(score, *span, reader_of(store)))) / 32768.0


def softened_at(begin_s, end_s, db, up_db_per_s=6.0):
    """(softening_s, softening_db) that hold one jolt down, from 0.15 s before it on."""
    times = (begin_s - 0.15, begin_s - 0.1, end_s, end_s - db / up_db_per_s)
    return {"softening_s": times, "softening_db": (0.0, db, db, 0.0)}


def planned(levels, name="0123456789ab", person=NOBODY, **changes):
    """The exact score of a recording of which only its levels are known, softened as the intake
    plans it; `changes` are fields of its record."""
    record = planned_record(levels, name, person, **changes)
    return with_levels(recording_score(record, person), levels)


def planned_record(levels, name="0123456789ab", person=NOBODY, **changes):
    """What the intake would find and plan by these levels alone."""
    made = plan(levels, person.soft_from_s, person.soften, (), person.loop)
    record = Record(
        id=name,
        title="A recording",
        originals=(),
        sound="sound.flac",
        frames=len(levels) * ROW,
        channels=1,
        lufs=made.lufs,
        true_peak_db=made.true_peak_db,
        gain_db=made.gain_db,
        softening_s=made.softening_s,
        softening_db=made.softening_db,
        lit_s=person.soft_from_s,
        loop=person.loop,
        anywhere_s=made.anywhere_s,
        anywhere_db=made.anywhere_db,
        jolts=made.jolts,
        levels_db=made.levels_db,
        ends_softly=made.ends_softly,
    )
    return replace(record, **changes)


def levels_with_bells(seconds, at_s, quiet_db=-50.0, bell_db=-4.0, seed=3):
    """`levels.npy` of a quiet night in which a bell is struck at each of `at_s`, and rings for
    three seconds. Nothing of it can be played."""
    rng = np.random.default_rng(seed)
    db = quiet_db + rng.uniform(-1.0, 1.0, round(seconds * 10))
    ringing = bell_db - 4.0 * np.arange(30) / 10
    for at in at_s:
        first = round(at * 10)
        db[first : first + 30] = np.maximum(db[first : first + 30], ringing)
    power = 10 ** (db / 10)
    return np.stack((power, power, np.sqrt(power) * 2), axis=1).astype(np.float32)
