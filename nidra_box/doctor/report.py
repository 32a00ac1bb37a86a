"""Findings as lines for a person, or as values for a program. Pure."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from typing import Any

from nidra_box.doctor.finding import Finding, Level
from nidra_box.words import MOST_LINES, printable

_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.WRONG: "31;1", Level.UNKNOWN: "2"}


def lines(findings: list[Finding], coloured: bool = False) -> list[str]:
    """A line for each finding (but for a kind of too many), `level  subject  message → mend`, and
    one that counts them."""
    wide = max((len(finding.subject) for finding in findings), default=0)
    kinds = Counter((finding.level, finding.subject) for finding in findings)
    many = {kind for kind, count in kinds.items() if count > MOST_LINES}
    said = [f for f in findings if (f.level, f.subject) not in many]
    for level, subject in sorted(many):
        message = f"{kinds[level, subject]} of them; nidra-box doctor --json names each"
        said.append(Finding(subject, level, message))
    return [*(_line(finding, wide, coloured) for finding in said), summary(findings)]


def _line(finding: Finding, wide: int, coloured: bool) -> str:
    level = f"{finding.level:<7}"
    if coloured:
        level = f"\x1b[{_COLOURS[finding.level]}m{level}\x1b[0m"
    mend = f" → {finding.mend}" if finding.mend else ""
    message = (finding.message + mend).replace("\n", " ")
    return f"{level}  {printable(finding.subject):<{wide}}  {printable(message)}"


def summary(findings: list[Finding]) -> str:
    count = Counter(finding.level for finding in findings)
    order = (Level.WRONG, Level.WARNING, Level.UNKNOWN, Level.OK)
    return ", ".join(f"{count[level]} {level}" for level in order if count[level])


def as_values(
    findings: list[Finding], settings: dict[str, Any] | None = None, written: bool = False
) -> dict[str, Any]:
    """`ok` is the exit code's answer: nothing is wrong. `settings` are those that were learnt."""
    count = Counter(finding.level for finding in findings)
    return {
        "ok": count[Level.WRONG] == 0,
        "counts": {str(level): count[level] for level in Level},
        "findings": [asdict(finding) for finding in findings],
        "settings": settings,
        "written": written,
    }
