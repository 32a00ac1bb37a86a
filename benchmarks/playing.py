"""What a night costs: processor and memory, beside mpd and mpv on the same sound at the same time."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import soundfile

from benchmarks import players, threads
from benchmarks.house import House
from benchmarks.lines import Line
from benchmarks.players import RATE_HZ, Box
from benchmarks.windows import Measured, Plan, measure, ratios, spread

LIT_MIN, NIGHT_MIN = 25.0, 29244 / 60
"""The budget's night: the light breathes for 25 minutes, then it is dark to 8:07:24."""
SETTLE_S = 15.0
"""Starting, opening the card, the fade in: not what a night is made of."""
TO_SLEEP_S = 60.0

DARK_SCRIPT = """\
format: nidra-script/1
id: bench-dark
title: The dark part of a written night
kind: guided
activity: yoga-nidra
goal: sleep
language: en
licence: {text: CC-BY-4.0, audio: CC-BY-4.0}
suitable_for: [adults]
tags: [sleep]
duration: "2:02:00"
ending: sleep-through
voice: {lufs: -20, true_peak_db: -3, wpm: 112}
stages:
- {id: arrive, kind: preparation, duration: "1:00", bed: {id: brown, under_voice_lu: 18, fade_in: 5}, light: {pattern: dark}, cues: [{silence: flex}]}
- {id: night, kind: sleep, duration: "2:00:00", bed: {id: brown, lufs: [-42, -42]}, light: {pattern: dark}}
- {id: leave, kind: sleep, duration: "1:00", bed: {id: brown, lufs: [-42, -90]}, light: {pattern: dark}}
"""
"""The night of lower-back-night, reached in a minute."""


def read(where: House, folder: Path, plan: Plan) -> tuple[Path, Path]:
    """The first minutes of lower-back-night as FLAC and as Opus, long enough for all windows."""
    length = int(plan.seconds * plan.most + SETTLE_S + TO_SLEEP_S + 60)
    flac, opus = folder / "night.flac", folder / "night.opus"
    to = f"{length // 60}:{length % 60:02}"
    where.python("-m", "nidra_box", "render", "lower-back-night", "-o", str(flac), "--to", to)
    sound, _ = soundfile.read(flac, dtype="float32", always_2d=True)
    with soundfile.SoundFile(opus, "w", RATE_HZ, 2, "OPUS", format="OGG") as stream:
        for at in range(0, len(sound), RATE_HZ):  # all at once is too much for the Opus writer
            stream.write(sound[at : at + RATE_HZ])
    return flac, opus


def run(where: House, folder: Path, plan: Plan) -> tuple[list[Line], dict[str, Measured]]:
    """The lines, and what each box cost by thread."""
    flac, opus = read(where, folder, plan)
    lines: list[Line] = []
    measured: dict[str, Measured] = {}
    for kind, track, dark in (
        ("FLAC", flac, 1.9),
        ("Opus", opus, 1.9),
        ("written night", flac, 1.6),
    ):
        is_script = kind == "written night"
        tracks = () if is_script else (track,)
        dark_script = {"programme": "bench-dark", "script": DARK_SCRIPT} if is_script else {}
        with ExitStack() as playing:
            boxes = [
                playing.enter_context(players.box(where, folder / "lit", *tracks)),
                playing.enter_context(players.box(where, folder / "dark", *tracks, **dark_script)),
            ]
            peers = [
                playing.enter_context(players.mpd(folder / "mpd", track)),
                playing.enter_context(players.mpv(folder / "mpv", track)),
            ]
            for box in boxes:
                box.ask("press", 0.1)
            for player in [*boxes, *peers]:
                player.wait_until_heard()
            if not is_script:
                boxes[1].ask("push")
            time.sleep(SETTLE_S + (TO_SLEEP_S if is_script else 0.0))
            found = measure([*boxes, *peers], plan, peer=len(boxes))
            _look(*boxes, found)
            boxes[0].end()  # two boxes share pages that one has for itself
            lines += _lines(kind, found, dark)
        measured |= {f"{kind}, lit part": found[0], f"{kind}, dark part": found[1]}
        measured |= {f"mpd, {kind}": found[2]}
    return lines, measured


def _look(lit_box: Box, dark_box: Box, found: list[Measured]) -> None:
    """Raises RuntimeError where the lamps were not as they should be, or somebody was silent."""
    if not lit_box.ask("lamp", 1) or not dark_box.ask("lamp", 0):
        raise RuntimeError("the lit box must be lit and the dark one dark")
    now = time.monotonic()
    for one in found:
        share = one.player.heard_between(now - sum(one.seconds), now)
        if share < 0.9:
            raise RuntimeError(f"{one.player.name} was silent for {1 - share:.0%} of the time")


def _lines(kind: str, found: list[Measured], dark_budget: float) -> list[Line]:
    lit, dark, mpd, mpv = found
    night = [
        (a * LIT_MIN + b * (NIGHT_MIN - LIT_MIN)) / NIGHT_MIN
        for a, b in zip(lit.shares, dark.shares, strict=True)
    ]
    mean = (lit.ms_per_s * LIT_MIN + dark.ms_per_s * (NIGHT_MIN - LIT_MIN)) / NIGHT_MIN
    others = (("mpd", mpd.ms_per_s), ("mpv", mpv.ms_per_s))
    memory = [threads.memory(one.player.pid) for one in (dark, mpd, mpv)]

    def line(part: str, ours: float, shares: list[float], budget: float) -> Line:
        sure = spread(ratios(shares, mpd.shares))
        return Line(f"processor, {kind}, {part}", "ms/s", ours, others, budget, spread=sure)

    return [
        line("lit part", lit.ms_per_s, lit.shares, 4.0),
        line("dark part", dark.ms_per_s, dark.shares, dark_budget),
        line("whole night", mean, night, 2.0),
        *(
            Line(
                f"memory, {kind}, {name}",
                "MiB",
                getattr(memory[0], name.lower()),
                tuple(
                    (n, getattr(m, name.lower()))
                    for n, m in zip(("mpd", "mpv"), memory[1:], strict=True)
                ),
                60.0 if name == "RSS" else None,
                "ours",
            )
            for name in ("RSS", "PSS", "private")
        ),
    ]
