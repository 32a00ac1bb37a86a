"""Root may do everything: the doctor looks as the user that runs the box."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from nidra_box.cli import beds, doctor, main
from nidra_box.cli.service_user import become_service_user
from nidra_box.library.folders import Folders

BOX = pwd.struct_passwd(("nidra-box", "x", 991, 990, "Nidra Box", "/var/lib/nidra-box", ""))


def nobody(name):
    raise KeyError(name)


@pytest.fixture
def asked(monkeypatch):
    """What the kernel would have been asked, by a root that is none."""
    asked = []
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    for call in ("initgroups", "setgid", "setuid"):
        monkeypatch.setattr(os, call, lambda *given, call=call: asked.append((call, *given)))
    monkeypatch.setenv("HOME", "/root")
    return asked


def test_root_becomes_the_box_s_user_groups_first(asked):
    assert become_service_user(Path("/usr"), lambda name: BOX) == "nidra-box"
    assert asked == [("initgroups", "nidra-box", 990), ("setgid", 990), ("setuid", 991)]
    assert os.environ["HOME"] == "/var/lib/nidra-box"


def test_where_the_box_is_not_installed_root_stays_root(asked):
    assert become_service_user(find=nobody) == ""
    assert asked == []


def test_a_copy_that_the_box_cannot_read_is_looked_at_as_root(asked, tmp_path):
    hidden = tmp_path / "home"
    hidden.mkdir(mode=0o700)
    assert become_service_user(hidden, lambda name: BOX) == ""
    assert asked == []


@pytest.mark.parametrize(
    ("option", "steps"),
    [
        ("--light", ["become", "chdir /", "light"]),
        ("--sound", ["become", "sound"]),
        ("--knob", ["knob"]),  # it writes the settings, which are root's
    ],
)
def test_light_and_sound_are_tried_as_the_box_s_user(option, steps, monkeypatch):
    done = []

    def tried(name, answer):
        return lambda *given: done.append(name) or answer

    monkeypatch.setattr(doctor, "become_service_user", tried("become", "nidra-box"))
    for name in ("light", "sound", "knob"):
        monkeypatch.setattr(doctor, f"try_{name}", tried(name, 0))
    monkeypatch.setattr(os, "chdir", lambda folder: done.append(f"chdir {folder}"))
    assert main(["doctor", option]) == 0
    assert done == steps


@pytest.mark.parametrize(
    ("words", "steps"),
    [(["beds"], ["become", "chdir /", "beds"]), (["beds", "--into", "elsewhere"], ["beds"])],
)
def test_root_makes_the_service_s_beds_as_its_user(words, steps, monkeypatch, tmp_path):
    done = []
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    monkeypatch.setattr(beds, "folders_for", lambda config: Folders.find(own=str(tmp_path)))
    monkeypatch.setattr(beds, "SERVICE_STATE", tmp_path)
    monkeypatch.setattr(beds, "become_service_user", lambda: done.append("become") or "nidra-box")
    monkeypatch.setattr(beds, "make_beds_into", lambda *_, **__: done.append("beds"))
    monkeypatch.setattr(os, "chdir", lambda folder: done.append(f"chdir {folder}"))
    monkeypatch.setattr(os, "nice", lambda by: by)
    assert main(words) == 0
    assert done == steps


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_has_become_another_finds_no_way_back_to_a_folder_of_root_s(tmp_path):
    """Why the light is tried from `/`."""
    tmp_path.chmod(0o700)
    code = "import contextlib, os, sys, tempfile; os.setuid(65534)\n"
    code += "if sys.argv[1:]: os.chdir('/')\n"
    code += "with tempfile.TemporaryDirectory(dir='/tmp') as f, contextlib.chdir(f): os.mkfifo('x')"

    def tried(*given):
        command = [sys.executable, "-c", code, *given]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    assert "PermissionError" in tried().stderr
    assert tried("from /").returncode == 0


def test_anybody_else_stays_who_they_are(asked, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert become_service_user(find=lambda name: BOX) == ""
    assert asked == []
