"""Promise 3, and what comes back by itself: silent, dark and still until a hand."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np

from nidra_box.config import Config
from nidra_box.studio.nights.recording import Recording
from nidra_box.studio.nights.sound import STRIDE
from nidra_box.studio.promises.breach import Breach
from nidra_box.studio.promises.layers import Layer, joined
from nidra_box.studio.promises.light import lit_spans
from nidra_box.studio.promises.sound import TOLERANCE_DB
from nidra_box.studio.promises.states import NOTE_S, SETTLED_S, States, beyond, stretches
from nidra_box.units import MAX_WRITE_STEP, RATE_HZ, SILENT_LUFS

SOFT_S = 30.0  # what comes back by itself after a power cut is on its way for longer than this
SOFT_DB_PER_S = 3.0  # 90 dB within half a minute: no return needs to be faster
SOFT_LIGHT_PER_S = 4.0  # L*: the brightest stage within a quarter of a minute


def silence(layers: list[Layer], recording: Recording, states: States) -> Iterator[Breach]:
    """3: after the end, digital silence and dark until somebody touches the box."""
    for layer in layers:
        audible = np.flatnonzero(layer.level > SILENT_LUFS)
        for index in audible[:: max(1, len(audible) // 50)]:
            at_s = float(layer.at_s[index])
            phase, since = states.phase(at_s + NOTE_S)
            if phase in ("idle", "paused") and at_s - since > SETTLED_S:
                yield Breach(3, at_s, f"{layer.name} sounds {at_s - since:.1f} s after {phase}")
                break
    excuses = [*states.touches(), *states.dead_lamp]
    for begin, end, level in lit_spans(recording):
        for since, until, phase in stretches(states.phases, begin, end if level > 0 else begin):
            if phase not in ("idle", "paused"):
                continue
            at_s = beyond(max(begin, since + SETTLED_S), excuses)
            if at_s < until - NOTE_S:
                yield Breach(3, at_s, f"the lamp shows L* {level:.1f} when {phase}")
                return


def unasked(states: States, config: Config) -> Iterator[Breach]:
    """3: nothing begins without a hand, but for a night that the power was cut from, once, in a
    box whose settings want that."""
    for at_s, was_cut in states.unasked():
        if not config.resume_after_power_loss:
            yield Breach(3, at_s, "it plays without having been touched")
        elif not was_cut:
            yield Breach(3, at_s, "it plays untouched, and no night was cut off")


def returns(layers: list[Layer], recording: Recording, states: States) -> Iterator[Breach]:
    """1 and 6: what comes back by itself comes slowly, as long as nobody touches it."""
    for begin in states.returns():
        touched = min((t for t in states.gestures if t >= begin), default=math.inf)
        end = min(touched - NOTE_S, begin + SOFT_S)
        for layer in joined(layers, begin, end):
            sounds = layer.heard & (layer.level > SILENT_LUFS)
            gain = np.where(sounds, layer.level - layer.content, np.nan)
            rise = np.diff(gain) / np.maximum(np.diff(layer.at_s), STRIDE / RATE_HZ)
            broken = np.flatnonzero(rise > SOFT_DB_PER_S + TOLERANCE_DB)
            if len(broken) and not states.lost(begin + NOTE_S, end):
                worst = int(broken[0])
                what = f"{layer.name} comes back by itself with {rise[worst]:.1f} dB/s"
                yield Breach(1, float(layer.at_s[worst]), what)
        for write in recording.light:
            allowed = SOFT_LIGHT_PER_S * (write.at_s - begin) + MAX_WRITE_STEP
            if begin <= write.at_s < end and write.lightness > allowed:
                what = f"the lamp comes back by itself with L* {write.lightness:.1f}"
                yield Breach(6, write.at_s, what)
                break
