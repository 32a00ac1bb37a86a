"""What is installed is what was locked: every package by its hash, from wherever a machine takes them."""

import re
import tomllib

import pytest

from tests.support.box import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
LISTENER = [
    *PROJECT["dependencies"],
    *(PROJECT["optional-dependencies"][e][0] for e in ("sim", "charts")),
]
TESTER = [*LISTENER, *PROJECT["optional-dependencies"]["test"]]


def locked(name):
    """Each line of a lock, joined, without what uv says of where it comes from."""
    text = (ROOT / "locks" / name).read_text("utf-8").replace("\\\n", "")
    return [line for line in text.splitlines() if line and not line.lstrip().startswith("#")]


def name_of(requirement):
    return re.match(r"[\w.-]+", requirement)[0].lower().replace("_", "-")


@pytest.mark.parametrize("name", ["run.txt", "test.txt"])
def test_every_package_is_pinned_by_hash_and_no_place_is_named(name):
    for line in locked(name):
        assert re.match(r"[\w.-]+==[\w.]+ ( *; [^-]+)?( +--hash=sha256:[0-9a-f]{64})+ *$", line), (
            line
        )


@pytest.mark.parametrize(("name", "wanted"), [("run.txt", LISTENER), ("test.txt", TESTER)])
def test_what_the_project_asks_for_is_locked(name, wanted):
    """If not: make lock."""
    assert {name_of(asked) for asked in wanted} <= {name_of(line) for line in locked(name)}


def test_a_tester_has_what_a_listener_has():
    assert set(locked("run.txt")) <= set(locked("test.txt"))
