"""What the pages say can be done: links lead somewhere, commands and targets exist."""

import math
import re
from dataclasses import replace
from pathlib import Path

import pytest

from nidra_box.cli import BOX, STUDIO
from nidra_box.diary.entry import Entry
from nidra_box.part import Closing, Course
from nidra_box.session.events import Phase, Settings
from nidra_box.session.session import Session

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), ROOT / "systemd/README.md"])


def anchors(page):
    text = page.read_text("utf-8")
    heads = re.findall(r"^#+ (.+)$", text, re.M)
    named = re.findall(r'<a id="([^"]+)">', text)
    return {re.sub(r"[^\w -]", "", head.lower()).replace(" ", "-") for head in heads} | {*named}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", page.read_text("utf-8")):
        place, _, part = target.partition("#")
        leads_to = (page.parent / place).resolve() if place else page
        assert leads_to.exists(), target
        assert not part or part in anchors(leads_to), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_and_target_that_is_named_exists(page):
    known = {"help"} | {
        name for groups in (BOX, STUDIO) for names in groups.values() for name in names
    }
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.M))
    code = re.findall(r"^ {4,}\S.*$|`[^`\n]+`", page.read_text("utf-8"), re.M)
    for piece in code:
        for name in re.findall(r"(?:^ *|`|sudo )(?:\./)?nidra-box ([a-z][a-z-]*)", piece):
            assert name in known, piece
        for name in re.findall(r"(?:^ *|`|sudo )make ([a-z][a-z-]*)", piece):
            assert name in targets, piece


def test_the_part_of_the_guide_works():
    guide = (ROOT / "docs/code.md").read_text("utf-8")
    source = re.search(r"   ```python\n(.*?)   ```", guide, re.S)[1].replace("\n   ", "\n").strip()
    names = {"math": math, "Closing": Closing, "LongNightReached": Entry}
    exec("from __future__ import annotations\n" + source, names)
    course = Course(Session(Settings(("night",)), "night"))
    part = names["LongNight"](course)
    assert part.next_at() == math.inf
    course.session = replace(course.session, phase=Phase.PLAYING, started_at=100.0)
    assert part.next_at() == 21_700.0
    assert part.work(21_700.0) == [Entry()]
    assert part.next_at() == math.inf
