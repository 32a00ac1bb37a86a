"""`make install` puts everything in its place."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.test_systemd import settings as settings_of

HERE = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make on this machine")


def install(folder, **variables):
    given = [f"{name}={value}" for name, value in variables.items()]
    subprocess.run(
        ["make", "-s", "install", f"DESTDIR={folder}", *given],
        cwd=HERE,
        check=True,
        capture_output=True,
    )


def places():
    """The second column of the README's table."""
    rows = re.findall(r"^\| .*? \| (`.*?) \| ", readme(), re.M)
    return [place for row in rows for place in re.findall(r"`([^`]+)`", row)]


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["/usr/local", "/usr"])
def test_make_install_puts_everything_where_the_readme_says(tmp_path, prefix):
    install(tmp_path, PREFIX=prefix)
    assert len(places()) >= 10
    for place in places():
        where = place if place.startswith("/") else f"{prefix}/{place}"
        if where != "/":
            assert (tmp_path / where.lstrip("/")).exists(), place
    unit = settings_of(tmp_path / prefix.lstrip("/") / "lib/systemd/system/nidra-box.service")
    assert unit["ExecStart"] == [f"{prefix}/bin/nidra-box run"]
    for key in ("ExecStart", "ExecStopPost"):
        program = unit[key][0].lstrip("+-").split()[0]
        assert os.access(tmp_path / program.lstrip("/"), os.X_OK)


def readme():
    return (HERE / "systemd/README.md").read_text("utf-8")


@pytest.mark.slow
def test_what_the_readme_removes_before_the_package_comes_is_all_there_is(tmp_path):
    """A unit that is left in /usr/local hides the package's."""
    install(tmp_path)
    command = re.search(r"cd /usr/local && sudo rm -r ((?:[^\n]*\\\n)*[^\n]*)", readme())[1]
    named = command.replace("\\\n", " ").split()
    ours = tmp_path / "usr/local"
    for place in named:
        assert (ours / place).exists(), place
    left = [
        file
        for file in ours.rglob("*")
        if file.is_file() and not any(file.is_relative_to(ours / place) for place in named)
    ]
    assert left == []


@pytest.mark.slow
@pytest.mark.parametrize("prefix", ["/usr/local", "/usr"])
def test_the_hardware_watchdog_lies_where_the_readme_takes_it_from(tmp_path, prefix):
    install(tmp_path, PREFIX=prefix)
    folder = f"{prefix}/share/nidra-box/systemd"
    assert folder in readme().partition("## Optional: the hardware watchdog")[2]
    assert (tmp_path / folder.lstrip("/") / "hardware-watchdog.conf").is_file()


@pytest.mark.slow
def test_the_installed_box_finds_its_programmes(tmp_path):
    """Not this clone's, and not Python's own prefix."""
    install(tmp_path)
    shipped = subprocess.run(
        [
            sys.executable,
            "-c",
            "from nidra_box.library.folders import Folders; print(Folders.find().share)",
        ],
        cwd=tmp_path,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "usr/local/lib/nidra-box")},
        check=True,
        capture_output=True,
        text=True,
    ).stdout.strip()
    assert Path(shipped) == tmp_path / "usr/local/share/nidra-box"
    assert (Path(shipped) / "audio/voice/lower-back-night/manifest.json").is_file()
    ours = {file.relative_to(HERE) for file in (HERE / "nidra_box").rglob("*.py")}
    there = tmp_path / "usr/local/lib/nidra-box"
    assert {file.relative_to(there) for file in there.rglob("*.py")} == ours


@pytest.mark.slow
def test_settings_that_are_there_are_kept_and_old_modules_go(tmp_path):
    kept = tmp_path / "etc/nidra-box/nidra-box.yaml"
    kept.parent.mkdir(parents=True)
    kept.write_text("mine", encoding="utf-8")
    stale = tmp_path / "usr/local/lib/nidra-box/nidra_box/stale.py"
    stale.parent.mkdir(parents=True)
    stale.touch()
    install(tmp_path)
    assert kept.read_text(encoding="utf-8") == "mine"
    assert not stale.exists()
