"""The ratios as bars: one for each line that has a peer, its budget as a tick."""

from __future__ import annotations

from pathlib import Path

from benchmarks.lines import Line

KEPT, NOT_KEPT, TELLS = "#4c7a6b", "#b4543a", "#8a8f98"


def draw(lines: list[Line], title: str, file: Path) -> None:
    """A PNG. Where more is better the ratio is turned round: shorter bars are always better."""
    from matplotlib import use

    use("Agg")
    from matplotlib import pyplot

    shown = [line for line in lines if line.ratio]
    figure, axes = pyplot.subplots(figsize=(9, 0.8 + 0.34 * len(shown)), layout="constrained")
    for row, line in enumerate(shown):
        ratio = line.ratio or 0.0
        length = 1 / ratio if line.at_least else ratio
        colour = {True: KEPT, False: NOT_KEPT, None: TELLS}[line.is_kept]
        axes.barh(row, length, color=colour, height=0.62)
        axes.text(length, row, f" × {length:.2f}", va="center", fontsize=8)
        if line.budget is not None and line.judged == "ratio":
            axes.plot([line.budget] * 2, [row - 0.42, row + 0.42], color="black", linewidth=1.6)
    axes.set_yticks(range(len(shown)), [f"{s.what} / {s.peers[0][0]}" for s in shown], fontsize=8)
    axes.set_title(title, fontsize=9, loc="left")
    axes.axvline(1.0, color="black", linewidth=0.6, linestyle=":")
    axes.set_xlabel(
        "the box as a multiple of the peer in the same run; black tick: the budget", fontsize=8
    )
    axes.invert_yaxis()
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, dpi=130)
    pyplot.close(figure)
