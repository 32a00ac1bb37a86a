"""A picture of the simulator for the README: `python -m nidra_box.studio.terminal.screenshot`.

The real app without a terminal, on a box that remembers nothing and plays into SDL's dummy
card. The SVG needs no fonts from anywhere: block characters become rectangles, the rest is
left to the reader's own monospace font.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import sys
from collections.abc import Callable
from pathlib import Path

from nidra_box.appliance.clock import SystemClock
from nidra_box.config import Config
from nidra_box.diary.entries import Ready
from nidra_box.files import write_whole
from nidra_box.sound.card.deck import Card
from nidra_box.studio.nights.world import MemoryStore
from nidra_box.studio.terminal.app import BoxApp
from nidra_box.studio.terminal.owner import Owner
from nidra_box.studio.terminal.picture import Depth

SIZE = (80, 24)
AT_S = 13.6  # the first words are being said, and the lamp is at the top of a breath
LONGEST_S = 60.0
LOOK_S = 0.02

_FONT_FACES = re.compile(r"@font-face\s*\{.*?\}\s*", re.DOTALL)
_CELL = re.compile(r"line-height: (?P<height>[\d.]+)px")
_BLOCKS = re.compile(
    r'<text class="(?P<style>[^"]+)" x="(?P<x>[\d.]+)" y="[\d.]+" textLength="(?P<width>[\d.]+)"'
    r' clip-path="url\(#[\w-]+-line-(?P<line>\d+)\)">(?P<blocks>[▀▁▂▃▄▅▆▇█]+)</text>'
)
_FIRST_LINE_Y = 1.5  # where rich begins the first line
_OVERLAP = 0.3  # so that no seam shows between two rectangles


async def picture_of(config: Config, at_s: float = AT_S) -> str:
    """The app as SVG, `at_s` seconds into the programme that one press starts."""
    owner = Owner(config, None, SystemClock(), Card("", "dummy"), MemoryStore())
    app = BoxApp(owner, Depth.FULL)
    try:
        async with app.run_test(size=SIZE) as pilot:
            await _until(lambda: bool(owner.diary.last(1)) and owner.diary.last(1)[0].kind is Ready)
            await pilot.press("space")
            # Not what the box does by now: a busy computer draws that later.
            await _until(lambda: app.drawn is not None and app.drawn.position_s >= at_s)
            await pilot.pause()
            return without_fonts(app.export_screenshot(title="nidra-box simulate"))
    finally:
        owner.terminate()
        owner.end()


async def _until(holds: Callable[[], bool]) -> None:
    """Wait for it, but not for ever."""
    for _ in range(round(LONGEST_S / LOOK_S)):
        if holds():
            return
        await asyncio.sleep(LOOK_S)
    raise TimeoutError("the box did not get there within a minute")


def without_fonts(svg: str) -> str:
    """rich's SVG without its web fonts, and with rectangles for block characters: another
    font's blocks leave seams."""
    svg = _FONT_FACES.sub("", svg).replace("Fira Code, monospace", "monospace")
    found = _CELL.search(svg)
    height = float(found["height"]) if found else 24.4
    return _BLOCKS.sub(lambda match: _rectangles(match, height), svg)


def _rectangles(match: re.Match[str], height: float) -> str:
    """A run of blocks as rectangles, neighbours of the same height as one."""
    blocks = match["blocks"]
    cell = float(match["width"]) / len(blocks)
    top = _FIRST_LINE_Y + int(match["line"]) * height
    drawn, begin = [], 0
    for end in range(1, len(blocks) + 1):
        if end < len(blocks) and blocks[end] == blocks[begin]:
            continue
        upper = blocks[begin] == "▀"
        share = 0.5 if upper else (ord(blocks[begin]) - ord("▁") + 1) / 8
        y = top if upper else top + height * (1 - share)
        drawn.append(
            f'<rect class="{match["style"]}" x="{float(match["x"]) + begin * cell:g}" y="{y:g}" '
            f'width="{(end - begin) * cell + _OVERLAP:g}" height="{height * share + _OVERLAP:g}"/>'
        )
        begin = end
    return "".join(drawn)


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="python -m nidra_box.studio.terminal.screenshot",
        description="Save a picture of the simulator as SVG.",
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="SVG")
    parser.add_argument("--at", type=float, default=AT_S, metavar="SECONDS")
    arguments = parser.parse_args()
    write_whole(arguments.output, asyncio.run(picture_of(Config(), arguments.at)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
