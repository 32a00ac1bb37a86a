"""The folder debian/: what holds of the package before anybody builds it. What is built is looked
at in tests/integration/test_deb.py."""

import argparse
import ast
import dataclasses
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from nidra_box import __version__
from nidra_box.cli import BOX, build_parser
from nidra_box.config import Config

HERE = Path(__file__).resolve().parents[2]
DEBIAN = HERE / "debian"
sys.path.insert(0, str(DEBIAN))
import man_page  # noqa: E402


def text(name):
    return (DEBIAN / name).read_text(encoding="utf-8")


def stanzas(name):
    """A control file as a list of field → value, its lines joined."""
    return [
        {
            field: " ".join(value.split())
            for field, value in re.findall(r"^([\w-]+):((?:.*)(?:\n[ \t].*)*)", stanza, re.M)
        }
        for stanza in re.split(r"\n\n+", text(name).strip())
    ]


def packages(field):
    """The packages of a dependency field, with their versions."""
    return [one.strip() for one in field.split(",") if one.strip()]


SOURCE, PACKAGE, STUDIO_PACKAGE = stanzas("control")


def test_the_package_has_the_version_of_the_project():
    assert re.match(r"nidra-box \((\S+)\) ", text("changelog"))[1] == __version__


def test_it_depends_on_what_the_box_imports():
    assert packages(PACKAGE["Depends"]) == [
        "python3 (>= 3.11)",
        "python3-gpiozero (>= 2.0)",
        "python3-lgpio",
        "python3-mutagen",
        "python3-numpy",
        "python3-pygame",
        "python3-soundfile",
        "python3-systemd",
        "python3-yaml",
        "${misc:Depends}",
        "${python3:Depends}",  # without it the modules would not be compiled
    ]
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    named = {re.match(r"\w+", need)[0].lower() for need in project["dependencies"]}
    ours = {one.split()[0].removeprefix("python3-") for one in packages(PACKAGE["Depends"])}
    assert {"yaml" if name == "pyyaml" else name for name in named} <= ours


def test_the_studio_is_of_the_same_version_and_takes_its_files_over_from_the_one_package():
    depends = packages(STUDIO_PACKAGE["Depends"])
    assert depends[:2] == ["nidra-box (= ${binary:Version})", "python3-matplotlib"]
    assert STUDIO_PACKAGE["Breaks"] == STUDIO_PACKAGE["Replaces"] == "nidra-box (<< 0.2.0~)"
    assert not any("studio" in PACKAGE[field] for field in ("Depends", "Recommends"))


def test_make_deb_installs_everything_that_the_build_needs():
    needs = {one.split()[0] for one in packages(SOURCE["Build-Depends"])}
    needs -= {"debhelper-compat", "python3"}
    installed = re.search(r"tests/debian-packages ((?:.*\\\n)*.*) >&2", text("build"))[1].split()
    assert needs | {"debhelper", "lintian"} <= set(installed)


def test_the_settings_are_a_conffile():
    """Everything below /etc is one (debhelper 13), and this is where the box looks."""
    assert "debhelper-compat (= 13)" in packages(SOURCE["Build-Depends"])
    assert "config/nidra-box.yaml etc/nidra-box" in text("nidra-box.install").splitlines()


@pytest.mark.parametrize("kind", ["service", "sysusers", "tmpfiles", "udev"])
def test_debhelper_gets_the_files_of_the_folder_systemd(kind):
    ours = HERE / "systemd" / f"nidra-box.{'rules' if kind == 'udev' else kind}"
    assert (DEBIAN / f"nidra-box.{kind}").resolve() == ours


# -- an upgrade ------------------------------------------------------------------------------


def test_an_upgrade_neither_stops_nor_restarts():
    called = re.findall(r"^\tdh_installsystemd (.*)", text("rules"), re.M)
    assert called == ["--no-stop-on-upgrade --no-restart-on-upgrade"]
    for script in ("nidra-box.postinst", "nidra-box.postrm"):
        commands = [line for line in text(script).splitlines() if "echo" not in line]
        # The intake alone, which goes on where it was.
        beside = "systemctl try-restart --no-block nidra-box-library.service"
        said = re.sub(r"#.*", "", "\n".join(commands)).replace(beside, "")
        assert not re.search(r"\b(re)?start\b|\bstop\b", said)
    assert not list(DEBIAN.glob("*preinst"))


def test_a_removal_ends_what_works_beside_the_box_and_an_upgrade_does_not():
    before, after = text("nidra-box.prerm").split("#DEBHELPER#")
    assert "stop" not in re.sub(r"#.*", "", before)
    stops = (
        "systemctl stop nidra-box-library.service 'nidra-box-stick@*.service' nidra-box-hush.path"
    )
    assert re.search(rf'"\$1" = remove \].*\n    {re.escape(stops)}', after)
    assert after.count("stop") == 1


def test_the_running_box_alone_is_asked_to_end_when_idle_after_the_unit_has_been_read_again():
    before, after = text("nidra-box.postinst").split("#DEBHELPER#")
    asks = "systemctl kill --kill-whom=main --signal=SIGUSR1 nidra-box.service"
    assert asks in after
    assert "MainPID" in before  # asked before the new one may have been started


