"""What makes a script wrong: every rule of the format, one module per sense.

`check_script` needs only the script, `check_layout` a stage whose cues are placed,
`check_score` the compiled night. Errors refuse the script, warnings do not. Pure.
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
    """Every rule that the script alone can break. `shipped` adds those for what we give
    away with the box. Where a stage could not be read at all, nothing more is said: whatever
    came out would be about another script."""
    if any(re.fullmatch(r"stages(\[\d+\])?", wrong.path) for wrong in problems.errors):
        return
    structure.check(script, problems, shipped)
    sound.check(script, problems)
    light.check(script, problems)
    breath.check(script, problems)
    words.check(script, problems)


def check_layout(number: int, stage: Stage, layout: Layout, problems: Problems) -> None:
    """Every rule about how the words of stage `number` fit into it."""
    structure.check_layout(number, stage, layout, problems)
