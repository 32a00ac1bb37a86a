"""Does the rig work on this machine? One guest, without the box: its lines, lamp, sound, systemd."""

import json
import time

import pytest

from tests.rig.guests import Failed, Guest
from tests.rig.recording import Recording

TAPPED = """
import json, time, rigpio
from gpiozero import Button, Device
pressed, held = [], []
button = Button(23, hold_time=0.5)
button.when_pressed = lambda: pressed.append(1)
button.when_held = lambda: held.append(1)
rigpio.wave([e for i in range(20) for e in ((i * 60000, 23, 0), (i * 60000 + 30000, 23, 1))])
time.sleep(0.3)
rigpio.press(23); time.sleep(0.8); rigpio.release(23); time.sleep(0.2)
print(json.dumps([type(Device.pin_factory).__name__, len(pressed), len(held)]))
"""

TURNED = """
import json, subprocess, time, rigpio
words = ["gpiomon", "-c", "gpiochip0", "-b", "pull-up", "--format", "%o %e %S", "22", "27"]
seen = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
time.sleep(1)
wave = rigpio.wave(rigpio.quadrature(22, 27, 100, 50) + rigpio.quadrature(22, 27, -60, 50, 2_100_000))
time.sleep(1)
seen.terminate()
print(json.dumps([wave, [[float(word) for word in line.split()] for line in seen.stdout]]))
"""
AROUND = [(1, 1), (0, 1), (0, 0), (1, 0)]
"""The levels of (22, 27) through one detent, the first leading."""

DIMMED = """
import json, time, rigpio
from gpiozero import PWMLED
lamp = PWMLED(12, frequency=100)
lamp.value = 0.2
time.sleep(0.2)
with rigpio.Trace() as trace:
    time.sleep(0.5)
    at = time.monotonic()
    lamp.value = 0.7
    time.sleep(0.5)
duties = trace.duties(12)
print(json.dumps([trace.pwm(12), [d for t, d in duties if t < at], [d for t, d in duties if t > at + 0.1]]))
"""

ANSWERS = """
import threading
from gpiozero import Button, PWMLED
lamp, button = PWMLED(12, frequency=100), Button(23)
button.when_pressed = lambda: threading.Timer(0.2, lamp.on).start()
print("ready", flush=True)
threading.Event().wait(30)
"""

PLAYS = """
import time, numpy, soundfile, pygame.mixer
t = numpy.arange(48000 * 4) / 48000
soundfile.write("/root/tone.flac", 0.5 * numpy.sin(2 * numpy.pi * 997 * t), 48000)
pygame.mixer.init(48000, -16, 2, 8192)  # whether the samples arrive, not whether Python keeps up
tone = pygame.mixer.Sound("/root/tone.flac")
tone.play()
time.sleep(3)
"""

BEATS = """
import time
from systemd import daemon
from pathlib import Path
daemon.notify("READY=1")
while not Path("/run/stop-beating").exists():
    daemon.notify("WATCHDOG=1")
    time.sleep(0.5)
Path("/run/stop-beating").unlink()
time.sleep(3600)
"""


@pytest.fixture(scope="module")
def guest(image):
    with Guest.boot("itself", warm=True, steady=True) as running:
        yield running


def python(guest, program):
    """What a program prints in the guest, as JSON; it runs where lgpio may leave its pipe."""
    guest.sh("mkdir -p /run/program")
    (guest.folder / "program.py").write_text(program)
    guest.put(guest.folder / "program.py", "/run/program/program.py")
    words = guest.sh("cd /run/program && GPIOZERO_PIN_FACTORY=lgpio python3 program.py")
    return json.loads(words.splitlines()[-1]) if "json" in program else words


def test_a_warm_guest_is_there_in_seconds(image):
    with Guest.boot("itself-warm", warm=True) as first:
        before = first.greeting().boot_id
    began = time.monotonic()
    with Guest.boot("itself-warm", warm=True) as again:
        assert time.monotonic() - began < 10
        assert again.greeting().boot_id == before, "the same saved state"


def test_a_command_has_its_words_and_code_and_is_ended_in_time(guest):
    assert guest.run("echo out; echo err >&2; exit 3") == (
        ran := guest.run("echo out; echo err >&2; exit 3")
    )
    assert (ran.rc, ran.out, ran.err) == (3, "out\n", "err\n")
    assert guest.run("sleep 60", timeout=1).rc == 124
    assert guest.sh("id -un", user="pi") == "pi"
    with pytest.raises(Failed, match="no such thing"):
        guest.sh("echo no such thing >&2; false")


