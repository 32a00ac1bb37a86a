"""`add` as a process of its own."""

import os
import subprocess
import sys
import time

import pytest

from tests.support.own import Own


@pytest.fixture
def box(tmp_path, monkeypatch):
    return Own(tmp_path, monkeypatch)


def test_control_c_while_it_copies_leaves_nothing(box, tmp_path):
    """A sparse file of many gigabytes takes long enough to be interrupted."""
    big = tmp_path / "big.wav"
    with open(big, "wb") as stream:
        stream.truncate(30 << 30)
    words = [sys.executable, "-m", "nidra_box", "add", str(big)]
    process = subprocess.Popen(words, stderr=subprocess.PIPE, stdout=subprocess.PIPE)
    until = time.monotonic() + 20.0
    while not list((box.library / ".incoming").glob("*/big.wav")):
        assert time.monotonic() < until
        time.sleep(0.01)
    process.send_signal(2)
    out, err = process.communicate(timeout=20)
    if process.returncode == 1 and b"must stay" in out:
        pytest.skip("the disk is too small for it")
    assert process.returncode == 130, err
    assert os.listdir(box.library) == [".incoming"]
    assert os.listdir(box.library / ".incoming") == []
