"""`make deb`: the packages are built, and lintian finds nothing. About 15 seconds, and some more
where debhelper and lintian must be installed first."""

import re
import subprocess
from pathlib import Path

import pytest

from nidra_box import __version__
from tests.unit.test_debian import DEBIAN, HERE

FOLDERS = (
    "etc/nidra-box/",
    "etc/needrestart/conf.d/",
    "usr/bin/",
    "usr/lib/nidra-box/",
    "usr/lib/systemd/system/",
    "usr/lib/sysusers.d/",
    "usr/lib/tmpfiles.d/",
    "usr/lib/udev/rules.d/",
    "usr/share/bash-completion/completions/",
    "usr/share/doc/nidra-box/",
    "usr/share/doc/nidra-box/docs/",
    "usr/share/fish/vendor_completions.d/",
    "usr/share/lintian/overrides/",
    "usr/share/man/man1/",
    "usr/share/man/man5/",
    "usr/share/nidra-box/",
    "usr/share/python3/runtime.d/",
    "usr/share/zsh/vendor-completions/",
)
STUDIO = "usr/lib/nidra-box/nidra_box/studio/"
STUDIO_FOLDERS = (
    STUDIO,
    "usr/share/doc/nidra-box-studio/",
    "usr/share/lintian/overrides/",
    "usr/share/man/man1/",
    "usr/share/python3/runtime.d/",
)


def run(*command):
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    """The package. Skips where Debian's tools are not there and may not be installed."""
    done = run(DEBIAN / "build", tmp_path_factory.mktemp("deb"))
    if "cannot be built without these" in done.stderr:
        pytest.skip(" ".join(done.stderr.split()))
    assert done.returncode == 0, done.stderr  # so it is when lintian has something to say
    return Path(done.stdout.splitlines()[-1])  # the last line is where it lies


@pytest.fixture(scope="module")
def studio(package):
    return package.with_name(package.name.replace("nidra-box", "nidra-box-studio"))


def contents_of(package):
    """Path → mode and owner."""
    lines = run("dpkg-deb", "--contents", package).stdout.splitlines()
    found = {}
    for line in lines:
        mode, owner, _, _, _, path = line.split(maxsplit=5)
        found[path.removeprefix("./").partition(" -> ")[0]] = (mode, owner)
    return found


@pytest.fixture(scope="module")
def contents(package):
    return contents_of(package)


@pytest.fixture(scope="module")
def tree(package, studio, tmp_path_factory):
    """Both packages, unpacked into one folder."""
    folder = tmp_path_factory.mktemp("tree")
    for one in (package, studio):
        assert run("dpkg-deb", "--extract", one, folder).returncode == 0
    return folder


@pytest.fixture(scope="module")
def control(package, tmp_path_factory):
    folder = tmp_path_factory.mktemp("control")
    assert run("dpkg-deb", "--control", package, folder).returncode == 0
    return folder


def test_it_is_named_and_described_as_the_project(package):
    assert package.name == f"nidra-box_{__version__}_all.deb"
    fields = run("dpkg-deb", "--field", package).stdout
    for field in ("Package: nidra-box", f"Version: {__version__}", "Architecture: all"):
        assert field in fields.splitlines()
    depends = re.search(r"^Depends: (.*)$", fields, re.M)[1]
    assert "python3-gpiozero (>= 2.0)" in depends
    assert "systemd-standalone-sysusers" in depends
    assert "${" not in fields


def test_no_file_lies_outside_its_folders(contents):
    files = [path for path in contents if path and not path.endswith("/")]
    assert [path for path in files if not path.startswith(FOLDERS)] == []
    for folder in FOLDERS:
        assert any(path.startswith(folder) for path in files), folder
    assert not [path for path in files if "__pycache__" in path or path.endswith(".pyc")]


def test_everything_belongs_to_root_and_only_programs_can_be_run(contents):
    assert {owner for _, owner in contents.values()} == {"root/root"}
    run_by_hand = {
        path for path, (mode, _) in contents.items() if mode.startswith("-") and "x" in mode
    }
    assert run_by_hand == {
        "usr/bin/nidra-box",
        "usr/lib/nidra-box/hush",
        "usr/lib/nidra-box/lights-off",
        "usr/lib/nidra-box/take-stick",
        "usr/share/python3/runtime.d/nidra-box.rtupdate",  # dh_python3's
    }
    open_to_all = [path for path, (mode, _) in contents.items() if "w" in mode[4:]]
    assert [path for path in open_to_all if contents[path][0][0] != "l"] == []


