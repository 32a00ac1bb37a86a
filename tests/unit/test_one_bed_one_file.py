"""A bed sound is one file in `sound/beds/`: a script may name it, and the box makes and plays it."""

import os
import shutil
import subprocess
import sys

import pytest

from tests.support.box import ROOT
from tests.support.scripts import SMALL, changed, read

FAN = '''
"""A fan that turns in another room."""

from nidra_box.sound.beds.making.noise import falling, noise
from nidra_box.sound.beds.making.recipe import Recipe

RECIPE = Recipe(
    version=1,
    seed=7,
    seconds=2.0,
    make=noise(falling(-0.8, (60.0, 90.0), (2_000.0, 4_000.0))),
    modulation_db=%s,
)
'''

NIGHT = changed(*[("id: brown", "id: fan")] * SMALL.count("id: brown"))

HEARD = """
import sys
from pathlib import Path
import numpy as np
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.folders import Folders
from nidra_box.sound import beds
from nidra_box.sound.reader import DirectReader
from nidra_box.studio.writing.render import render_frames

folders = Folders.inside(Path(sys.argv[1]), Path(sys.argv[2]))
catalogue = Catalogue(folders)
_, compiled, problems = catalogue.compile(folders.own_programmes / "small.yaml")
if problems.errors:
    sys.exit("\\n".join(map(str, problems.errors)))
beds.make_into(folders.beds, "bed:fan")
reader = DirectReader(catalogue.open_source, lambda name, reason: sys.exit(name + reason))
pcm = np.concatenate(list(render_frames(compiled.score, 48_000 * 70, 48_000 * 72, reader)))
print(20 * np.log10(np.sqrt(np.square(pcm / 32768.0).mean())))
"""


@pytest.fixture
def run_with(tmp_path):
    """Runs HEARD in a copy of the package with one file more; NIGHT is a programme of its own."""
    copy = tmp_path / "copy" / "nidra_box"
    shutil.copytree(ROOT / "nidra_box", copy, ignore=shutil.ignore_patterns("__pycache__"))
    own = tmp_path / "state" / "programmes"
    own.mkdir(parents=True)
    (own / "small.yaml").write_text(NIGHT)

    def run(modulation_db):
        (copy / "sound" / "beds" / "fan.py").write_text(FAN % modulation_db)
        return subprocess.run(
            [sys.executable, "-c", HEARD, str(ROOT), str(tmp_path / "state")],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(copy.parent), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_new_file_is_a_bed_that_plays(run_with):
    done = run_with(0.9)
    assert done.returncode == 0, done.stderr
    assert -46 < float(done.stdout) < -38  # the script wants it at -40 LUFS there


def test_what_its_file_says_of_its_swell_is_judged(run_with):
    done = run_with(6.1)
    assert done.returncode == 1
    assert "fan swells by 6.1 dB; in sleep at most 6" in done.stderr


def test_a_bed_without_a_file_is_refused():
    _, problems = read(NIGHT)
    assert len(problems.errors) == 4
    assert "'fan' is not allowed" in str(problems.errors[0])
    assert "allowed: brown | drone | ocean | pink | rain" in str(problems.errors[0])
