"""The second way of systemd/README.md: a virtual environment over the system's libraries, and the
unit with another command. About five seconds, without a network.

Here the "system" is the Python that runs the tests, whose packages the environment sees as it
would see Debian's.
"""

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

from tests.unit.test_systemd import HERE, PATH_UNIT, UNIT, analyze, needs_analyze

README = (HERE / "systemd/README.md").read_text("utf-8").partition("**A second way**")[2]
SOURCES = ("nidra_box", "audio", "config", "docs", "pyproject.toml", "README.md", "LICENSE")
PLACE = "/opt/nidra-box"

pytestmark = pytest.mark.skipif(
    any(importlib.util.find_spec(name) is None for name in ("pip", "setuptools", "wheel")),
    reason="without a network pip needs setuptools and wheel here",
)


def command(words):
    """The line of the README that has `words`, without `sudo` and its comment."""
    line = next(line for line in README.splitlines() if words in line)
    return line.partition("#")[0].split()[1:]


def ran(words, folder, home):
    """A command of the environment that must succeed; what it printed."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(home)}
    done = subprocess.run(
        words, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """What stands in /opt/nidra-box then."""
    folder = tmp_path_factory.mktemp("second-way")
    place, clone = folder / "opt", folder / "clone"
    clone.mkdir()
    for name in SOURCES:  # pip builds where the sources are
        if (HERE / name).is_dir():
            shutil.copytree(HERE / name, clone / name, ignore=shutil.ignore_patterns("*.pyc"))
        else:
            shutil.copy(HERE / name, clone)

    python, *make = command("-m venv")
    assert (python, make[-1]) == ("python3", PLACE)
    subprocess.run([sys.executable, *make[:-1], "--without-pip", place], check=True)
    (packages,) = place.glob("lib/python3*/site-packages")
    (packages / "system.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")

    pip, *install = command("/bin/pip install")
    assert (pip, install) == (f"{PLACE}/bin/pip", ["install", "."])
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    ran([place / "bin/python", "-m", "pip", "-q", *install, *offline], clone, folder)
    shutil.rmtree(clone)
    return place


def test_the_box_of_the_environment_has_its_programmes(place, tmp_path):
    told = ran([place / "bin/nidra-box", "programmes"], tmp_path, tmp_path)
    for script in (HERE / "audio/programmes").glob("*.yaml"):
        assert script.stem in told


def test_everything_that_is_shipped_lies_in_it(place):
    """The program, the scripts, every clip of every voice."""
    (packages,) = place.glob("lib/python3*/site-packages")
    for file in (HERE / "nidra_box").rglob("*.py"):
        assert (packages / file.relative_to(HERE)).is_file(), file
    for folder in ("programmes", "voice"):
        for file in (HERE / "audio" / folder).rglob("*"):
            assert (place / "share/nidra-box" / file.relative_to(HERE)).exists(), file


@needs_analyze
def test_systemd_takes_the_unit_with_the_other_command(place, tmp_path):
    override = re.search(r"^ {4}(\[Service\]\n(?: {4}.*\n)+)", README + "\n", re.M)[1]
    override = override.replace("\n    ", "\n").replace(PLACE, str(place))
    assert f"ExecStart={place}/bin/nidra-box run\n" in override
    for unit in (UNIT, PATH_UNIT):
        text = unit.read_text("utf-8")
        (tmp_path / unit.name).write_text(
            re.sub(r"/usr/\S+lights-off$", "/bin/true", text, flags=re.M)
        )
    drop_in = tmp_path / f"{UNIT.name}.d"
    drop_in.mkdir()
    (drop_in / "override.conf").write_text(override)
    units = [str(tmp_path / unit.name) for unit in (UNIT, PATH_UNIT)]
    done = analyze("verify", "--man=no", *units)
    assert [line for line in done.stderr.splitlines() if "nidra-box" in line] == []
    if not Path("/usr/bin/nidra-box").exists():
        (drop_in / "override.conf").unlink()
        assert "/usr/bin/nidra-box" in analyze("verify", "--man=no", *units).stderr
