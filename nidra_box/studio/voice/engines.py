"""Engines that speak: Festival with the slt voice, Flite with rms, eSpeak NG, all free and
from Debian main; and Piper with a model file of the person's own. Nothing is ever downloaded.

An engine is a program that is run without a shell; the words reach it in a file or on its
standard input, never on a command line.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from nidra_box.installed import install
from nidra_box.sound.resample import Resampler
from nidra_box.units import RATE_HZ
from nidra_box.words import reason_of

TIMEOUT_S = 120.0
LONGEST_S = 300.0  # of one cue, which has at most 220 characters


class EngineError(Exception):
    """The engine is not there or did not speak, with the mend."""


@dataclass(frozen=True, slots=True)
class Engine:
    """`name` and `settings` go into a clip's key: another voice is another clip.

    `arguments` may hold the names WORDS and SPEECH, which stand for the two files; `mend` says
    how to get the program, by default from the Debian `package`.
    """

    name: str
    settings: str
    program: str
    package: str
    licence: str
    arguments: tuple[str, ...]
    pypi: str = ""
    note: str = ""

    def is_installed(self) -> bool:
        return shutil.which(self.program) is not None

    def speak(self, words: str) -> NDArray[np.float32]:
        """The words as (frames, 1) at RATE_HZ, unprocessed. Raises EngineError."""
        if not self.is_installed():
            fix = install(self.package, self.pypi)
            raise EngineError(f"{self.name} is not installed: {fix}{self.note}")
        with tempfile.TemporaryDirectory() as folder:
            said, spoken = Path(folder) / "words.txt", Path(folder) / "speech.wav"
            said.write_text(words + "\n", encoding="utf-8")
            self._run(said, spoken, words)
            try:
                if soundfile.info(spoken).duration > LONGEST_S:
                    raise EngineError(f"{self.name} spoke for over {LONGEST_S:g} s: {words!r}")
                sound, rate = soundfile.read(spoken, dtype="float32", always_2d=True)
                return _at_our_rate(sound.mean(axis=1, keepdims=True), rate)
            except (soundfile.SoundFileError, ValueError) as error:
                raise EngineError(f"{self.name} wrote no sound that can be used") from error

    def _run(self, said: Path, spoken: Path, words: str) -> None:
        places = {"WORDS": str(said), "SPEECH": str(spoken)}
        command = [self.program, *(places.get(a, a) for a in self.arguments)]
        line = " ".join(words.split()) + "\n"
        try:
            done = subprocess.run(
                command,
                check=False,
                capture_output=True,
                timeout=TIMEOUT_S,
                input=line.encode(),
            )
        except subprocess.TimeoutExpired as error:
            raise EngineError(f"{self.name} did not finish: {words!r}") from error
        except OSError as error:
            raise EngineError(f"{self.name} cannot be run: {error.strerror}") from error
        if done.returncode != 0 or not spoken.is_file():
            told = done.stderr.decode(errors="replace").strip().splitlines()
            raise EngineError(f"{self.name} failed: {told[-1][:200] if told else 'no sound'}")


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
    "espeak": Engine(
        name="espeak",
        settings="espeak-ng en -s 100",
        program="espeak-ng",
        package="espeak-ng",
        licence="voice: eSpeak NG (the program is GPL-3.0-or-later); rendering: CC-BY-4.0",
        arguments=("-v", "en", "-s", "100", "-f", "WORDS", "-w", "SPEECH"),
    ),
}
"""Measured on "Lower Back, Long Night": 117, 131 and 122 words a minute."""

PIPER_STRETCH = 1.3
"""[D] Models read aloud at 150 to 170 words a minute; a third slower is a guided rest."""


def piper(model: Path, stretch: float = PIPER_STRETCH) -> Engine:
    """Piper with the person's own model, FILE.onnx with FILE.onnx.json beside it; `stretch`
    is how much slower it speaks than the model was made to. Raises EngineError."""
    settings = Path(f"{model}.json")
    digest = hashlib.sha256()
    for path in (model, settings):
        try:
            if not path.is_file():
                raise EngineError(
                    f"{path}: there is no such file (a model is two: .onnx and .json)"
                )
            with path.open("rb") as stream:
                while block := stream.read(1 << 20):
                    digest.update(block)
        except OSError as error:
            raise EngineError(f"{path}: {reason_of(error)}") from error
    name = model.name.encode("utf-8", "backslashreplace").decode()
    return Engine(
        name="piper",
        settings=f"{name} {digest.hexdigest()[:16]} length_scale={stretch:g}",
        program="piper",
        package="",
        licence="voice: the licence of your model",
        arguments=(
            "--model",
            str(model.resolve()),
            "--length_scale",
            f"{stretch:g}",
            "--output_file",
            "SPEECH",
        ),
        pypi="piper-tts",
        note=" (the Debian package `piper` is about mice)",
    )


def speaking(engine: Engine, language: str) -> Engine:
    """`engine` for a script in `language`: eSpeak has a voice for most, the others do not ask."""
    if engine.name != "espeak" or language == "en":
        return engine
    arguments = tuple(language.lower() if a == "en" else a for a in engine.arguments)
    settings = engine.settings.replace(" en ", f" {language.lower()} ")
    return replace(engine, settings=settings, arguments=arguments)
