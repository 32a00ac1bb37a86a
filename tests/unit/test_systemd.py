"""The service: the unit against its table, and what systemd itself says of it."""

import ast
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from nidra_box.appliance.presence import PLAYING
from nidra_box.cli.common import SYSTEM_CONFIG
from nidra_box.files import open_to_group

HERE = Path(__file__).resolve().parents[2]
SYSTEMD = HERE / "systemd"
UNIT = SYSTEMD / "nidra-box.service"
PATH_UNIT = SYSTEMD / "nidra-box-config.path"
INTAKE, STICK = SYSTEMD / "nidra-box-library.service", SYSTEMD / "nidra-box-stick@.service"
INTAKE_PATH, INTAKE_TIMER = INTAKE.with_suffix(".path"), INTAKE.with_suffix(".timer")
HUSH, HUSH_PATH = SYSTEMD / "nidra-box-hush.service", SYSTEMD / "nidra-box-hush.path"
TRIGGERS = (PATH_UNIT, INTAKE_PATH, INTAKE_TIMER, HUSH_PATH)
UNITS = (UNIT, INTAKE, HUSH, STICK, *TRIGGERS)

needs_analyze = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze on this machine"
)


def settings(path=UNIT):
    """Key → all its values in order, of every section of a unit."""
    found = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.startswith("#"):
            found.setdefault(key, []).append(value)
    return found


MUSTS = [
    ("Type", ["notify"]),
    ("NotifyAccess", ["main"]),
    ("ExecReload", ["/bin/kill -HUP $MAINPID"]),
    ("ExecStopPost", ["+-/usr/lib/nidra-box/lights-off"]),
    ("WatchdogSec", ["30"]),
    ("Restart", ["always"]),
    ("RestartSec", ["2"]),
    ("RestartPreventExitStatus", ["78"]),
    ("StartLimitIntervalSec", ["0"]),
    ("TimeoutStopSec", ["15"]),
    ("Nice", ["-5"]),
    ("LimitNICE", ["-20"]),  # SDL raises its audio thread by itself, if it may
    ("CPUWeight", ["500"]),
    ("MemoryMax", ["720M"]),  # four times 178 MiB
    ("OOMPolicy", ["continue"]),
    ("OOMScoreAdjust", ["-500"]),
    ("User", ["nidra-box"]),
    ("SupplementaryGroups", ["gpio audio"]),
    ("RuntimeDirectory", ["nidra-box"]),
    ("StateDirectory", ["nidra-box"]),
    ("WorkingDirectory", ["%t/nidra-box"]),
    ("NoNewPrivileges", ["yes"]),
    ("ProtectSystem", ["strict"]),
    ("ProtectHome", ["yes"]),
    ("PrivateTmp", ["yes"]),
    ("DevicePolicy", ["closed"]),
    ("DeviceAllow", ["char-gpiochip rw", "char-alsa rw"]),
    ("ProtectKernelTunables", ["yes"]),
    ("ProtectClock", ["yes"]),
    ("ProtectHostname", ["yes"]),
    ("ProtectKernelLogs", ["yes"]),
    ("ProtectKernelModules", ["yes"]),
    ("ProtectControlGroups", ["yes"]),
    ("ProtectProc", ["invisible"]),
    ("RestrictAddressFamilies", ["AF_UNIX"]),
    ("PrivateNetwork", ["yes"]),
    ("RestrictNamespaces", ["yes"]),
    ("RestrictSUIDSGID", ["yes"]),
    ("LockPersonality", ["yes"]),
    ("MemoryDenyWriteExecute", ["yes"]),
    ("CapabilityBoundingSet", [""]),
    ("SystemCallFilter", ["@system-service", "~@privileged"]),
    ("SystemCallErrorNumber", ["EPERM"]),
]
MUST_NOTS = [
    "RestartSteps",  # unknown to systemd 252
    "ProcSubset",  # hides /proc/cpuinfo
    "PrivateDevices",  # hides the pins
    "DynamicUser",
    "ConfigurationDirectory",  # the service could write its settings
    "StartLimitBurst",  # a box stayed dead
]


@pytest.mark.parametrize(("key", "values"), MUSTS, ids=[key for key, _ in MUSTS])
def test_the_unit_must(key, values):
    assert settings().get(key) == values


