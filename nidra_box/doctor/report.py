"""Findings as lines for a person, or as JSON for a program. Pure."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from nidra_box.doctor.finding import Finding, Level
from nidra_box.words import printable

FORMAT = "nidra-box-doctor/1"
_COLOURS = {Level.OK: "32", Level.WARNING: "33", Level.WRONG: "31;1", Level.UNKNOWN: "2"}


def lines(findings: list[Finding], coloured: bool = False) -> list[str]:
    """A line for each finding, `level  subject  message → mend`, and one that counts them."""
    wide = max((len(finding.subject) for finding in findings), default=0)
    return [*(_line(finding, wide, coloured) for finding in findings), summary(findings)]


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


def as_json(findings: list[Finding], **more: Any) -> str:
    """`ok` is the exit code's answer: nothing is wrong. `more` stands beside the findings."""
    count = Counter(finding.level for finding in findings)
    return json.dumps(
        {
            "format": FORMAT,
            "ok": count[Level.WRONG] == 0,
            "counts": {str(level): count[level] for level in Level},
            "findings": [
                {
                    "subject": finding.subject,
                    "level": str(finding.level),
                    "message": finding.message,
                    "mend": finding.mend,
                }
                for finding in findings
            ],
            **more,
        },
        indent=2,
    )
