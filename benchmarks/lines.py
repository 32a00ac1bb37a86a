"""What a bench has to say: a measured number beside a peer's in the same run, and its budget."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """`ours` and `peers` in `unit`; `ratio` is ours by the first peer's, where there is one.

    budget: the most that `judged` may be (the least, where `at_least`); None where this line
    only tells. judged: "ours" or "ratio". spread: how sure the ratio is (the number, where there
    is no peer), as a share of it.
    """

    what: str
    unit: str
    ours: float
    peers: tuple[tuple[str, float], ...] = ()
    budget: float | None = None
    judged: str = "ratio"
    at_least: bool = False
    note: str = ""
    spread: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.ours / self.peers[0][1] if self.peers and self.peers[0][1] else None

    @property
    def is_kept(self) -> bool | None:
        """None where there is no budget, or nothing to judge it by."""
        value = self.ours if self.judged == "ours" else self.ratio
        if self.budget is None or value is None:
            return None
        return value >= self.budget if self.at_least else value <= self.budget

    def as_row(self) -> list[str]:
        peers = ", ".join(f"{name} {number(value)}" for name, value in self.peers)
        ratio = f"× {self.ratio:.2f}" if self.ratio is not None else ""
        sure = "" if self.spread is None else f"± {100 * self.spread:.1f} %"
        sign = "≥" if self.at_least else "≤"
        budget = ""
        if self.budget is not None:
            times = "× " if self.judged == "ratio" else ""
            budget = f"{sign} {times}{number(self.budget)}"
        verdict = {True: "kept", False: "**NOT KEPT**", None: ""}[self.is_kept]
        return [self.what, f"{number(self.ours)} {self.unit}", peers, ratio, sure, budget, verdict]


def number(value: float) -> str:
    """With three digits that count, at most."""
    if value and abs(value) < 1:
        return f"{value:.2g}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


HEAD = ["what", "the box", "peers", "ratio", "spread", "budget", ""]


def table(lines: list[Line]) -> str:
    """A Markdown table, with the notes under it."""
    notes = [f"- {line.what}: {line.note}" for line in lines if line.note]
    text = rows_as_markdown([HEAD, *(line.as_row() for line in lines)])
    return text + ("\n\n" + "\n".join(notes) if notes else "")


def rows_as_markdown(rows: list[list[str]]) -> str:
    """The first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    out = []
    for index, row in enumerate(rows):
        out.append("| " + " | ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) + " |")
        if index == 0:
            out.append("|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(out)
