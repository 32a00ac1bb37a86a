"""A scripted night through the real loop, and the files that come of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import soundfile

from nidra_box.appliance.box import programmes_of
from nidra_box.config import Config
from nidra_box.files import whole
from nidra_box.library.catalogue import Catalogue
from nidra_box.sound.mix.state import Playback
from nidra_box.sound.reader import DirectReader
from nidra_box.studio import chart, promises
from nidra_box.studio.chart.night import SAMPLES_HZ, LateJolt, jolts_of, told_jolts
from nidra_box.studio.nights.night_script import Act
from nidra_box.studio.nights.recording import Recording
from nidra_box.studio.nights.sound import render_log
from nidra_box.studio.nights.world import World
from nidra_box.studio.promises.breach import Breach
from nidra_box.units import RATE_HZ
from nidra_box.words import format_duration

ONE_PRESS = """\
0:00:05 press          # and nothing more: the whole programme, then silence
8:15:00 end
"""
"""The night that is replayed when none is named."""

SECONDS_PER_WORD = 0.4  # of words whose clip was never heard


@dataclass(frozen=True, slots=True)
class Replayed:
    """One night: what came out of it, and every promise it broke (none)."""

    recording: Recording
    world: World
    breaches: list[Breach]


def replay(acts: list[Act], config: Config, catalogue: Catalogue) -> Replayed:
    """Play `acts` in virtual time and check the seven promises on what came out."""
    programmes = programmes_of(config, catalogue)
    world = World(config, programmes, catalogue)
    recording = world.play(acts)
    return Replayed(recording, world, promises.check(recording, config))


def night_of_recording(recording: Recording, title: str) -> chart.Night:
    """The chart's view of a recording; `title` names the night that was played."""
    length_s = recording.length_s
    times = np.arange(int(length_s * SAMPLES_HZ) + 1) / SAMPLES_HZ
    writes = np.array([(w.at_s, w.lightness, w.redness) for w in recording.light] or [(0, 0, 1)])
    held = np.searchsorted(writes[:, 0], times, side="right") - 1
    sound = recording.sound_dbfs()
    lasts = {
        clip.words or clip.source: clip.frames / RATE_HZ
        for score in {id(p.score): p.score for t in recording.traced for p in t.playbacks}.values()
        for clip in score.clips
    }
    night = chart.Night(
        title=title,
        facts=(),
        length_s=length_s,
        sound_s=np.minimum(np.arange(len(sound)) + 0.5, length_s),
        sound_db=sound,
        sound_label="sound in dBFS, with the volume",
        lightness=np.where(held < 0, 0.0, writes[held, 1]),
        redness=np.where(held < 0, 1.0, writes[held, 2]),
        stages=[],
    )
    for line in recording.trace:
        _add_to(night, line, lasts)
    night.jolts = _jolts_heard(recording)
    played = list(dict.fromkeys(str(n["title"]) for n in recording.trace if n["what"] == "start"))
    night.title = ", ".join(played) or "Nothing was played"
    night.facts = (
        title,
        format_duration(length_s),
        *told_jolts(night.jolts),
        *([] if night.sounds else ["no sound"]),
        *([] if night.is_lit else ["no light"]),
    )
    return night


def _jolts_heard(recording: Recording) -> list[LateJolt]:
    """The late jolts of the recordings that were played, where they came in this night."""
    spans: dict[int, tuple[float, float, Playback]] = {}
    for traced in recording.traced:
        for playback in traced.playbacks:
            began = spans.get(playback.start, (traced.grid.start / RATE_HZ, 0.0, playback))[0]
            spans[playback.start] = (began, traced.grid.end / RATE_HZ, playback)
    found = []
    for began, ended, playback in spans.values():
        ahead_s = (playback.start - playback.from_frame) / RATE_HZ
        for jolt in jolts_of(playback.score):
            begin, end = jolt.begin_s + ahead_s, jolt.end_s + ahead_s
            if began <= begin and end <= ended:
                found.append(LateJolt(begin, end, jolt.over_db, jolt.held_db))
    return found


def _add_to(night: chart.Night, line: dict[str, Any], lasts: dict[str, float]) -> None:
    """One line of a trace as stages, words and events; `lasts` are the lengths of clips."""
    at_s, what = float(line["at_s"]), line["what"]
    rests = what == "phase" and line["phase"] in ("idle", "paused")
    if (what in ("stage", "power cut") or rests) and night.stages:
        begin, end, name = night.stages[-1]
        night.stages[-1] = (begin, min(end, at_s), name)
    if what in ("start", "power cut") or rests:
        for spans in (night.words, night.bells):
            if spans:
                spans[-1] = (spans[-1][0], min(spans[-1][1], at_s))
    if what == "stage":
        night.stages.append((at_s, night.length_s, str(line["stage"])))
    elif what == "cue":
        words = str(line["words"])
        spans = night.bells if words.startswith("sound:") else night.words
        spans.append((at_s, at_s + lasts.get(words, SECONDS_PER_WORD * len(words.split()))))
    elif what == "gesture":
        night.events.append(chart.Event(at_s, str(line["gesture"]), int(line.get("steps", 0))))
    elif what == "act" and line["act"] != "end":
        night.events.append(chart.Event(at_s, str(line["act"]), by_world=True))


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
    with (
        whole(path) as stream,
        soundfile.SoundFile(
            stream.fileno(), "w", RATE_HZ, 2, "PCM_16", format="FLAC", closefd=False
        ) as out,
    ):
        for pcm in render_log(replayed.world.sound.log, first, last, reader):
            out.write(pcm)
            done += len(pcm)
            progress(done / max(last - first, 1))
    reader.close()
