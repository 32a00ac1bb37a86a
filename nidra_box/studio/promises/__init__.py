"""The seven promises of night safety, checked on what a night gave out.

Independent of how the box keeps them: only levels, light writes and notes are looked at.
Each check says when it was broken and by how much.
"""

from __future__ import annotations

from nidra_box.config import Config
from nidra_box.studio.nights.recording import Recording
from nidra_box.studio.promises.breach import Breach
from nidra_box.studio.promises.jolts import jolts
from nidra_box.studio.promises.layers import layers_of
from nidra_box.studio.promises.left_alone import returns, silence, unasked
from nidra_box.studio.promises.light import light_levels, light_steps
from nidra_box.studio.promises.sound import ceilings, cuts, fades, rises
from nidra_box.studio.promises.states import States


def check(recording: Recording, config: Config) -> list[Breach]:
    """Every promise that was broken, in order of time; at most a few of each kind."""
    states = States(recording)
    layers = [layer for traced in recording.traced for layer in layers_of(traced)]
    found = [
        *rises(layers),
        *jolts(layers, recording),
        *ceilings(layers, config),
        *silence(layers, recording, states),
        *unasked(states, config),
        *returns(layers, recording, states),
        *fades(layers, states),
        *cuts(layers, recording, states),
        *light_steps(recording, states),
        *light_levels(recording, states),
    ]
    return sorted(found, key=lambda breach: breach.at_s)
