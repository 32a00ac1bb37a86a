"""Whether a night that the power was cut from goes on by itself, and where. Pure.

A power cut is told from a restart of the service by the kernel's name for the boot: a state
that says "playing", written in another boot. An orderly stop says otherwise before it ends
(also when it is part of a reboot), and so do a hand, a timer and the end of a programme.

How long the power was off only the wall clock can say, and before Pi 5 it stands still
meanwhile, or runs back. It is believed when it says no less than when the state was written;
otherwise the night goes on from where it was saved, five minutes early at most. A clock that
says the night is over by now is believed, too: in doubt the box is silent and dark.
"""

from __future__ import annotations

from dataclasses import dataclass

from nidra_box.appliance.memory import Memory
from nidra_box.session.events import Outline


@dataclass(frozen=True, slots=True)
class GoOn:
    """Where the night is by now: second `position_s` of the programme, `left_s` until the sleep
    timer ends. `elapsed_s` is what the wall clock was believed; 0 when it was not."""

    position_s: float
    left_s: float
    elapsed_s: float


def was_cut(memory: Memory, boot: str) -> bool:
    """Whether the power went (or the kernel stopped) while a session played. False when nobody
    can tell one boot from another."""
    names_known = bool(boot) and bool(memory.saved_boot)
    return memory.was_playing and names_known and memory.saved_boot != boot


def elapsed_s(memory: Memory, wall: float) -> float:
    """Seconds since `memory` was saved, by a wall clock that may lie; 0 if it cannot be right."""
    return max(0.0, wall - memory.saved_wall) if memory.saved_wall > 0.0 else 0.0


def after_cut(memory: Memory, outline: Outline, wall: float) -> GoOn | str:
    """Where a cut night goes on, or why it does not, in a person's words. `outline` is the
    programme `memory.playing` as it is now."""
    elapsed = elapsed_s(memory, wall)
    position_s = max(0.0, memory.position_s) + elapsed
    left_s = memory.timer_left_s - elapsed
    if position_s >= outline.duration_s:
        return f"{outline.title} would be over by now"
    if left_s <= 0.0:
        return "the sleep timer would have ended by now"
    return GoOn(position_s, left_s, elapsed)