def test_the_whole_program_and_every_recording_is_in_one_of_them(contents, studio):
    authors = contents_of(studio)
    for path in (HERE / "nidra_box").rglob("*.py"):
        installed = f"usr/lib/nidra-box/{path.relative_to(HERE)}"
        assert (installed in authors, installed in contents) == (
            (True, False) if installed.startswith(STUDIO) else (False, True)
        ), installed
    for path in (HERE / "audio").rglob("*"):
        if path.is_file():
            assert f"usr/share/nidra-box/{path.relative_to(HERE)}" in contents
    files = [path for path in authors if path and not path.endswith("/")]
    assert [path for path in files if not path.startswith(STUDIO_FOLDERS)] == []


def test_every_guide_is_in_it_and_its_links_to_guides_lead_somewhere(tree):
    doc = tree / "usr/share/doc/nidra-box"
    for page in (*HERE.glob("docs/*.md"), HERE / "README.md"):
        text = (doc / page.relative_to(HERE)).read_text("utf-8")
        for link in re.findall(r"\]\(((?:docs/)?[\w/-]+\.(?:md|svg|png))\)", text):
            if not link.startswith(("tests", "audio", "nidra_box", "benchmarks")):
                assert ((doc / page.relative_to(HERE)).parent / link).is_file(), (page, link)


def test_every_unit_is_in_it(contents):
    kinds = (".service", ".path", ".timer")
    units = {u.name for u in (HERE / "systemd").iterdir() if u.suffix in kinds}
    assert len(units) == 8
    assert {f"usr/lib/systemd/system/{unit}" for unit in units} <= set(contents)


def test_the_settings_are_a_conffile(control):
    assert "/etc/nidra-box/nidra-box.yaml" in (control / "conffiles").read_text().splitlines()


def test_the_scripts_make_the_user_compile_start_and_never_restart(control):
    postinst = (control / "postinst").read_text()
    steps = [
        "udevadm settle",
        "py3compile -p nidra-box /usr/lib/nidra-box",
        "systemd-tmpfiles",
        "deb-systemd-helper enable 'nidra-box.service'",
        "deb-systemd-invoke start 'nidra-box.service'",
        "--signal=SIGUSR1",
        "/usr/bin/nidra-box beds",
    ]
    places = [postinst.index(step) for step in steps]
    assert places == sorted(places)
    beside = "try-restart --no-block nidra-box-library.service"
    assert "restart " not in postinst.replace(beside, "")
    prerm = (control / "prerm").read_text()
    assert re.search(r'"\$1" = remove \].*\n\s*deb-systemd-invoke stop', prerm)
    assert prerm.count("deb-systemd-invoke") == 1
    assert prerm.index("deb-systemd-invoke stop") < prerm.index("systemctl stop nidra-box-library")
    assert not (control / "preinst").exists()


def test_the_manuals_were_made(tree):
    for page, line in (
        ("man1/nidra-box.1", '.SS "last-night"'),
        ("man1/nidra-box-studio.1", '.SS "voice take"'),
        ("man5/nidra-box.yaml.5", ".B volume.start_db"),
    ):
        done = run("gzip", "-dc", tree / f"usr/share/man/{page}.gz")
        assert line in done.stdout.replace("\\-", "-")
        assert f"Nidra Box {__version__}" in done.stdout.splitlines()[0]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("nidra-box prog", ["programmes"]),
        ("nidra-box render --fo", ["--force"]),
        ("nidra-box show eleven", ["eleven-minute-rest"]),
    ],
)
def test_bash_is_told_what_may_follow(line, offered, tree, tmp_path):
    (tmp_path / "nidra-box").write_text(
        f"#!/bin/sh\nPYTHONPATH={tree}/usr/lib/nidra-box exec /usr/bin/python3 -m nidra_box\n"
    )
    (tmp_path / "nidra-box").chmod(0o755)
    asks = f"""PATH={tmp_path}:$PATH
    . {tree}/usr/share/bash-completion/completions/nidra-box
    COMP_LINE='{line}' COMP_POINT={len(line)} COMP_TYPE=9
    _python_argcomplete nidra-box; printf '%s\n' "${{COMPREPLY[@]}}" """
    done = run("bash", "-c", asks)
    assert done.stdout.split() == offered, done.stderr
