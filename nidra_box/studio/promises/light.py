"""Promise 6: no step that is seen, no light where somebody sleeps."""

from __future__ import annotations

from collections.abc import Iterator

from nidra_box.score.vocabulary import PEAK_CAP_LIGHTNESS
from nidra_box.studio.nights.recording import LightWrite, Recording
from nidra_box.studio.promises.breach import Breach
from nidra_box.studio.promises.states import NOTE_S, SETTLED_S, States, beyond, stretches
from nidra_box.units import COMFORT_PEAK, LIGHT_HZ, MAX_WRITE_STEP


def light_steps(recording: Recording, states: States) -> Iterator[Breach]:
    """6: no step above 0.5 L*, no more than 50 writes a second. No power, no light: that
    step is nobody's; and who stops the service twice wants no fade."""
    before: LightWrite | None = None
    recent: list[float] = []
    for write in recording.light:
        off = any(abs(write.at_s - cut) < 1e-3 for cut in states.cuts)
        off = off or states.stopped_twice(write.at_s) or states.lamp_is_dead(write.at_s)
        if before is not None and not off:
            step = abs(write.lightness - before.lightness)
            if step > MAX_WRITE_STEP + 1e-6:
                yield Breach(6, write.at_s, f"the lamp jumps by {step:.2f} L*")
                return
            recent = [t for t in recent if write.at_s - t < 1.0]
            recent.append(write.at_s)
            if len(recent) > LIGHT_HZ + 1:
                yield Breach(6, write.at_s, f"{len(recent)} light writes within a second")
                return
        before = write


def light_levels(recording: Recording, states: States) -> Iterator[Breach]:
    """6: the cap of every stage; dark in sleep stages but for a hand's own red light."""
    for begin, end, level in lit_spans(recording):
        for since, until, kind in stretches(states.stages, begin, end if level > 0 else begin):
            if not kind:
                continue
            cap = PEAK_CAP_LIGHTNESS[kind]  # type: ignore[index]
            if cap > 0 and level <= cap + MAX_WRITE_STEP:
                continue
            excuses = list(states.dead_lamp)
            if cap == 0 and level <= COMFORT_PEAK + 0.1:
                excuses += states.comforted()
            at_s = beyond(max(begin, since + SETTLED_S), excuses)
            if at_s < until - NOTE_S and cap > 0:
                yield Breach(6, at_s, f"L* {level:.1f} in a {kind} stage, whose cap is {cap:g}")
                return
            if at_s < until - NOTE_S:
                yield Breach(6, at_s, f"L* {level:.1f} in a sleep stage")
                return


def lit_spans(recording: Recording) -> Iterator[tuple[float, float, float]]:
    """(begin, end, L*) of every write, in order."""
    writes = recording.light
    for number, write in enumerate(writes):
        end = writes[number + 1].at_s if number + 1 < len(writes) else recording.length_s
        yield write.at_s, end, write.lightness
