"""One run as a document: what was measured, on what, and what it does not show."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from benchmarks import players
from benchmarks.house import House
from benchmarks.lines import Line, rows_as_markdown, table
from benchmarks.windows import Measured

LIMITS = """\
- **The pins are mock pins.** What a pin library's own thread costs on a Pi, and a write to the
  kernel's PWM, is not in these numbers. The box on the kernel's simulated pins (in the test rig),
  as a ratio to itself, is not measured yet.
- The card is a program in user space (tests/rtnull) that takes samples in real time; all players
  have one of the same kind. mpd plays to it directly, the box and mpv through ALSA's plug layer.
- A peer only plays the sound. The box also mixes in dB, limits, dithers and breathes with a light.
- The lit part is measured in the first minutes after the press, where the light moves most. A
  whole night is 25 minutes of it, and the dark part up to 8:07:24.
- systemd is a socket of the bench, and python3-systemd a stand-in of five lines, so the watchdog's
  beat costs about what it does in the service.
- The bench itself runs on the Python and the numpy of the box, and shares their pages with it: PSS
  and private memory are a little low.
- A thread that ended within a window is missing in it.
- Ten turns of the knob within ten seconds of the card's opening are not measured yet, nor a press on a
  card that was closed.
- *Spread* is the standard error of the mean of the windows' ratios (for a pass: how far the middle
  round lies above the cheapest). Windows are added until it is 2 % or less, or the time is up.
"""


@dataclass(frozen=True, slots=True)
class Run:
    when: str
    machine: str
    commit: str
    versions: dict[str, str]
    load: tuple[float, float]
    is_quick: bool


def versions(where: House, folder: Path) -> dict[str, str]:
    """What a box of this run is made of, as it says itself. Raises RuntimeError if it does not
    run from the compiled copy with the system's libsndfile."""
    with players.box(where, folder) as box:
        found: dict[str, str] = box.ask("versions")
    if not found.pop("box").startswith(str(where.folder)) or found.pop("compiled") != "True":
        raise RuntimeError(f"the box does not run from compiled files in {where.folder}")
    if "/site-packages/" in found["libsndfile"]:
        raise RuntimeError(f"not the system's libsndfile: {found['libsndfile']}")
    return found


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model")):
            return line.partition(":")[2].strip()
    return "unknown processor"


def text(run: Run, lines: list[Line], measured: dict[str, Measured], image: str) -> str:
    """Markdown. `image`: the file name of the picture, if there is one."""
    quick = " **A quick run: short windows, not to be quoted.**" if run.is_quick else ""
    parts = [
        "# Benchmarks: one run",
        "Written by `make bench`; [how it is measured](../benchmarks/README.md). Only the ratios "
        "within a run say something: never compare the numbers of two machines or two days."
        + quick,
        f"{run.when}, commit {run.commit}. {run.machine}; load before {run.load[0]:.1f}, after "
        f"{run.load[1]:.1f}. "
        + ", ".join(f"{name} {v}" for name, v in run.versions.items())
        + ". Everything runs from compiled bytecode.",
        *([f"![the box as a multiple of its peers]({image})"] if image else []),
        table(lines),
        *(["## By thread", _threads(measured)] if measured else []),
        "## What these numbers do not show",
        LIMITS.rstrip(),
    ]
    return "\n\n".join(parts) + "\n"


def _threads(measured: dict[str, Measured]) -> str:
    rows = [["", "thread", "ms/s", "wake-ups/s"]]
    for what, one in measured.items():
        rows.append([what, "all", f"{one.ms_per_s:.2f}", f"{one.wakeups_per_s:.1f}"])
        rows += [
            ["", name, f"{ms:.2f}", f"{wakes:.1f}"]
            for name, (ms, wakes) in one.by_name().items()
            if ms >= 0.005 or wakes >= 0.05
        ]
    return rows_as_markdown(rows)
