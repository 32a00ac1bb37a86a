"""The core stays pure: proved from the source, and in a fresh interpreter."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1] / "nidra_box"

PURE_STANDARD = {
    "__future__",
    "ast",
    "bisect",
    "collections",
    "dataclasses",
    "difflib",
    "enum",
    "functools",
    "heapq",
    "itertools",
    "math",
    "operator",
    "re",
    "typing",
    "unicodedata",
}
# What each pure room may use besides the standard library's pure parts.
MAY_USE = {
    "score": {
        "numpy",
        "nidra_box.score",
        "nidra_box.documents.node",
        "nidra_box.documents.fields",
        "nidra_box.units",
        "nidra_box.words",
    },
    "session": {
        "nidra_box.session",
        "nidra_box.diary.entries",
        "nidra_box.score.score",
        "nidra_box.units",
    },
}
PURE_FILES = {
    "units.py": set(),
    "words.py": set(),
    "documents/node.py": {"nidra_box.documents", "nidra_box.words"},
    "documents/fields.py": {"nidra_box.documents", "nidra_box.words"},
    "studio/writing/comments.py": set(),
    "documents/edit.py": set(),
    "studio/writing/template.py": {"nidra_box.score"},
    "sound/mix/levels.py": {"numpy", "nidra_box.score", "nidra_box.units"},
    "sound/mix/limiter.py": {"numpy", "nidra_box.score", "nidra_box.sound", "nidra_box.units"},
    "sound/mix/state.py": {"numpy", "nidra_box.score", "nidra_box.sound", "nidra_box.units"},
    "sound/mix/mixdown.py": {"numpy", "nidra_box.score", "nidra_box.sound", "nidra_box.units"},
    "sound/mix/pcm.py": {"numpy"},
    "studio/nights/night_script.py": {"nidra_box.documents", "nidra_box.words"},
    "diary/night_log.py": {"nidra_box.diary", "nidra_box.words"},
    "appliance/after_cut.py": {"nidra_box.session", "nidra_box.appliance.memory"},
    "appliance/status.py": {
        "nidra_box.score",
        "nidra_box.session",
        "nidra_box.diary.entries",
        "nidra_box.documents.fields",
        "nidra_box.words",
    },
    "studio/terminal/picture.py": {"rich", "nidra_box.light"},
    "doctor/button.py": {"nidra_box.session", "nidra_box.hardware.ports"},
    "doctor/finding.py": set(),
    "doctor/firmware.py": set(),
    "doctor/knob.py": {"nidra_box.session", "nidra_box.hardware.ports"},
    "doctor/overlays.py": {"nidra_box.doctor.firmware"},
    "doctor/report.py": {"json", "nidra_box.doctor.finding", "nidra_box.words"},
}
NEVER_LOADED = (
    "gpiozero",
    "lgpio",
    "pygame",
    "systemd",
    "soundfile",
    "cffi",
    "yaml",
    "threading",
    "queue",
    "matplotlib",
    "textual",
)


def imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:  # a module of ours, or something in one
                inside = f"{node.module}.{alias.name}"
                is_file = (ROOT.parent / f"{inside.replace('.', '/')}.py").is_file()
                found.add(inside if is_file else node.module or "")
    return found


def check(path: Path, allowed: set[str]) -> list[str]:
    wrong = []
    for name in imports(path):
        top = name.split(".")[0]
        if top in PURE_STANDARD:
            continue
        if not any(name == a or name.startswith(a + ".") for a in allowed):
            wrong.append(f"{path.relative_to(ROOT)} imports {name}")
    return wrong


@pytest.mark.parametrize("room", sorted(MAY_USE))
def test_a_pure_room_imports_nothing_of_the_world(room):
    wrong = [w for path in (ROOT / room).rglob("*.py") for w in check(path, MAY_USE[room])]
    assert not wrong


@pytest.mark.parametrize("name", sorted(PURE_FILES))
def test_a_pure_file_imports_nothing_of_the_world(name):
    assert not check(ROOT / name, PURE_FILES[name])


def test_the_rule_would_notice():
    """The check is not blind: the loop's own imports break it."""
    assert check(ROOT / "sound/card/deck.py", MAY_USE["score"])
    assert check(ROOT / "appliance/clock.py", MAY_USE["session"])