def test_files_go_in_and_out_as_they_are(guest, tmp_path):
    (tmp_path / "in/deep").mkdir(parents=True)
    (tmp_path / "in/deep/bytes").write_bytes(bytes(range(256)) * 4000)
    guest.put(tmp_path / "in", "/root/there")
    guest.put(tmp_path / "in/deep/bytes", "/root/one file")
    assert guest.run("cmp /root/there/deep/bytes '/root/one file'").rc == 0
    guest.get("/root/there", tmp_path / "out")
    assert (tmp_path / "out/there/deep/bytes").read_bytes() == bytes(range(256)) * 4000


def test_the_packages_that_the_box_asks_for_are_installed_by_their_names(guest):
    version = guest.sh("dpkg-query -W -f '${Version}' python3-gpiozero")
    guest.sh(f"dpkg --compare-versions {version} ge 2.0")
    guest.sh(
        "dpkg-query -W python3-lgpio python3-pygame python3-numpy python3-soundfile python3-yaml python3-systemd"
    )
    assert not guest.sh("dpkg --audit")


def test_a_button_is_heard_through_the_kernel_s_lines(guest):
    assert python(guest, TAPPED) == ["LGPIOFactory", 21, 1]


def test_a_knob_turns_fifty_detents_a_second(guest):
    """The kernel's own stamps."""
    wave, edges = python(guest, TURNED)
    assert wave["events"] == len(edges) == 640
    levels, place, furthest = {22: 1, 27: 1}, 0, 0
    for line, kind, _ in edges:
        before = AROUND.index((levels[22], levels[27]))
        levels[int(line)] = 1 if kind == 1 else 0
        place += (AROUND.index((levels[22], levels[27])) - before + 1) % 4 - 1
        furthest = max(furthest, place)
    assert furthest / 4 == 100
    assert place / 4 == 40
    assert edges[0][2] == pytest.approx(wave["began"], abs=0.1), "on one clock"
    stretched = wave["stretched_us"] / 1e6  # where the guest stood still the hand waits
    assert edges[-1][2] - edges[0][2] == pytest.approx(3.3 + stretched, abs=0.2)


def test_the_light_s_duty_is_seen_to_change_at_its_time(guest):
    pwm, before, after = python(guest, DIMMED)
    assert pwm["hz"] == pytest.approx(100, rel=0.03)
    assert sorted(before)[len(before) // 2] == pytest.approx(0.2, abs=0.03)
    assert sorted(after)[len(after) // 2] == pytest.approx(0.7, abs=0.03)


def test_from_a_press_to_the_light_is_measured_in_the_guest_s_time(guest):
    dark = guest.run("rigpio latency 23 12 0.1 1")
    assert "stays dark" in dark.err
    (guest.folder / "answers.py").write_text(ANSWERS)
    guest.put(guest.folder / "answers.py", "/run/answers/answers.py")
    guest.sh(
        "cd /run/answers && GPIOZERO_PIN_FACTORY=lgpio setsid python3 answers.py > said 2>&1 < /dev/null &"
    )
    guest.wait_for("grep -q ready /run/answers/said", 20)
    assert 200 <= float(guest.sh("rigpio latency 23 12")) < 700
    assert "is lit before" in guest.run("rigpio latency 23 12").err
    guest.sh("pkill -f answers.py")


def played(guest):
    began = Recording.load(guest.wav).seconds
    python(guest, PLAYS)
    guest.sh("sleep 1")
    return Recording.load(guest.wav, began)


def test_what_is_played_arrives(guest):
    guest.sh("amixer -q sset Master 100% unmute")
    heard = played(guest)
    first, last = heard.heard()
    assert last - first == pytest.approx(3.0, abs=0.4)
    assert heard.dominant_hz() == pytest.approx(997, abs=3)
    middle = heard.levels_db()[int(first * 10) + 3 : int(last * 10) - 3]
    assert sorted(middle)[len(middle) // 2] == pytest.approx(-9.0, abs=0.5), "half of full scale"


def test_what_is_played_arrives_whole(guest):
    assert len(played(guest).breaks(997)) <= 1, "one for the abrupt end"


def test_systemd_ends_a_service_that_stops_beating(guest):
    (guest.folder / "beats.py").write_text(BEATS)
    guest.put(guest.folder / "beats.py", "/root/beats.py")
    unit = "Restart=always RestartSec=0.1 Type=notify WatchdogSec=3"
    properties = " ".join(f"-p {word}" for word in unit.split())
    guest.sh(f"systemd-run -q --unit=beats {properties} python3 /root/beats.py")
    pid = guest.sh("systemctl show beats -p MainPID --value")
    guest.sh("touch /run/stop-beating")
    guest.wait_for(f"! kill -0 {pid} 2>/dev/null && systemctl is-active beats", 30)
    assert guest.sh("systemctl show beats -p NRestarts --value") == "1"
    assert "Watchdog timeout" in guest.sh("journalctl -u beats -b -o cat")
    guest.sh("systemctl stop beats")
