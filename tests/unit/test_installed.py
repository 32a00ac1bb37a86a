"""The commands that a fix names are those of this installation."""

import os
import sys
from pathlib import Path

import pytest

from nidra_box import installed
from nidra_box.hardware.overlay import FUNCTION, overlay_line
from nidra_box.installed import install, to_write

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "build-a-box.md"


@pytest.mark.parametrize(
    ("own", "debian", "pypi", "command"),
    [
        (False, "python3-lgpio", "lgpio>=0.2.2.0", "sudo apt install python3-lgpio"),
        (False, "", "piper-tts", "sudo apt install pipx; pipx install piper-tts"),
        (True, "python3-lgpio", "lgpio>=0.2", "/v/bin/python -m pip install 'lgpio>=0.2'"),
        (True, "espeak-ng", "", "sudo apt install espeak-ng"),
    ],
)
def test_pip_is_named_in_a_virtual_environment_only(monkeypatch, own, debian, pypi, command):
    monkeypatch.setattr(sys, "prefix", "/v")
    monkeypatch.setattr(installed, "in_own_environment", lambda: own)
    assert install(debian, pypi) == command


def test_sudo_is_named_where_it_is_needed(tmp_path, monkeypatch):
    assert to_write(tmp_path / "new" / "folder", "nidra-box beds") == "nidra-box beds"
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert to_write(tmp_path / "new", "nidra-box beds") == "sudo nidra-box beds"


def test_no_fix_names_a_package_s_installer_by_itself():
    """But for the studio's package, whose name is the wing's."""
    found = [
        f"{path.name}:{number}"
        for path in Path(installed.__file__).parent.rglob("*.py")
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if ("apt install" in line or "pip install" in line)
        and "apt install nidra-box-studio" not in line
        and path.name != "installed.py"
    ]
    assert found == []


@pytest.mark.parametrize(
    ("pins", "line"),
    [
        ([12], "dtoverlay=pwm,pin=12,func=4"),
        ([18], "dtoverlay=pwm,pin=18,func=2"),
        ([18, 19], "dtoverlay=pwm-2chan,pin=18,func=2,pin2=19,func2=2"),
        ([12, 19], "dtoverlay=pwm-2chan,pin=12,func=4,pin2=19,func2=2"),
    ],
)
def test_the_overlay_s_line_has_each_pin_s_own_function(pins, line):
    assert overlay_line(pins) == line


def test_the_guide_names_the_overlay_s_lines():
    guide = GUIDE.read_text(encoding="utf-8")
    assert overlay_line([12]) in guide
    assert overlay_line([12, 13]) in guide
    assert sorted(FUNCTION) == [12, 13, 18, 19]
