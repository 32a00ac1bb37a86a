"""Promises 1, 2, 4, 5 and 7: no jump up, no ceiling passed, fades that are straight and whole."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nidra_box.config import Config
from nidra_box.sound.mix.mixdown import title_end
from nidra_box.studio.nights.recording import Recording
from nidra_box.studio.nights.sound import STRIDE
from nidra_box.studio.promises.breach import Breach
from nidra_box.studio.promises.layers import Layer, joined
from nidra_box.studio.promises.states import NOTE_S, SETTLING_S, States
from nidra_box.units import MAX_RISE_DB_PER_S, RATE_HZ, SILENT_LUFS

TOLERANCE_DB = 0.05
RETURNING_S = 60.0  # a night that came back by itself has risen
FADED_DB, FADING_S = 20.0, 1.4  # a stop's fade is 1.5 s, and is 39 dB down a tenth before its end
EARLY_S = 1.0  # a fade is heard to its end at the timer, not before
NIGHT_CEILING_TOLERANCE_DB = 0.1


def rises(layers: list[Layer]) -> Iterator[Breach]:
    """1: no layer rises by more than 6 dB/s, and each begins in silence."""
    last: dict[str, tuple[float, float]] = {}
    step_s = STRIDE / RATE_HZ
    for layer in layers:
        before_at, before = last.get(layer.name, (layer.at_s[0] - step_s, SILENT_LUFS))
        if layer.name.endswith("/title") and layer.name not in last:
            before_at, before = layer.at_s[0], float(layer.level[0])  # said, not faded in
        elif layer.at_s[0] - before_at > 1.0:
            before_at, before = layer.at_s[0] - step_s, SILENT_LUFS
        times = np.concatenate(([before_at], layer.at_s))
        levels = np.concatenate(([before], layer.level))
        gaps = np.maximum(np.diff(times), step_s)
        allowed = levels[:-1] + MAX_RISE_DB_PER_S * gaps + TOLERANCE_DB
        broken = np.flatnonzero(levels[1:] > allowed)
        if len(broken):
            worst = broken[np.argmax(levels[1:][broken] - levels[:-1][broken])]
            rise = levels[worst + 1] - levels[worst]
            yield Breach(
                1,
                float(times[worst + 1]),
                f"{layer.name} rises by {rise:.1f} dB in {gaps[worst]:.2f} s",
            )
        last[layer.name] = (float(layer.at_s[-1]), float(layer.level[-1]))


def ceilings(layers: list[Layer], config: Config) -> Iterator[Breach]:
    """2: never above the ceiling, in sleep stages the lower one."""
    day = config.volume.ceiling_db
    night = min(day, config.volume.night_ceiling_db)
    for layer in layers:
        positions = layer.playback.from_frame + layer.at_s * RATE_HZ - layer.playback.start
        asleep = np.zeros(len(positions), np.bool_)
        for span in layer.playback.score.stages:
            if span.is_sleep:
                asleep |= (positions >= span.start + RATE_HZ) & (positions < span.end)
        ceiling = np.where(asleep, night + NIGHT_CEILING_TOLERANCE_DB, day)
        over = layer.level - np.maximum(layer.content + ceiling, SILENT_LUFS)
        if over.max(initial=-1.0) > TOLERANCE_DB:
            worst = int(np.argmax(over))
            yield Breach(
                2,
                float(layer.at_s[worst]),
                f"{layer.name} is {over[worst]:.1f} dB above its ceiling",
            )


def fades(layers: list[Layer], states: States) -> Iterator[Breach]:
    """4 and 5: the timer's fade is a straight line in dB and ends at the timer."""
    returned = states.returns()
    for begin, end, _ in states.winding:
        if any(begin - RETURNING_S < at_s < end for at_s in returned):
            continue  # it rises and fades in one: judged by the limit on its rise alone
        if states.disturbed(begin - SETTLING_S, end) or states.falls_asleep(begin, end):
            continue  # the volume moves too: that is another line
        for layer in joined(layers, begin, end + 0.2):
            late = layer.level[layer.heard & (layer.at_s > end - 0.2)]
            if len(late) and late.max() > SILENT_LUFS + 1.5:
                yield Breach(
                    5, end, f"{layer.name} is at {late.max():.1f} dBFS when the timer ends"
                )
            yield from _straight(layer, begin, end)


def _straight(layer: Layer, begin: float, end: float) -> Iterator[Breach]:
    gain, at_s, level = layer.level - layer.content, layer.at_s, layer.level
    use = (level > SILENT_LUFS + 5) & (at_s > begin + 1) & (at_s < end - 1)
    if use.sum() < 20:
        return
    x, y = at_s[use], gain[use]
    slope, start = np.polyfit(x, y, 1)
    line = slope * x + start
    bend = float(np.abs(y - line).max())
    if bend > 0.5:
        yield Breach(
            4,
            float(x[int(np.argmax(np.abs(y - line)))]),
            f"{layer.name} fades {bend:.1f} dB off a straight line",
        )
        return
    first = layer.playback.position(round(begin * RATE_HZ))
    loudest = layer.playback.score.loudest_between(first, first + round((end - begin) * RATE_HZ))
    audible = loudest + slope * begin + start > SILENT_LUFS + 5
    silent_at = (SILENT_LUFS - loudest - start) / slope if slope < 0 else end
    if audible and silent_at < end - EARLY_S:
        yield Breach(5, silent_at, f"{layer.name} is silent {end - silent_at:.1f} s too early")


def cuts(layers: list[Layer], recording: Recording, states: States) -> Iterator[Breach]:
    """7: nothing that sounds stops without a fade, unless the card or the power went. (A title
    that has been said has not been cut off.)"""
    for layer in joined(layers, 0.0, recording.length_s):
        at_s, last = float(layer.at_s[-1]), float(layer.level[-1])
        end = at_s + STRIDE / RATE_HZ + NOTE_S
        over = layer.playback.position(round(end * RATE_HZ)) >= layer.playback.score.frames
        since = round(end * RATE_HZ) - layer.playback.start
        said = layer.name.endswith("/title") and since >= title_end(layer.playback.score)
        excused = said or over or end >= recording.length_s or states.lost(at_s, end)
        if excused or not layer.heard[-1] or last < SILENT_LUFS + 5:
            continue
        before = float(layer.level[layer.at_s > at_s - FADING_S].max())
        if before - last < FADED_DB:
            yield Breach(7, at_s, f"{layer.name} is cut off at {last:.1f} dBFS")