@pytest.mark.parametrize("key", MUST_NOTS)
def test_the_unit_must_not(key):
    assert key not in settings()


def test_drivers_are_there_before_their_numbers_are_looked_up():
    unit = settings()
    wanted = set(" ".join(unit["Wants"]).split())
    assert "modprobe@snd.service" in wanted
    # A path unit orders itself before what it starts.
    assert wanted - {one.name for one in TRIGGERS} <= set(" ".join(unit["After"]).split())


def test_mended_settings_start_the_box_and_a_stopped_one_is_left_alone():
    assert PATH_UNIT.name in " ".join(settings()["Wants"]).split()  # no start without it
    path = settings(PATH_UNIT)
    assert path["PathChanged"] == [str(SYSTEM_CONFIG)]
    assert path["Unit"] == [UNIT.name]
    assert path["PartOf"] == [UNIT.name]
    assert settings()["RestartPreventExitStatus"] == ["78"]


# -- beside it: the intake, and sticks -----------------------------------------------------------

BESIDE_MUSTS = [
    # A unit that still starts (oneshot) cannot be frozen.
    ("Type", ["exec"]),
    ("ConditionPathExists", ["!%t/nidra-box/playing"]),
    ("StartLimitIntervalSec", ["0"]),
    ("TimeoutStopSec", ["10"]),
    ("Nice", ["19"]),
    ("IOSchedulingClass", ["idle"]),
    ("CPUWeight", ["10"]),
    ("OOMScoreAdjust", ["900"]),
    ("UMask", ["0002"]),  # members of the group may write what it makes
    ("DevicePolicy", ["closed"]),
    ("ProtectSystem", ["strict"]),
    ("ProtectHome", ["yes"]),
    ("PrivateTmp", ["yes"]),
    ("PrivateMounts", ["yes"]),
    ("PrivateNetwork", ["yes"]),
    ("RestrictAddressFamilies", ["none"]),
    ("NoNewPrivileges", ["yes"]),
    ("MemoryDenyWriteExecute", ["yes"]),
    ("SystemCallErrorNumber", ["EPERM"]),
]
INTAKE_MUSTS = [
    ("ExecStart", ["/usr/bin/nidra-box take-in"]),
    ("User", ["nidra-intake"]),
    ("Group", ["nidra-box"]),
    ("ReadWritePaths", ["/var/lib/nidra-box/recordings"]),  # it never writes in the library
    ("MemoryMax", ["400M"]),
    ("TasksMax", ["64"]),
    ("OOMPolicy", ["continue"]),  # a decoder that is too big is one line, not the end
    ("PrivateDevices", ["yes"]),
    ("CapabilityBoundingSet", [""]),
    ("SystemCallFilter", ["@system-service", "~@privileged"]),
]
STICK_MUSTS = [
    ("ExecStart", ["/usr/lib/nidra-box/take-stick %i"]),
    ("RemainAfterExit", ["yes"]),  # taken once for each time it is put in
    ("BindsTo", ["dev-%i.device"]),
    ("ReadWritePaths", ["/var/lib/nidra-box/library"]),
    ("DeviceAllow", ["block-sd r"]),
    ("MemoryMax", ["200M"]),
]


@pytest.mark.parametrize(
    ("unit", "key", "values"),
    [(INTAKE, *must) for must in BESIDE_MUSTS + INTAKE_MUSTS]
    + [(STICK, *must) for must in BESIDE_MUSTS + STICK_MUSTS],
    ids=lambda value: getattr(value, "stem", value) if isinstance(value, str | Path) else "",
)
def test_what_works_beside_the_box_must(unit, key, values):
    assert settings(unit).get(key) == values


def test_the_intake_opens_no_device_and_has_no_group_of_pins_or_sound():
    unit = settings(INTAKE)
    assert "DeviceAllow" not in unit
    assert "SupplementaryGroups" not in unit
    lines = (SYSTEMD / "nidra-box.sysusers").read_text(encoding="utf-8").splitlines()
    assert [line.split()[2] for line in lines if line.startswith("m nidra-intake ")] == [
        "nidra-box"
    ]


