"""What is done to a recording while it plays: late jolts softened, damage passed softly, one
loudness. Pure; numpy only.

A *level* is the power of 0.4 s in dB, taken every 0.1 s (a *block*). The *reference* of a moment is
the 95th percentile of the levels of the ten minutes before it, as they are heard: softened. It
reaches back at most two minutes before the dark. A *jolt* is a stretch in the dark that stands
more than 8 dB above its reference. It is softened until 0.4 s that begin anywhere, not only with
a row, are at most 8.2 dB above it: they lie in five rows, so all power of five rows is counted
as if it came in 0.4 s. Of a steady sound that is 1 dB too much: it ends 7.2 dB above.

Because the reference is that of what is heard, a sound that becomes 30 dB louder for good comes up
by 8 dB about every 30 s, which is 5 % of ten minutes, instead of all at once after 30 s.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nidra_box.library.intake.reference import (
    BLOCK_ROWS,
    LOUDEST_DB,
    OVER_DB,
    QUIETEST_DB,
    ROW_S,
    WINDOW_S,
    Floats,
    block_levels,
    blocks,
    lowest_anywhere,
    lowest_reference,
    reference,
    reference_anywhere,
)
from nidra_box.library.record import Damage, Jolt
from nidra_box.library.recordings import loop_of
from nidra_box.score.track import ROW
from nidra_box.sound.loudness import gated_lufs

Rows = NDArray[np.float32]
"""(n, 3), a row for each 0.1 s: mean square of all channels together, the same K-weighted, the
highest true peak in any channel."""
Mask = NDArray[np.bool_]

SOFTENED_DB = 8.2  # by all that five rows hold
APART_S = 10.0  # jolts that are nearer than this are one
DOWN_DB_PER_S, BACK_DB_PER_S = 40.0, 6.0
EARLY_ROWS = 1  # the gain is down 100 ms before the first block that needs it
DAMAGE_DB = -18.0  # deep enough for a spliced place, and back within 3 s
TARGET_LUFS = -24.0  # 4 LU under our voice
LEAST_GAIN_DB, MOST_GAIN_DB = -30.0, 20.0
HIGHEST_PEAK_DB = -3.0
_TRIES = 40


@dataclass(frozen=True, slots=True)
class Plan:
    """See the fields of the same names in `library.record.Record`."""

    softening_s: tuple[float, ...]
    softening_db: tuple[float, ...]
    anywhere_s: tuple[float, ...]
    anywhere_db: tuple[float, ...]
    jolts: tuple[Jolt, ...]
    lufs: float
    true_peak_db: float
    gain_db: float
    held_by: str
    ends_softly: bool
    even: bool
    levels_db: tuple[float, ...]


def plan(
    rows: Rows,
    lit_s: float,
    soften: str = "auto",
    damage: Sequence[Damage] = (),
    goes_round: bool = False,
) -> Plan:
    """The plan for a sound with these `rows` whose dark part begins at `lit_s`. `soften`: auto
    softens in the dark, always everywhere, never only tells the jolts. What `goes_round` is dark
    in every round but the first, and softened alike in all."""
    power = rows[:, 0].astype(np.float64)
    levels = block_levels(power)
    first = 0 if soften == "always" else max(round(lit_s / ROW_S) - BLOCK_ROWS + 1, 0)
    dips = _dips(len(rows), damage)
    hearing = soften != "never"
    if goes_round:
        edges, jolts = _softened_round(power, _each_second(levels), dips, hearing)
        anywhere = edges
    else:
        edges, references, over = _softened(power, levels, first, dips, hearing)
        jolts = _jolts(levels, references, over)
        anywhere, _, _ = _softened(power, levels, 0, dips, hearing, anywhere=True)
    gains = np.power(10.0, (edges[:-1] + edges[1:]) / 2 / 10.0)
    lufs = gated_lufs(blocks(rows[:, 1].astype(np.float64) * gains))
    peaks = np.power(10.0, np.maximum(edges[:-1], edges[1:]) / 20.0) * rows[:, 2]
    true_peak_db = round(20.0 * float(np.log10(max(float(peaks.max(initial=0.0)), 1e-6))), 2)
    gain_db, held_by = _gain(lufs, true_peak_db)
    at, db = _points(edges)
    anywhere_at, anywhere_db = _points(anywhere)
    return Plan(
        softening_s=at,
        softening_db=db,
        anywhere_s=anywhere_at,
        anywhere_db=anywhere_db,
        jolts=jolts,
        lufs=round(lufs, 2),
        true_peak_db=true_peak_db,
        gain_db=gain_db,
        held_by=held_by,
        ends_softly=_ends_softly(power, gains),
        even=_is_even(levels),
        levels_db=_each_second(levels),
    )


def _highest_anywhere(power: Floats) -> Floats:
    """For each block a level in dB that no 0.4 s exceed that begin less than a row before or
    behind it."""
    sums = np.convolve(power, np.ones(BLOCK_ROWS + 1)) / BLOCK_ROWS  # i: the five up to row i
    count = max(len(power) - BLOCK_ROWS + 1, 1)
    before, behind = sums[BLOCK_ROWS - 1 :][:count], sums[BLOCK_ROWS:][:count]
    powers = np.maximum(np.maximum(before, behind), 1e-12)
    return np.clip(10.0 * np.log10(powers), QUIETEST_DB, LOUDEST_DB)


def _softened_round(
    power: Floats, seconds_db: tuple[float, ...], dips: Floats, hearing: bool
) -> tuple[Floats, tuple[Jolt, ...]]:
    """The softening of a loop, and its jolts: found on as many rounds as the ten minutes before a
    moment reach over, and one on either side."""
    loop = loop_of(seconds_db, len(power) * ROW)
    begin, count, overlap = (n // ROW for n in (loop.first, loop.period, loop.overlap))
    one, crossing = power[begin : begin + count].copy(), power[begin + count :][: overlap + 1]
    one[: len(crossing)] = np.maximum(one[: len(crossing)], crossing)  # both are heard there
    rounds = math.ceil(WINDOW_S / ROW_S / count) + 2
    many, many_dips = np.tile(one, rounds), np.tile(dips[begin : begin + count], rounds)
    levels = block_levels(many)
    edges, references, over = _softened(many, levels, 0, many_dips, hearing, count)
    behind = len(power) - begin - count
    last = slice((rounds - 1) * count, None)
    found = np.pad(edges[count : 2 * count + 1], (begin, behind), "edge")
    return found, _jolts(levels[last], references[last], over[last], begin)


def _softened(
    power: Floats,
    levels: Floats,
    first: int,
    dips: Floats,
    hearing: bool,
    period: int = 0,
    anywhere: bool = False,
) -> tuple[Floats, Floats, Mask]:
    """The softening in dB at each edge between rows, the references, and what stands above them.
    With a `period` each so many rows are softened alike; `anywhere`: for a dark part that may
    begin anywhere."""
    highest = np.maximum(_highest_anywhere(power), levels)
    lowest = lowest_anywhere(levels) if anywhere else lowest_reference(levels, first)
    refer = reference_anywhere if anywhere else reference
    references = refer(levels, first, lowest)
    over = levels > references + OVER_DB
    if not hearing or not over.any():
        return _edges(dips, np.zeros(len(levels))), references, over
    needed = _alike(np.where(over, references + SOFTENED_DB - highest, 0.0), period)
    edges = _edges(dips, _held(needed))
    for _ in range(_TRIES):
        # What is held down is heard less, which may lower the reference of what follows.
        heard = block_levels(power * np.power(10.0, np.minimum(edges[:-1], edges[1:]) / 10.0))
        now = refer(heard, first, lowest, limit=False)
        gains = _highest_inblocks(edges, len(levels))
        too_high = levels + gains > now + OVER_DB
        too_high |= over & (highest + gains > now + SOFTENED_DB)
        more = np.where(too_high, np.minimum(now + SOFTENED_DB - highest, needed), needed)
        more = _alike(more, period)
        if not (more < needed - 0.01).any():
            break
        references = np.minimum(references, now)
        over = over | too_high
        needed = more
        edges = _edges(dips, _held(needed))
    return edges, references, over


def _alike(needed: Floats, period: int) -> Floats:
    """The lowest of each `period`, in each of them."""
    if not period:
        return needed
    rounds = np.pad(needed, (0, -len(needed) % period)).reshape(-1, period)
    return np.asarray(np.tile(rounds.min(axis=0), len(rounds))[: len(needed)])


def _highest_inblocks(edges: Floats, count: int) -> Floats:
    """The highest softening within each block."""
    highest = edges[:count].copy()
    for shift in range(1, BLOCK_ROWS + 1):
        later = edges[shift : shift + count]
        np.maximum(highest[: len(later)], later, out=highest[: len(later)])
    return highest


def _held(needed: Floats) -> Floats:
    """`needed` held: over each stretch the lowest of the last ten seconds, also between jolts
    that are less than that apart."""
    held = needed.copy()
    rows = round(APART_S / ROW_S)
    stretches = _stretches(needed < 0.0)
    for begin, end in stretches:
        part = np.concatenate((np.zeros(rows - 1), needed[begin:end]))
        held[begin:end] = np.lib.stride_tricks.sliding_window_view(part, rows).min(axis=1)
    return held


def _stretches(mask: Mask) -> list[tuple[int, int]]:
    """(first, after the last) of each stretch of `mask`; nearer than APART_S they are one."""
    at = np.flatnonzero(mask)
    if not len(at):
        return []
    gaps = np.flatnonzero(np.diff(at) > APART_S / ROW_S)
    begins = at[np.concatenate(([0], gaps + 1))]
    ends = at[np.concatenate((gaps, [len(at) - 1]))] + 1
    return [(int(begin), int(end)) for begin, end in zip(begins, ends, strict=True)]


def _edges(dips: Floats, held: Floats) -> Floats:
    """The lowest softening that a row needs, then down at DOWN_DB_PER_S before it, and back at
    BACK_DB_PER_S behind it. One value for each edge between rows, with both ends."""
    rows = dips.copy()
    for shift in range(-EARLY_ROWS, BLOCK_ROWS + 1):
        source = held[max(-shift, 0) : len(rows) - max(shift, 0)]
        target = rows[max(shift, 0) : max(shift, 0) + len(source)]
        np.minimum(target, source, out=target)
    edges = np.minimum(np.append(rows, 0.0), np.append(0.0, rows))
    number = np.arange(len(edges))
    back, down = BACK_DB_PER_S * ROW_S * number, DOWN_DB_PER_S * ROW_S * number
    edges = np.minimum.accumulate(edges - back) + back
    edges = np.minimum.accumulate((edges + down)[::-1])[::-1] - down
    return np.asarray(np.minimum(edges, 0.0))


def _dips(rows: int, damage: Sequence[Damage]) -> Floats:
    """What each row is lowered by for the damage in it and beside it."""
    dips = np.zeros(rows)
    for place in damage:
        at = round(place.at_s / ROW_S)
        dips[max(at - 1, 0) : at + 2] = DAMAGE_DB
    return dips


def _jolts(levels: Floats, references: Floats, over: Mask, at_row: int = 0) -> tuple[Jolt, ...]:
    """Where levels begin at `at_row`."""
    found = []
    for begin, end in _stretches(over):
        inside = over[begin:end]
        above = (levels[begin:end] - references[begin:end])[inside].max()
        start_s, end_s = (at_row + begin) * ROW_S, (at_row + end - 1 + BLOCK_ROWS) * ROW_S
        found.append(Jolt(round(start_s, 1), round(end_s, 1), round(float(above), 1)))
    return tuple(found)


def _points(edges: Floats) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """The corners of the curve through `edges`, none where nothing is softened."""
    edges = np.round(edges, 2)
    if not edges.any():
        return (), ()
    bends = np.abs(np.diff(edges, 2, prepend=edges[0], append=edges[-1])) > 1e-9
    bends[0] = bends[-1] = True
    at = np.flatnonzero(bends)
    return tuple(np.round(at * ROW_S, 1).tolist()), tuple(edges[at].tolist())


def _gain(lufs: float, true_peak_db: float) -> tuple[float, str]:
    """The gain in dB that makes it TARGET_LUFS loud, and what held it."""
    if lufs <= -100.0:
        return 0.0, ""  # there is no sound in it
    wanted = TARGET_LUFS - lufs
    gain = min(max(wanted, LEAST_GAIN_DB), MOST_GAIN_DB)
    held_by = "" if gain == wanted else "range"
    if true_peak_db + gain > HIGHEST_PEAK_DB:
        gain, held_by = max(HIGHEST_PEAK_DB - true_peak_db, LEAST_GAIN_DB), "peak"
    return round(gain - 0.005, 2), held_by


def _ends_softly(power: Floats, gains: Floats) -> bool:
    """Whether the last 3 s are 20 dB under the minute before the last one (of a short sound:
    under what comes before its last tenth), as that minute is heard: a late bell in it that is
    softened is no reason to let a noise end in a second."""
    minute = min(round(60.0 / ROW_S), max(len(power) // 10, 1))
    before = (power * gains)[-2 * minute : -minute]
    last = power[-min(30, minute) :]
    if not len(before):
        return False
    return bool(last.mean() <= before.mean() / 100.0)


def _is_even(levels: Floats) -> bool:
    """Noise under an hour whose levels, but for a fiftieth at each end, lie within 3 dB: rain and
    fans do (1 to 2.5 dB), speech and music do not (15 dB and more)."""
    if not 30.0 <= len(levels) * ROW_S < 3600.0:
        return False
    low, high = np.percentile(levels, [2.0, 98.0])
    return bool(high - low <= 3.0 and low > QUIETEST_DB)


def _each_second(levels: Floats) -> tuple[float, ...]:
    """The highest level of the blocks that begin in each second."""
    second = round(1 / ROW_S)
    padded = np.append(levels, np.full(-len(levels) % second, QUIETEST_DB))
    return tuple(np.round(padded.reshape(-1, second).max(axis=1), 1).tolist())
