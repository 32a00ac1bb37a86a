"""A scripted night through the real loop, and the files that come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import soundfile

from nidra_box.appliance.assemble import folders_of, programmes_of
from nidra_box.config import Config
from nidra_box.library.catalogue import Catalogue
from nidra_box.score.vocabulary import RATE_HZ
from nidra_box.simulator import chart, promises
from nidra_box.simulator.night_script import Act
from nidra_box.simulator.recording import Recording
from nidra_box.simulator.sound import render_log
from nidra_box.simulator.world import World
from nidra_box.sound.reader import DirectReader

ONE_PRESS = """\
0:00:05 press          # and nothing more: the whole programme, then silence
8:15:00 end
"""
"""The night that is replayed when none is named."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One night: what came out of it, and every promise it broke (none)."""

    recording: Recording
    world: World
    breaches: list[promises.Breach]


def replay(acts: list[Act], config: Config, catalogue: Catalogue) -> Replayed:
    """Play `acts` in virtual time and check the seven promises on what came out."""
    programmes = programmes_of(config, catalogue)
    world = World(config, programmes, catalogue)
    recording = world.play(acts)
    return Replayed(recording, world, promises.check(recording, config))


def night_of_recording(recording: Recording, title: str) -> chart.Night:
    """The chart's view of a recording."""
    lightness, redness = recording.lightness()
    stages: list[tuple[float, float, str]] = []
    words: list[tuple[float, float]] = []
    events: list[tuple[float, str]] = []
    for line in recording.trace:
        at_s = float(line["at_s"])
        ends_stage = line["what"] in ("stage", "power cut") or (
            line["what"] == "phase" and line["phase"] == "idle"
        )
        if ends_stage and stages and stages[-1][1] > at_s:
            stages[-1] = (stages[-1][0], at_s, stages[-1][2])
        if line["what"] == "stage":
            stages.append((at_s, recording.length_s, str(line["stage"])))
        elif line["what"] == "cue":
            words.append((at_s, at_s + 0.4 * len(str(line["words"]).split())))
        elif line["what"] == "gesture":
            steps = f" {line['steps']:+}" if "steps" in line else ""
            events.append((at_s, f"{line['gesture']}{steps}"))
        elif line["what"] in ("sound lost", "sound found", "power cut", "act") and at_s > 0:
            events.append((at_s, str(line.get("act", line["what"]))))
    return chart.Night(title, recording.sound_dbfs(), lightness, redness, stages, words, events)


def write_sound(
    replayed: Replayed,
    catalogue: Catalogue,
    span_s: tuple[float, float],
    path: Path,
    progress: Callable[[float], None] = lambda share: None,
) -> None:
    """The sound of a part of the night as FLAC, rendered offline from the logged commands."""
    first, last = (round(t * RATE_HZ) for t in span_s)
    reader = DirectReader(catalogue.open_source)
    done = 0
    with soundfile.SoundFile(path, "w", RATE_HZ, 2, "PCM_16", format="FLAC") as out:
        for pcm in render_log(replayed.world.sound.log, first, last, reader):
            out.write(pcm)
            done += len(pcm)
            progress(done / max(last - first, 1))
    reader.close()


def catalogue_of(config: Config) -> Catalogue:
    return Catalogue(folders_of(config), last=config.hold_programme)