def test_the_box_brings_and_takes_along_what_starts_the_others():
    """So nothing needs to be enabled, and a box that is stopped takes nothing in."""
    wanted = " ".join(settings()["Wants"]).split()
    for unit in TRIGGERS:
        assert unit.name in wanted
    for unit in (PATH_UNIT, INTAKE_PATH, INTAKE_TIMER):
        assert settings(unit)["PartOf"] == [UNIT.name]
    # The flag goes when the box has ended: somebody must still be there to thaw.
    assert "PartOf" not in settings(HUSH_PATH)
    for unit in (INTAKE, STICK):  # there is somebody who freezes them
        assert HUSH_PATH.name in settings(unit)["Wants"][0].split()
        assert HUSH_PATH.name in settings(unit)["After"][0].split()


def test_the_intake_is_started_by_what_comes_at_boot_and_by_day():
    assert settings(INTAKE_PATH)["PathChanged"] == ["/var/lib/nidra-box/library"]
    timer = settings(INTAKE_TIMER)
    assert timer["OnActiveSec"] == ["1min"]
    assert timer["OnCalendar"] == ["06..19:0/5"]
    assert "OnUnitInactiveSec" not in timer  # would start it again and again while it may not run
    for unit in (INTAKE_PATH, INTAKE_TIMER):
        assert settings(unit)["Unit"] == [INTAKE.name]


def test_the_flag_of_the_box_is_what_the_units_look_for():
    flag = f"/run/nidra-box/{PLAYING}"
    assert settings(HUSH_PATH)["PathChanged"] == [flag]  # it comes, it goes: both are changes
    assert settings(HUSH_PATH)["Unit"] == [HUSH.name]
    assert f"playing=${{1:-{flag}}}" in (SYSTEMD / "hush").read_text(encoding="utf-8")
    for unit in (INTAKE, STICK):
        assert settings(unit)["ConditionPathExists"] == ["!" + flag.replace("/run", "%t")]


def test_the_folders_are_for_the_intake_and_the_group():
    lines = (SYSTEMD / "nidra-box.tmpfiles").read_text(encoding="utf-8").splitlines()
    made = {line.split()[1]: line.split()[2:] for line in lines if line.startswith("d ")}
    own = "/var/lib/nidra-box"
    assert made[f"{own}/recordings"] == ["2775", "nidra-intake", "nidra-box"]
    assert made[f"{own}/library/.incoming"] == ["2775", "nidra-box", "nidra-box"]


def test_only_sticks_that_every_computer_writes_are_looked_at():
    rules = (SYSTEMD / "nidra-box.rules").read_text(encoding="utf-8").replace("\\\n", " ")
    (rule,) = [line for line in rules.splitlines() if "nidra-box-stick@" in line and line[0] != "#"]
    for part in (
        'SUBSYSTEM=="block"',
        'SUBSYSTEMS=="usb"',
        'ENV{ID_FS_TYPE}=="vfat|exfat"',
        'TAG+="systemd"',
        'TAG+="nidra-box-stick"',
        'ENV{SYSTEMD_WANTS}+="nidra-box-stick@%k.service"',
    ):
        assert part in rule
    assert "/run/udev/tags/nidra-box-stick" in (SYSTEMD / "hush").read_text(encoding="utf-8")


def test_the_pwm_may_be_written_whatever_its_number():
    paths = " ".join(settings()["ReadWritePaths"]).split()
    assert paths == [f"-/sys/class/pwm/pwmchip{n}" for n in range(7)]


def test_the_libraries_are_told_where_to_stand_and_to_be_modest():
    environment = settings()["Environment"]
    assert "OPENBLAS_NUM_THREADS=1" in environment
    assert "LG_WD=%t/nidra-box" in environment


def test_the_hardware_watchdog_stays_below_what_old_kernels_know():
    value = settings(SYSTEMD / "hardware-watchdog.conf")["RuntimeWatchdogSec"]
    assert value == ["14s"]


def test_the_user_and_every_group_of_the_unit_exist():
    lines = (SYSTEMD / "nidra-box.sysusers").read_text(encoding="utf-8").splitlines()
    entries = [tuple(line.split()[:2]) for line in lines if line[:1] in "gu"]
    members = [line.split()[1:] for line in lines if line.startswith("m ")]
    assert ("g", "gpio") in entries
    for group in settings()["SupplementaryGroups"][0].split():  # `m` makes what is missing
        assert ["nidra-box", group] in members
    assert ("u", settings()["User"][0]) in entries


# -- what systemd itself says -----------------------------------------------------------------


