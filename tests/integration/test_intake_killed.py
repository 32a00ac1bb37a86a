"""kill -9 at random moments: no half recording, no rubbish, and the next run goes on to the end.

`NIDRA_KILLS=200` kills more often, `NIDRA_SEED` repeats what failed."""

import os
import random
import shutil
import sys
import time

import pytest

from nidra_box.library.person import Light, Person, write_person
from tests.support import cases
from tests.support.intakes import Forge, check_tidy, check_whole, states, take
from tests.support.mutated import original

KILLS = int(os.environ.get("NIDRA_KILLS", "10"))
LATEST_S = 1.5
"""A run over the whole library takes about twice as long."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(cases.FFMPEG is None, reason="ffmpeg is not installed"),
    pytest.mark.skipif(sys.platform != "linux", reason="asks /proc what is left"),
]


@pytest.fixture
def library(tmp_path):
    """A sound as FLAC and one as Opus, one that is decoded twice, a folder, one with words beside
    it, and what is none."""
    place = tmp_path / "library"
    (place / "folder").mkdir(parents=True)
    (place / "memo.m4a").write_bytes(original("m4a", tmp_path, 11))
    (place / "tone.wav").write_bytes(original("wav", tmp_path, 10.5))
    noise = "anoisesrc=d=11:r=48000:a=0.3"
    (place / "noise.ogg").write_bytes(
        cases.ffmpeg("-c:a", "libvorbis", "-q:a", "0", "-f", "ogg", source=noise)
    )
    mp3 = original("mp3", tmp_path, 14)
    (place / "damaged.mp3").write_bytes(mp3[:20_000] + bytes(3000) + mp3[23_000:])
    for number in (1, 2):
        (place / "folder" / f"{number}.flac").write_bytes(original("flac", tmp_path, 5 + number))
    (place / "page.flac").write_bytes(b"<!doctype html>" + b"x" * 3000)
    return place


@pytest.fixture
def forge(tmp_path):
    forge = Forge(tmp_path)
    yield forge
    forge.close()


READY = ("ready", "")
ENDS = dict.fromkeys(("memo.m4a", "tone.wav", "noise.ogg", "damaged.mp3", "folder"), READY)
PAGE = "it is a web page, not a sound file: the download went wrong, fetch it again"
ENDS["page.flac"] = ("refused", PAGE)


def sounds(store):
    """An Ogg has another number each time, and is as long as before."""
    return {path.parent.name: path.stat().st_size for path in store.glob("*/sound.*")}


def lies(folder):
    return {
        str(path.relative_to(folder)): (path.stat().st_mtime_ns, path.stat().st_size)
        for path in folder.rglob("*")
    }


@pytest.mark.timeout(300 + 10 * KILLS)
def test_killed_at_any_moment_it_leaves_nothing_half_and_goes_on(library, forge, tmp_path):
    seed = int(os.environ.get("NIDRA_SEED") or random.SystemRandom().randrange(10**9))
    print(f"NIDRA_SEED={seed} NIDRA_KILLS={KILLS}")
    rng = random.Random(seed)
    take(library, tmp_path / "whole")
    whole = sounds(tmp_path / "whole")
    assert states(tmp_path / "whole") == ENDS
    assert len(whole) == 5
    store, killed, runs = tmp_path / "store", 0, 0
    while killed < KILLS:
        something_new(rng, library, store)
        before = lies(library)
        pid = forge.start(library, store)
        time.sleep(rng.uniform(0.0, LATEST_S))
        had_ended = forge.kill(pid)
        assert not forge.outlived()
        assert lies(library) == before
        if store.exists():
            check_whole(store)
        killed += not had_ended
        runs += 1
        if had_ended or runs % 10 == 0:
            take(library, store)
            check_tidy(store)
            assert states(store) == ENDS
            assert sounds(store) == whole
            shutil.rmtree(store)
    assert forge_said(forge) == []
    print(f"{killed} killed of {runs}")


def forge_said(forge):
    """What no intake should say."""
    lines = forge.said.read_text().splitlines()
    return [line for line in lines if ": taken in as " not in line and ": not played" not in line]


def something_new(rng, library, store):
    """What makes the intake write into recordings that are there: other words beside one, and
    another light, said by the person."""
    (library / "memo.lrc").write_text(
        f"[0:01] {rng.random()}\n[9:00] late\n[0:0{rng.randrange(9)}] x"
    )
    for folder in store.glob("[0-9a-f]*"):
        if rng.random() < 0.3:
            lit_s = rng.choice((600.0, 1200.0, 1800.0))
            write_person(folder / "person.yaml", Person(light=Light(lit_s=lit_s)))
