"""Every rule of the format, one module per subject.

`check_script` needs only the script, `check_layout` a stage whose cues are placed,
`check_score` the compiled night. A script with errors is refused. Pure.
"""

from __future__ import annotations

import re

from nidra_box.documents.node import Problems
from nidra_box.score.layout import Layout
from nidra_box.score.rules import breath, light, sound, structure, words
from nidra_box.score.rules.whole import check_score
from nidra_box.score.script import Script, Stage

__all__ = ["check_layout", "check_score", "check_script"]


def check_script(script: Script, problems: Problems, shipped: bool = False) -> None:
    """Check the rules that need only the script; `shipped` adds those for shipped programmes.
    Skipped if a stage could not be read, because the results would be wrong."""
    if any(re.fullmatch(r"stages(\[\d+\])?", wrong.path) for wrong in problems.errors):
        return
    structure.check(script, problems, shipped)
    sound.check(script, problems)
    light.check(script, problems)
    breath.check(script, problems)
    words.check(script, problems)


def check_layout(number: int, stage: Stage, layout: Layout, problems: Problems) -> None:
    """Check whether the words of stage `number` fit into it."""
    structure.check_layout(number, stage, layout, problems)