def analyze(*arguments):
    return subprocess.run(
        ["systemd-analyze", *arguments], capture_output=True, text=True, timeout=60, check=False
    )


@needs_analyze
def test_systemd_finds_nothing_wrong_with_the_units(tmp_path):
    """The programs are not installed here: harmless ones stand in for them."""
    copies = [tmp_path / unit.name.replace("@", "@sda1") for unit in UNITS]
    for unit, copy in zip(UNITS, copies, strict=True):
        text = unit.read_text(encoding="utf-8")
        program = r"/usr/\S+/(nidra-box|lights-off|hush|take-stick)( run| take-in| %i)?$"
        text, count = re.subn(program, "/bin/true", text, flags=re.M)
        assert count == len(re.findall("^Exec(Start|StopPost)=", text, re.M)), unit
        copy.write_text(text)
    done = analyze("verify", "--man=no", *map(str, copies))
    ours = [line for line in done.stderr.splitlines() if "nidra-box" in line]
    assert ours == []


@needs_analyze
@pytest.mark.parametrize("unit", [UNIT, INTAKE], ids=lambda unit: unit.name)
def test_the_sandbox_is_as_tight_as_was_promised(unit):
    done = analyze("security", "--offline=true", "--threshold=10", str(unit))
    if "unrecognized option" in done.stderr:
        pytest.skip("this systemd-analyze knows no --offline (systemd 250 and newer do)")
    score = re.search(r"exposure level for \S+: ([\d.]+)", done.stdout)
    assert score is not None, done.stderr
    print(f"systemd-analyze security: {score[1]}")
    assert done.returncode == 0
    assert float(score[1]) <= 1.0


@pytest.mark.skipif(shutil.which("systemd-sysusers") is None, reason="no systemd-sysusers here")
@pytest.mark.skipif(os.getuid() != 0, reason="only root may make users, in a folder too")
def test_the_user_is_made(tmp_path):
    (tmp_path / "etc").mkdir()
    subprocess.run(
        ["systemd-sysusers", f"--root={tmp_path}", str(SYSTEMD / "nidra-box.sysusers")],
        check=True,
        capture_output=True,
    )
    groups = (tmp_path / "etc/group").read_text(encoding="utf-8")
    assert re.search(r"^gpio:x:\d+:nidra-box$", groups, re.M)
    assert re.search(r"^audio:x:\d+:nidra-box$", groups, re.M)
    passwd = (tmp_path / "etc/passwd").read_text(encoding="utf-8")
    for user in ("nidra-box", "nidra-intake"):
        assert re.search(rf"^{user}:.*:/var/lib/nidra-box:/\S*nologin$", passwd, re.M)
    assert re.search(r"^nidra-box:x:\d+:nidra-intake$", groups, re.M)


def test_one_place_sets_the_bit_that_the_units_may_not_set():
    """RestrictSUIDSGID refuses every chmod with it, also where it is set already."""
    found = [
        f"{path.name}:{call.lineno}"
        for path in (HERE / "nidra_box").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Constant) and type(call.value) is int
        if call.value in (0o2775, 0o2770, 0o2755, 0o4755)
    ]
    assert [place.partition(":")[0] for place in found] == ["files.py"], found


def test_a_folder_that_is_open_to_its_group_is_left_alone(tmp_path, monkeypatch):
    open_to_group(tmp_path)
    assert tmp_path.stat().st_mode & 0o7777 == 0o2775
    old = os.umask(0o002)
    inside = tmp_path / "inside"
    inside.mkdir()
    os.umask(old)
    monkeypatch.setattr(Path, "chmod", lambda *_: pytest.fail("it may not"))
    open_to_group(inside)


def test_nothing_that_writes_sound_calls_back_from_c():
    """The units have MemoryDenyWriteExecute, and a callback of cffi is memory that is written and
    then run: soundfile makes one for everything that is no path and no descriptor."""
    box = [path for path in (HERE / "nidra_box").rglob("*.py") if "studio" not in path.parts]
    calls = [
        (path.name, ast.unparse(call.args[0]))
        for path in box
        for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(call, ast.Call)
        and ast.unparse(call.func).endswith(("SoundFile", "soundfile.write", "soundfile.read"))
    ]
    assert {what for _, what in calls} == {"descriptor", "held.fileno()"}, calls
