"""What sounded, layer by layer, over a grid of times."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nidra_box.score.score import Score
from nidra_box.score.vocabulary import TITLE_LUFS
from nidra_box.sound.mix.mixdown import Heard
from nidra_box.sound.mix.state import Playback
from nidra_box.studio.nights.recording import track_of, weight
from nidra_box.studio.nights.sound import Traced
from nidra_box.units import RATE_HZ, SILENT_LUFS


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer over one grid: seconds, levels in dB with the envelope in, its content level
    (what the score alone would give), whether it has anything to say there, and its level as it
    would be at full volume, however soft."""

    name: str
    at_s: NDArray[np.float64]
    level: NDArray[np.float64]
    content: NDArray[np.float64]
    heard: NDArray[np.bool_]
    own: NDArray[np.float64]
    playback: Playback


def layers_of(traced: Traced) -> Iterator[Layer]:
    frames = traced.grid.frames()
    volume = np.broadcast_to(np.asarray(traced.volume, np.float64), frames.shape)
    for heard in traced.heard:
        playback = next(p for p in traced.playbacks if heard.layer.startswith(f"{p.start}/"))
        level = np.broadcast_to(np.asarray(heard.level, np.float64), frames.shape)
        envelope = np.broadcast_to(np.asarray(heard.envelope, np.float64), frames.shape)
        with np.errstate(divide="ignore"):
            level = level + 20.0 * np.log10(envelope)
        content = _content(heard, playback, frames)
        at_s = frames / RATE_HZ
        over = frames - playback.start + playback.from_frame >= playback.score.frames
        level = np.where(over, -np.inf, level)
        sounds = weight(heard, playback, frames) > 0
        own, level = level - volume, np.maximum(level, SILENT_LUFS)
        yield Layer(heard.layer, at_s, level, content, sounds, own, playback)


def _content(heard: Heard, playback: Playback, frames: NDArray[np.int64]) -> NDArray[np.float64]:
    score: Score = playback.score
    name = heard.layer.partition("/")[2]
    positions = frames - playback.start + playback.from_frame
    if name.startswith("bed:"):
        bed = next(b for b in score.beds if f"bed:{b.id}" == name)
        return np.asarray(bed.lufs.over(positions))
    if name.startswith("track:"):
        track = track_of(score, name)
        return track.level_lufs + track.shape(positions)
    if name == "title":
        return np.full(frames.shape, TITLE_LUFS)
    return np.full(frames.shape, score.voice_lufs)


def joined(layers: list[Layer], begin: float, end: float) -> Iterator[Layer]:
    """What sounds in [begin, end], each layer in one piece: every command to the sound begins
    a new grid, and a fade made of many commands must be judged as a whole."""
    pieces: dict[str, list[tuple[Layer, NDArray[np.bool_]]]] = {}
    for layer in layers:
        inside = (layer.at_s >= begin) & (layer.at_s <= end)
        if inside.any():
            pieces.setdefault(layer.name, []).append((layer, inside))
    for name, parts in pieces.items():
        yield Layer(
            name,
            np.concatenate([layer.at_s[inside] for layer, inside in parts]),
            np.concatenate([layer.level[inside] for layer, inside in parts]),
            np.concatenate([layer.content[inside] for layer, inside in parts]),
            np.concatenate([layer.heard[inside] for layer, inside in parts]),
            np.concatenate([layer.own[inside] for layer, inside in parts]),
            parts[0][0].playback,
        )
