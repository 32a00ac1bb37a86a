"""`make audio`, as the Makefile has it, with the real Festival, on a copy of the content."""

import hashlib
import shutil
import subprocess
import sys

import pytest

from nidra_box.studio.voice.engines import ENGINES
from tests.support.box import ROOT

pytestmark = pytest.mark.skipif(
    not ENGINES["festival"].is_installed() or shutil.which("make") is None,
    reason="Festival or make is not installed",
)


@pytest.fixture
def content(tmp_path):
    """The Makefile and the content, with this Python in place of a fresh .venv."""
    shutil.copy(ROOT / "Makefile", tmp_path)
    shutil.copytree(ROOT / "audio", tmp_path / "audio")
    program = tmp_path / "nidra-box"
    program.write_text(
        f'#!/bin/sh\nPYTHONPATH={ROOT}:$PYTHONPATH exec {sys.executable} -m nidra_box "$@"\n'
    )
    program.chmod(0o755)
    return tmp_path


def make_audio(folder):
    command = ["make", "--no-print-directory", "audio", "LISTENER="]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def hashes(folder):
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted((folder / "audio").rglob("*"))
        if path.is_file()
    }


def test_on_a_clean_tree_it_changes_nothing_and_after_one_word_exactly_one_clip(content):
    before = hashes(content)
    said = make_audio(content)
    assert all("0 rendered" in line and "0 removed" in line for line in said)
    assert hashes(content) == before

    script = content / "audio/programmes/lower-back-night.yaml"
    text = script.read_text()
    assert text.count("Unhook the jaw.") == 1
    script.write_text(text.replace("Unhook the jaw.", "Loosen the jaw."))
    said = make_audio(content)
    assert "lower-back-night: 1 rendered, 57 kept, 1 removed" in said
    after = hashes(content)
    changed = {name for name in before | after if before.get(name) != after.get(name)}
    clips = {name for name in changed if name.endswith(".opus")}
    assert changed - clips == {
        "audio/programmes/lower-back-night.yaml",
        "audio/voice/lower-back-night/manifest.json",
    }
    assert len(clips & set(before)) == len(clips & set(after)) == 1
    assert len(clips) == 2  # the old clip has gone, the new one is there
    assert all("/face-and-shoulders-" in name for name in clips)
    make_audio(content)
    assert hashes(content) == after
