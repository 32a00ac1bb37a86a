"""What the file of a sound says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.vocabulary import VOICE_LUFS
from nidra_box.sound.mix.mixdown import BED_LUFS
from nidra_box.units import RATE_HZ

Sound = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recipe:
    """How to make one sound: `make(frames, seed)` gives (frames, 2) at any level, which is then
    brought to `lufs`. `version` changes whenever its samples do."""

    version: int
    seed: int
    seconds: float
    make: Callable[[int, int], Sound]
    modulation_db: float | None = None
    """How far a bed swells by itself: the loudest second of its loop minus the quietest, in LU. A
    test measures it again. None: no bed, but struck once."""

    @property
    def frames(self) -> int:
        return round(self.seconds * RATE_HZ)

    @property
    def loops(self) -> bool:
        return self.modulation_db is not None

    @property
    def lufs(self) -> float:
        return BED_LUFS if self.loops else VOICE_LUFS
