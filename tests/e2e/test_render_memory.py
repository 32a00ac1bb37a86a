"""Rendering a programme's sound from start to end needs no more than 150 MB.

In a process of its own, measured as the most memory it ever held. VmHWM is read and not
ru_maxrss, which a new process inherits from the one that started it: under pytest that would
be pytest's. Overnight programmes take minutes and are rendered for as long as somebody
speaks and half an hour of sleep; nothing later in them is new.
"""

import subprocess
import sys

import pytest
import soundfile

from nidra_box.units import RATE_HZ
from tests.support.box import ROOT, shipped_catalogue, with_beds

LIMIT_MB = 150
OVERNIGHT_S = 2 * 3600.0
BEYOND_WORDS_S = 1800.0

PROGRAM = """
import re, sys
from pathlib import Path
from nidra_box.cli import main
code = main(["render", *sys.argv[1:]])
kilobytes = re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1]
print("highest", int(kilobytes) / 1024)
sys.exit(code)
"""


def scores():
    catalogue = shipped_catalogue()
    return {name: catalogue.load(name).score for name in catalogue.scripts()}


def longest_of_one_sitting():
    short = [s for s in scores().values() if s.duration_s < OVERNIGHT_S]
    return max(short, key=lambda score: (not score.is_silent, score.duration_s))


def longest_night():
    return max(scores().values(), key=lambda score: score.duration_s)


def rendered(score, path, *more):
    """Render in a fresh process; the megabytes it held at most."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, score.id, "-o", str(path), *more],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout.split("highest")[1])


@pytest.fixture(autouse=True)
def beds():
    with_beds()


def test_the_longest_programme_of_one_sitting_from_start_to_end(tmp_path):
    score = longest_of_one_sitting()
    path = tmp_path / "whole.flac"
    megabytes = rendered(score, path)
    assert soundfile.info(path).frames == round(score.duration_s * RATE_HZ)
    assert megabytes < LIMIT_MB, score.id


def test_the_longest_night_until_half_an_hour_after_its_last_word(tmp_path):
    score = longest_night()
    spoken = max((clip.end for clip in score.clips), default=0) / RATE_HZ
    end = min(score.duration_s, spoken + BEYOND_WORDS_S)
    path = tmp_path / "words.flac"
    megabytes = rendered(score, path, "--to", f"{end:.3f}")
    assert soundfile.info(path).frames == round(float(f"{end:.3f}") * RATE_HZ)
    assert megabytes < LIMIT_MB, score.id


def test_the_meter_would_notice(tmp_path):
    """The same process holding 100 MB more is seen to."""
    score = longest_of_one_sitting()
    plain = rendered(score, tmp_path / "a.flac", "--to", "0:02")
    heavy = PROGRAM.replace("code =", "held = bytearray(b'x') * (100 << 20)\ncode =")
    done = subprocess.run(
        [sys.executable, "-c", heavy, score.id, "-o", str(tmp_path / "b.flac"), "--to", "0:02"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert float(done.stdout.split("highest")[1]) - plain > 90
