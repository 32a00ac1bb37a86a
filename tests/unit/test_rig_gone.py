"""A virtual machine that dies under a test says nothing of the box: once more, then skipped aloud."""

import os
import subprocess
import sys

import pytest

from tests.support.box import ROOT

TESTS = """
import pytest
from tests.rig.channel import Gone

guests = []

@pytest.fixture(scope="module")
def guest():
    guests.append(len(guests) + 1)
    return guests[-1]

def test_of_a_guest(guest):
    if guest in {dies}:
        raise Gone("its last words")

def test_beside(guest):
    print("guests", guests)
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("dies", "skip", "said"),
    [
        ("[]", "", ["2 passed", "guests [1]"]),
        ("[1]", "", ["2 passed", "guests [1, 2]", "fell silent at first"]),
        ("[1, 2]", "", ["1 failed, 1 passed", "its last words"]),
        ("[1, 2]", "skip", ["1 passed, 1 skipped", "NOT JUDGED", "twice: its last words"]),
    ],
)
def test_a_guest_that_dies_is_started_once_more(dies, skip, said, tmp_path):
    (tmp_path / "test_guests.py").write_text(TESTS.format(dies=dies))
    command = [sys.executable, "-m", "pytest", "-rA", "-p", "tests.rig.conftest", tmp_path]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "RIG_GONE": skip}
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=tmp_path, check=False
    )
    for words in said:
        assert words in done.stdout, done.stdout + done.stderr
