"""What a night costs: processor and memory, beside mpd and mpv on the same sound at the same time."""

from __future__ import annotations

import time
from pathlib import Path

import soundfile

from benchmarks import players
from benchmarks.lines import Line
from benchmarks.players import Player
from tests.rig import reference

LIT_MIN, NIGHT_MIN = 25.0, 29244 / 60
"""The budget's night: the light breathes for 25 minutes, then it is dark to 8:07:24."""
SETTINGS = "pins: {knob_push: 17}\n"
SETTLE_S = 12.0
"""Starting, opening the card, the fade in: not what a night is made of."""


def measure(folder: Path, seconds: float) -> list[Line]:
    """`seconds` lit and as many dark, for FLAC, for Opus, and for the script of the night."""
    sound = reference.render("lower-back-night", _clock(2 * seconds + 60), folder)
    lines: list[Line] = []
    for kind, subtype in (("flac", "PCM_16"), ("opus", "OPUS")):
        track = folder / f"night.{kind}"
        container = "FLAC" if kind == "flac" else "OGG"
        with soundfile.SoundFile(track, "w", 48_000, 2, subtype, format=container) as stream:
            for at in range(0, len(sound), 48_000):  # all at once is too much for the Opus writer
                stream.write(sound[at : at + 48_000, None].repeat(2, 1).astype("float32"))
        playing = [
            players.box(folder / f"box-{kind}", "play_on", track, settings=SETTINGS),
            players.mpd(folder / f"mpd-{kind}", track),
            players.mpv(folder / f"mpv-{kind}", track),
        ]
        lines += _while_playing(kind.upper() if kind == "flac" else "Opus", playing, seconds)
    alone = [players.box(folder / "box-script", "play_on", settings=SETTINGS)]
    return lines + _while_playing("the script", alone, seconds)


def _while_playing(kind: str, playing: list[Player], seconds: float) -> list[Line]:
    try:
        for player in playing:
            player.wait_until_heard()
        time.sleep(SETTLE_S)
        lit = _cpu_share(playing, seconds)
        (playing[0].folder / "dark").touch()
        time.sleep(3.0)
        dark = _cpu_share(playing, seconds)
        rss = [player.rss_mib() for player in playing]
        heard = [player.heard_s() for player in playing]
    finally:
        (playing[0].folder / "end").touch()
        for player in playing:
            player.end()
    for player, sounded in zip(playing, heard, strict=True):
        if sounded < 2 * seconds:
            raise RuntimeError(f"{player.name} sounded for {sounded:.0f} s only:\n{player.said()}")
    names = [player.name for player in playing[1:]]
    night = (lit[0] * LIT_MIN + dark[0] * (NIGHT_MIN - LIT_MIN)) / NIGHT_MIN
    mean = [(a + b) / 2 for a, b in zip(lit, dark, strict=True)]
    if not names:
        return [
            Line(f"processor, {kind}, light breathing", "%", 100 * lit[0]),
            Line(f"processor, {kind}, a whole night", "%", 100 * night),
            Line(f"memory, {kind}", "MiB", rss[0], budget=64.0, judged="ours"),
        ]
    others = tuple((name, 100 * share) for name, share in zip(names, mean[1:], strict=True))
    return [
        Line(f"processor, {kind}, a whole night", "%", 100 * night, others, 1.5),
        Line(f"processor, {kind}, light breathing", "%", 100 * lit[0], others[1:], 1.0),
        Line(
            f"memory, {kind}",
            "MiB",
            rss[0],
            tuple(zip(names, rss[1:], strict=True)),
            64.0,
            "ours",
        ),
    ]


def _cpu_share(playing: list[Player], seconds: float) -> list[float]:
    """Of one processor, for each, over the same `seconds`."""
    began, before = time.monotonic(), [player.cpu_s() for player in playing]
    time.sleep(seconds)
    passed = time.monotonic() - began
    return [(p.cpu_s() - b) / passed for p, b in zip(playing, before, strict=True)]


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{int(seconds % 60):02d}"
