"""A programme to a file, as fast as the machine can: mixing here, encoding on a thread."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import soundfile

from nidra_box.files import whole
from nidra_box.score.score import Score
from nidra_box.sound.mix.levels import Grid, Ramp
from nidra_box.sound.mix.limiter import DELAY
from nidra_box.sound.mix.mixdown import Reader, mix, trace_levels
from nidra_box.sound.mix.pcm import Pcm
from nidra_box.sound.mix.state import MixState, Playback
from nidra_box.sound.reader import Complain, DirectReader, OpenSource
from nidra_box.units import RATE_HZ
from nidra_box.words import reason_of

BLOCK = 4096
FORMATS = {
    ".flac": ("FLAC", "PCM_16"),
    ".wav": ("WAV", "PCM_16"),
    ".ogg": ("OGG", "VORBIS"),
    ".opus": ("OGG", "OPUS"),
}
MAX_WAV_FRAMES = (2**32 - 4096) // 4


class CannotWrite(Exception):
    """The file cannot be written, in a person's words."""


def render_frames(
    score: Score, first: int, last: int, reader: Reader, volume_db: float = 0.0
) -> Iterator[Pcm]:
    """The score's frames [first, last), exactly: the limiter's delay is taken out. Frames
    past its end are digital silence. A window has the samples of the whole."""
    state = MixState(playbacks=(Playback(score, 0, 0),), volume=Ramp.constant(volume_db))
    state = _pass_over(state, first)
    skip, left = DELAY, last - first
    while left > 0:
        pcm, state = mix(state, BLOCK, reader)
        pcm = pcm[skip : skip + left]
        skip = max(0, skip - BLOCK)
        left -= len(pcm)
        yield pcm


def _pass_over(state: MixState, frames: int) -> MixState:
    """The state at frame `frames`, by levels alone; the last second frame by frame."""
    for stride in (RATE_HZ // 10, 1):
        until = max(0, frames - RATE_HZ) if stride > 1 else frames
        count = (until - state.frame) // stride
        if count > 0:
            _, state = trace_levels(state, Grid(state.frame, count, stride))
    return state


def render_score(
    score: Score,
    path: Path,
    open_source: OpenSource,
    begin_s: float,
    end_s: float,
    progress: Callable[[float], None] = lambda share: None,
    complain: Complain = lambda name, reason: None,
) -> None:
    """Write the score's seconds [begin_s, end_s) to `path`. Raises CannotWrite."""
    first, last = round(begin_s * RATE_HZ), round(end_s * RATE_HZ)
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise CannotWrite(f"{path.name}: the name must end in {', '.join(FORMATS)}")
    if path.suffix.lower() == ".wav" and last - first > MAX_WAV_FRAMES:
        raise CannotWrite(f"{path.name}: over 4 GiB, which a WAV cannot say; use .flac")
    reader = DirectReader(open_source, complain)
    try:
        with (
            whole(path) as stream,
            soundfile.SoundFile(
                stream.fileno(), "w", RATE_HZ, 2, kind[1], format=kind[0], closefd=False
            ) as out,
        ):
            _write_behind(out, render_frames(score, first, last, reader), last - first, progress)
    except (OSError, soundfile.SoundFileError) as error:
        raise CannotWrite(f"{path}: {reason_of(error)}") from error
    finally:
        reader.close()


def _write_behind(
    out: soundfile.SoundFile, blocks: Iterator[Pcm], frames: int, progress: Callable[[float], None]
) -> None:
    """Encode on a second thread (libsndfile lets go of Python's lock) while we mix on."""
    waiting: queue.Queue[Pcm | None] = queue.Queue(maxsize=64)
    failed: list[Exception] = []

    def encode() -> None:
        while (pcm := waiting.get()) is not None:
            if failed:
                continue
            try:
                out.write(pcm)
            except (OSError, soundfile.SoundFileError) as error:
                failed.append(error)

    encoder = threading.Thread(target=encode, name="encoder")
    encoder.start()
    done = 0
    try:
        for pcm in blocks:
            waiting.put(pcm)
            done += len(pcm)
            progress(done / frames)
            if failed:
                break
    finally:
        waiting.put(None)
        encoder.join()
    if failed:
        raise failed[0]
