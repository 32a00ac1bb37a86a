"""Root may do everything: the doctor looks as the user that runs the box."""

import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from nidra_box.cli import doctor, main
from nidra_box.cli.common import playable
from nidra_box.cli.common.service_user import as_owner_of, become_service_user

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


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("there", ["beds", "a link", "nothing yet"])
def test_root_makes_beds_as_the_owner_of_their_folder(there, tmp_path, monkeypatch):
    """`sudo nidra-box render`: the service could not replace what root had made."""
    cache = tmp_path / "cache"
    cache.mkdir()
    if there == "beds":
        (cache / "beds").mkdir()
    elif there == "a link":  # the service may have made it: it must not lead root anywhere
        (cache / "beds").symlink_to(tmp_path)
    for path in (cache, *cache.iterdir()):
        os.chown(path, 65534, 65533, follow_symlinks=False)
    seen = []
    monkeypatch.setattr(playable.beds, "missing", lambda *_: ["bed:brown"])
    monkeypatch.setattr(
        playable.beds,
        "make_into",
        lambda *_, **__: seen.append((os.geteuid(), os.getegid(), os.getgroups())),
    )
    before = os.getgroups()
    monkeypatch.setattr(playable, "as_owner_of", lambda folder: as_owner_of(folder, Path("/usr")))
    playable.make_beds_into(cache / "beds", quiet=True)
    assert seen == [(65534, 65533, [])]
    assert (os.geteuid(), os.getegid(), os.getgroups()) == (0, 0, before)


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