def test_the_pins_are_open_before_the_box_starts():
    before = text("nidra-box.postinst").split("#DEBHELPER#")[0]
    order = ["ldconfig", "systemd-sysusers", "udevadm control", "udevadm trigger", "udevadm settle"]
    places = [before.index(step) for step in order]
    assert places == sorted(places)


def test_nothing_else_restarts_a_night():
    assert "debian/needrestart/nidra-box.conf etc/needrestart/conf.d" in text("nidra-box.install")
    assert r"nidra-box\.service" in text("needrestart/nidra-box.conf")


PLAYING_ROOMS = (
    "appliance",
    "documents",
    "hardware",
    "library",
    "light",
    "score",
    "session",
    "sound",
)


def late_imports(path):
    """Modules of ours that functions import, as `function: module`."""
    for function in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for node in ast.walk(function):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("nidra_box"):
                yield f"{function.name}: {node.module}"
            elif isinstance(node, ast.Import):
                ours = [a.name for a in node.names if a.name.startswith("nidra_box")]
                yield from (f"{function.name}: {name}" for name in ours)


@pytest.mark.slow
def test_a_box_that_plays_imports_nothing_of_ours_any_more():
    """The files on the disk may be those of a newer version by then. Pins and lamp are opened
    once, at the start; `studio/writing/book.py` and `voice` are not for a box that plays."""
    rooms = HERE / "nidra_box"
    paths = [path for room in PLAYING_ROOMS for path in (rooms / room).rglob("*.py")]
    found = {late for path in paths for late in late_imports(path)}
    assert found == {
        "open_pins: nidra_box.hardware.gpio",
        "open_light: nidra_box.hardware.gpio",
        "open_light: nidra_box.hardware.pwm",
    }


# -- beds of an earlier version --------------------------------------------------------------


@pytest.mark.parametrize("running", ["0", "4711"])
def test_an_upgrade_moves_the_beds_and_takes_none_from_a_night_that_plays(running, tmp_path):
    was, now = tmp_path / "own/beds", tmp_path / "cache"
    was.mkdir(parents=True)
    (was / "a.wav").write_text("noise")
    moving = re.search(r"^    was=.*?^    fi\n", text("nidra-box.postinst"), re.M | re.S)[0]
    moving = moving.replace("/var/lib/nidra-box/beds", str(was))
    moving = moving.replace("/var/cache/nidra-box", str(now))
    moving = moving.replace("runuser -u nidra-box -- ", "").replace("-o nidra-box -g nidra-box", "")
    subprocess.run(["sh", "-ec", f"running={running}\n{moving}"], check=True)
    assert (now / "beds/a.wav").read_text() == "noise"
    assert was.exists() == (running != "0")


# -- purge -----------------------------------------------------------------------------------


@pytest.fixture
def purge(tmp_path):
    """The script of the package on folders of the test's own; it prints what it would do to the
    user."""
    own, settings = tmp_path / "own", tmp_path / "etc"
    for folder in (settings, own / "library", own / "programmes", own / "voice", own / "beds"):
        folder.mkdir(parents=True)
    (own / "library/.incoming").mkdir()
    for inner in (".gone/0123456789ab", ".taking"):
        (own / "recordings" / inner).mkdir(parents=True)
    of_the_store = ("index.json", "library.json", "taken-in.txt", ".taking/sound.flac")
    for file in (
        *("beds/a.wav", "state.json", "state.json.bak", "nights.jsonl", ".hidden"),
        *(f"recordings/{name}" for name in of_the_store),
        "library/.incoming/stick.json",
    ):
        (own / file).touch()
    script = tmp_path / "postrm"
    changed = text("nidra-box.postrm").replace("/var/lib/nidra-box", str(own))
    changed = changed.replace("/etc/nidra-box", str(settings))
    changed = changed.replace("/var/cache/nidra-box", str(tmp_path / "cache"))
    changed = changed.replace("getent passwd", "echo").replace("command -v userdel", ":")
    script.write_text(changed.replace("userdel", "echo user goes:"), encoding="utf-8")

    def run(why="purge"):
        done = subprocess.run(["sh", script, why], capture_output=True, text=True, check=True)
        assert done.stderr == ""
        left = sorted(str(p.relative_to(own)) for p in own.rglob("*")) if own.exists() else None
        return left, settings.exists(), done.stdout

    return own, run


def test_purge_takes_everything_that_the_box_wrote(purge):
    own, run = purge
    (own.parent / "cache/beds").mkdir(parents=True)
    left, settings, said = run()
    assert left is None
    assert not (own.parent / "cache").exists()
    assert not settings
    assert re.findall("user goes: (.*)", said) == ["nidra-intake", "nidra-box"]


