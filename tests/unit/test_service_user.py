"""Root may do everything: the doctor looks as the user that runs the box."""

import os
import pwd
from pathlib import Path

import pytest

from nidra_box.cli.service_user import become_service_user

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


def test_anybody_else_stays_who_they_are(asked, monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert become_service_user(find=lambda name: BOX) == ""
    assert asked == []
