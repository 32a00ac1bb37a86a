"""The first start of a box: what is being made is no fault, what stays away is one."""

import subprocess
import sys

import pytest

from nidra_box.appliance.beds import BedsToCome
from nidra_box.config import Config
from nidra_box.diary.entries import Awaited, Fault, FaultEnded
from nidra_box.sound.beds import RECIPES
from nidra_box.studio.nights.night_script import parse_night
from nidra_box.studio.nights.world import World
from tests.unit.test_appliance import Shelf, said

BROWN = "bed:brown"


@pytest.fixture
def posted():
    return []


@pytest.fixture
def beds(posted):
    return BedsToCome([BROWN, "bed:pink"], posted.append)


def made_by(beds, program, posted=()):
    """What is tried again while `program` makes beds, with a look for brown at each."""
    again = []

    def try_again(name):
        again.append(name)
        beds.complain(BROWN, "no such file")

    beds.make("unused", try_again, [sys.executable, "-c", program]).join(30.0)
    return again


def test_a_bed_that_is_being_made_is_no_fault(beds, posted):
    beds.complain(BROWN, "no such file")
    assert posted == [Awaited("brown")]


def test_everything_else_is(beds, posted):
    beds.complain("bed:rain", "is torn")
    assert posted == [Fault("bed:rain", "is torn")]


def test_each_is_tried_again_when_it_is_there_and_is_judged_like_any_file_then(beds, posted):
    assert made_by(beds, f"print('bed:pink'); print({BROWN!r})") == ["bed:pink", BROWN, ""]
    fault = Fault(BROWN, "no such file")
    ended = [FaultEnded("bed:pink"), FaultEnded(BROWN)]
    assert [e for e in posted if e not in ended] == [Awaited("brown"), fault, fault]
    assert [e for e in posted if e in ended] == ended


@pytest.mark.parametrize("program", ["raise SystemExit(1)", "print('bed:pink')"])
def test_what_could_not_be_made_is_a_fault_in_the_end(beds, posted, program):
    assert made_by(beds, program)[-1] == ""
    assert [e for e in posted if isinstance(e, Fault)][-1] == Fault(BROWN, "no such file")
    assert not beds.any


def test_the_maker_speaks_of_sounds_as_the_reader_does():
    assert BROWN in RECIPES


def test_the_night_log_hears_no_fault():
    world = World(Config(), ("small",), Shelf())
    world.inbox.schedule(8.0, Awaited("brown"))
    recording = world.play(parse_night("0:00:05 press\n0:00:20 end", "n"))
    assert [line["sound"] for line in said(recording, "awaited")] == ["brown"]
    assert said(recording, "fault") == []


OOM = """
import sys
from pathlib import Path
from nidra_box.cli import beds, main
score = Path("/proc/self/oom_score_adj")
beds.make_beds_into = lambda *_, **__: print(score.read_text())
sys.exit(main(["beds", "--quiet", "--into", sys.argv[1]]))
"""


@pytest.mark.slow
def test_where_memory_runs_out_what_makes_beds_goes_before_the_box(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", OOM, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "500"