def box_files():
    """Every file of the box: all but the studio."""
    return [path for path in ROOT.rglob("*.py") if path.relative_to(ROOT).parts[0] != "studio"]


def test_only_the_command_line_knows_every_room():
    for path in ROOT.rglob("*.py"):
        parts = path.relative_to(ROOT).parts
        if "cli" not in parts and path.name != "__main__.py":
            assert not any(name.startswith("nidra_box.cli") for name in imports(path)), path


def test_nothing_of_the_box_imports_the_studio():
    for path in box_files():
        assert not any(name.startswith("nidra_box.studio") for name in imports(path)), path


def test_the_box_names_the_studio_at_one_place():
    naming = [p for p in box_files() if "nidra_box.studio" in p.read_text(encoding="utf-8")]
    assert naming == [ROOT / "cli/__init__.py"]


def test_nobody_imports_the_intake_and_it_knows_nothing_of_a_running_box():
    """It is a process of its own, which opens the files of strangers."""
    intake = ROOT / "library/intake"
    others = ("appliance", "session", "hardware", "cli", "light", "studio", "doctor")
    for path in ROOT.rglob("*.py"):
        found = imports(path)
        if intake in path.parents:
            assert not any(name.split(".")[1:2] in [[room] for room in others] for name in found), (
                path
            )
        else:
            assert not any(name.startswith("nidra_box.library.intake") for name in found), path


def test_the_studios_commands_use_only_what_all_commands_share():
    for path in (ROOT / "studio/cli").rglob("*.py"):
        of_cli = {name for name in imports(path) if name.startswith("nidra_box.cli")}
        assert all(name.startswith("nidra_box.cli.common") for name in of_cli), path


def test_the_doctor_knows_only_what_it_looks_at_and_only_the_command_line_knows_it():
    may = {"doctor", "hardware", "library", "config", "documents", "sound", "light", "score"}
    may |= {"words", "files", "installed", "units"}
    may |= {"session"}  # its decoder and its button, which judge the real ones
    for path in (ROOT / "doctor").rglob("*.py"):
        rooms = {n.split(".")[1] for n in imports(path) if n.startswith("nidra_box.")}
        assert rooms <= may, path
    for path in ROOT.rglob("*.py"):
        if path.relative_to(ROOT).parts[0] not in ("doctor", "cli"):
            assert not any(name.startswith("nidra_box.doctor") for name in imports(path)), path


@pytest.mark.parametrize(
    "room",
    [
        "score.compile",
        "score.parse",
        "score.rules",
        "session.transitions",
        "session.hands",
        "light.lamp",
    ],
)
def test_loading_the_core_loads_no_device_library(room):
    code = (
        "import sys\n"
        f"import nidra_box.{room}\n"
        f"print([m for m in {NEVER_LOADED!r} if m in sys.modules and m not in before])"
    )
    # numpy itself brings threading; what it brings does not count.
    code = "import sys, numpy\nbefore = set(sys.modules)\n" + code
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_no_core_function_reads_a_clock():
    for room in MAY_USE:
        for path in (ROOT / room).rglob("*.py"):
            text = path.read_text(encoding="utf-8")
            assert "time.monotonic" not in text, path
            assert "datetime" not in text, path


def test_json_is_parsed_in_one_place():
    """There it is bounded, and what comes out of it is checked."""
    parses = [p for p in ROOT.rglob("*.py") if "json.load" in p.read_text(encoding="utf-8")]
    assert parses == [ROOT / "documents/untrusted.py"]


def test_a_thread_of_the_box_is_a_worker():
    """Whose death is posted, and asked for by the beat."""
    makes = {"Thread", "Timer", "ThreadPoolExecutor", "ProcessPoolExecutor", "start_new_thread"}
    found = set()
    for path in box_files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = {getattr(node, "attr", ""), getattr(node, "id", ""), getattr(node, "name", "")}
            if names & makes:
                found.add(path.relative_to(ROOT).as_posix())
    assert found == {"worker.py"}
