"""Rules about the pace of the breath. (Its range is part of the format: see `limits`.)"""

from __future__ import annotations

from nidra_box.documents.node import Problems
from nidra_box.score import vocabulary as v
from nidra_box.score.rules.structure import path_of
from nidra_box.score.script import Script


def check(script: Script, problems: Problems) -> None:
    for name, shares in script.breaths.items():
        held = shares.hold + shares.rest
        if held > v.MAX_HOLD_SHARE + 1e-9:
            problems.error(
                script.line(f"breath.{name}"),
                f"breath.{name}",
                f"holds take {held:.0%} of the breath; at most {v.MAX_HOLD_SHARE:.0%}",
            )
    period_before: float | None = None
    for number, stage in enumerate(script.stages):
        path = path_of(number, "pace.rate")
        if stage.pace is None or problems.blames(path):
            period_before = None
            continue
        period = 60.0 / stage.pace.rate_from
        if period_before is not None and abs(period - period_before) > v.MAX_PERIOD_STEP_S:
            problems.error(
                stage.pace.line,
                path,
                f"begins at {stage.pace.rate_from:g} a minute, the stage before ends at "
                f"{60.0 / period_before:.3g}: a breath may change by {v.MAX_PERIOD_STEP_S:g} s",
            )
        period_before = 60.0 / stage.pace.rate_to
