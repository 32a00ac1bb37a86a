"""Engines that speak: Festival with the slt voice, Flite with rms. Both free, both from
Debian main, both placeholders for a person's own voice.

An engine is run without a shell; the words reach it in a file, never on a command line.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from nidra_box.score.vocabulary import RATE_HZ
from nidra_box.sound.resample import Resampler

TIMEOUT_S = 120.0


class EngineError(Exception):
    """The engine is not there or did not speak, with the mend."""


@dataclass(frozen=True, slots=True)
class Engine:
    """`name` and `settings` go into a clip's key: another voice is another clip."""

    name: str
    settings: str
    program: str
    package: str
    licence: str
    arguments: tuple[str, ...]

    def is_installed(self) -> bool:
        return shutil.which(self.program) is not None

    def speak(self, words: str) -> NDArray[np.float32]:
        """The words as (frames, 1) at RATE_HZ, unprocessed. Raises EngineError."""
        if not self.is_installed():
            raise EngineError(f"{self.name} is not installed: apt install {self.package}")
        with tempfile.TemporaryDirectory() as folder:
            said, spoken = Path(folder) / "words.txt", Path(folder) / "speech.wav"
            said.write_text(words + "\n", encoding="utf-8")
            places = {"WORDS": str(said), "SPEECH": str(spoken)}
            command = [self.program, *(places.get(a, a) for a in self.arguments)]
            try:
                done = subprocess.run(
                    command,
                    check=False,
                    capture_output=True,
                    timeout=TIMEOUT_S,
                    stdin=subprocess.DEVNULL,
                )
            except subprocess.TimeoutExpired as error:
                raise EngineError(f"{self.name} did not finish: {words!r}") from error
            if done.returncode != 0 or not spoken.is_file():
                raise EngineError(
                    f"{self.name} failed: {done.stderr.decode(errors='replace')[:200]}"
                )
            sound, rate = soundfile.read(spoken, dtype="float32", always_2d=True)
        return _at_our_rate(sound.mean(axis=1, keepdims=True), rate)


def _at_our_rate(sound: NDArray[np.float32], rate: int) -> NDArray[np.float32]:
    if rate == RATE_HZ:
        return sound
    resampler = Resampler.from_rate(rate)
    n = resampler.frames_out(len(sound))
    first, last = resampler.input_span(0, n)
    padded = np.zeros((last - first, 1), np.float32)
    padded[-first : -first + len(sound)] = sound
    return resampler.convert(padded, 0, n)


ENGINES = {
    "festival": Engine(
        name="festival",
        settings="cmu_us_slt_arctic_hts -r 0.56",
        program="text2wave",
        package="festival festvox-us-slt-hts",
        licence="voice: CMU ARCTIC slt (BSD-like, CMU 2003); rendering: CC-BY-4.0",
        arguments=(
            "-eval",
            "(voice_cmu_us_slt_arctic_hts)",
            "-eval",
            '(set! hts_engine_params (append hts_engine_params \'(("-r" 0.56))))',
            "-o",
            "SPEECH",
            "WORDS",
        ),
    ),
    "flite": Engine(
        name="flite",
        settings="rms duration_stretch=1.35",
        program="flite",
        package="flite",
        licence="voice: CMU ARCTIC rms (BSD-like, CMU); rendering: CC-BY-4.0",
        arguments=(
            "-voice",
            "rms",
            "--setf",
            "duration_stretch=1.35",
            "-f",
            "WORDS",
            "-o",
            "SPEECH",
        ),
    ),
}