def test_purge_leaves_what_a_person_brought_and_says_so(purge):
    own, run = purge
    (own / "library/mine.flac").touch()
    (own / "voice/classic-thirty").mkdir()
    taken = "recordings/0123456789ab"  # of a file that may be gone by now
    (own / taken).mkdir()
    (own / taken / "sound.flac").touch()
    left, _, said = run()
    mine = ["library", "library/mine.flac", "recordings", taken, f"{taken}/sound.flac"]
    assert left == [*mine, "voice", "voice/classic-thirty"]
    assert f"{own}/library\n" in said
    assert f"{own}/voice\n" in said
    assert "user goes" not in said


def test_a_removal_leaves_everything(purge):
    own, run = purge
    before = sorted(str(p.relative_to(own)) for p in own.rglob("*"))
    assert run("remove") == (before, True, "")


def test_purge_does_not_follow_a_link(purge, tmp_path):
    """Somebody may have moved the folder to another disk."""
    own, run = purge
    own.rename(tmp_path / "elsewhere")
    own.symlink_to(tmp_path / "elsewhere")
    run()
    assert (tmp_path / "elsewhere/beds/a.wav").exists()


# -- the manual page -------------------------------------------------------------------------


def plain(page):
    """What a person reads, roughly."""
    return re.sub(r"\\f[BIR]|\\&", "", page).replace("\\-", "-").replace("\\e", "\\")


def pages():
    return {name: plain(made("2026-01-01")) for name, made in man_page.PAGES.items()}


def test_the_manuals_have_every_command_with_every_option_and_example():
    parser = build_parser()
    made = pages()
    leaves = list(man_page.leaves(parser))
    assert len(leaves) >= 18
    assert ("voice", "take") in [words for words, *_ in leaves]
    box = {name for names in BOX.values() for name in names}
    for words, _, command in leaves:
        page = made["nidra-box.1" if words[0] in box else "nidra-box-studio.1"]
        part = page.split(f'\n.SS "{" ".join(words)}"\n')[1].split("\n.S")[0]
        for action in command._actions:
            if not isinstance(action, argparse._HelpAction):
                for option in action.option_strings or action.choices or [action.metavar]:
                    assert str(option) in part, (words, option)
        for line in (command.epilog or "").splitlines()[1:]:
            assert line.strip() in part, words


def test_the_manual_says_exit_codes_files_and_where_to_read_on():
    page = pages()["nidra-box.1"]
    codes = page.split(".SH EXIT STATUS")[1].split(".SH")[0]
    assert re.findall(r"^\.B (\d+)$", codes, re.M) == ["0", "1", "2", "78"]
    assert ".I /etc/nidra-box/nidra-box.yaml" in page.split(".SH FILES")[1]
    assert "nidra-box-studio (1)" in page.split(".SH SEE ALSO")[1]
    assert "simulate" not in page.split(".SH EXAMPLES")[1]
    assert __version__ in page.splitlines()[0]


def test_the_manual_of_the_settings_has_every_one():
    page = pages()["nidra-box.yaml.5"]
    for item in dataclasses.fields(Config):
        section = item.default_factory
        inner = dataclasses.fields(section) if dataclasses.is_dataclass(section) else ()
        for key in [f"{item.name}.{one.name}" for one in inner] or [item.name]:
            assert key == "format" or f"\n.B {key}\n" in page, key


def test_plain_text_is_never_a_request():
    assert man_page.escaped(".TH -x `b` \\n") == "\\&.TH \\-x \\fBb\\fR \\en"
    assert man_page.escaped("'tis") == "\\&'tis"


@pytest.mark.skipif(shutil.which("man") is None, reason="no man on this machine")
@pytest.mark.parametrize("name", man_page.PAGES)
def test_man_finds_nothing_wrong_with_the_page(name, tmp_path):
    page = tmp_path / name
    page.write_text(man_page.PAGES[name]("2026-01-01"), encoding="utf-8")
    done = subprocess.run(
        ["man", "--warnings", "-E", "UTF-8", "-l", page],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "MANPAGER": "cat", "MANWIDTH": "100"},
    )
    assert done.stderr == ""
    assert "SEE ALSO" in done.stdout


# -- licences --------------------------------------------------------------------------------


def test_the_licences_are_those_of_the_project():
    head, *rest = stanzas("copyright")
    assert head["Format"].endswith("copyright-format/1.0/")
    files = {one["Files"]: one["License"] for one in rest if "Files" in one}
    assert files == {"*": "Expat", "audio/programmes/* audio/voice/*": "CC-BY-4.0"}
    said = " ".join(text("copyright").split())
    mit = (HERE / "LICENSE").read_text(encoding="utf-8").split("\n\n")
    for paragraph in mit[2:5]:
        assert " ".join(paragraph.split()) in said.replace(" . ", " ")
    assert "Section 8 -- Interpretation." in said


@pytest.mark.parametrize("notice", sorted(HERE.glob("audio/voice/*/LICENCE")), ids=str)
def test_the_notices_of_the_voice_are_repeated(notice):
    said = " ".join(text("copyright").split()).replace(" . ", " ")
    body = notice.read_text(encoding="utf-8").split("They were rendered with ")[1]
    for paragraph in body.strip().split("\n\n"):
        for line in re.split(r"\n(?=    Copyright)", paragraph):
            assert " ".join(line.split()) in said
