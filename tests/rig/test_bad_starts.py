"""Everything that may be wrong when the power comes: the box says it, and does what it can."""

import contextlib

import pytest

from tests.rig.bedside import BUTTON, FULL_DISK, KNOB_A, KNOB_B, SETTINGS, Bedside

STATE = "/var/lib/nidra-box"
NIGHT = "programmes: [lower-back-night]\n"


@pytest.fixture(scope="module")
def bedside(module_box):
    return Bedside(module_box("starts", steady=True))


def restarted(bedside):
    bedside.sh("systemctl restart nidra-box", timeout=90)


def plays_on_a_press(bedside):
    """A press lights the lamp and begins the night; a hold ends it."""
    bedside.latency_ms()
    bedside.wait_until("playing", 10)
    bedside.hold()
    bedside.wait_until("idle", 10)
    bedside.sh("sleep 2")


def said(bedside, words):
    lines = [line for line in bedside.diary() if words in line]
    assert lines, "\n".join(bedside.diary()[-15:])
    print(lines[-1])
    return lines


@contextlib.contextmanager
def planted(bedside, fault, mend):
    """A fault, and a new page of the diary: `said` is of this fault alone."""
    bedside.new_page()
    bedside.sh(fault)
    try:
        yield
    finally:
        bedside.sh(mend)


@contextlib.contextmanager
def noise(bedside, *lines):
    """A fault: an edge every 3 ms, however busy the box is, of each of `lines` in turn."""
    bedside.write(
        "/root/noise.py",
        "import os, rigpio\n"
        f"lines = {lines}\n"
        "edges = [(3000 * n, lines[n % len(lines)], n // len(lines) % 2) for n in range(1000)]\n"
        "while not os.path.exists('/run/enough'):\n"
        "    rigpio.wave(edges)\n"
        "for line in lines:\n"
        "    rigpio.release(line)\n",
    )
    begin = "rm -f /run/enough; (python3 /root/noise.py > /dev/null 2>&1 &); sleep 2"
    stop = "touch /run/enough; while pgrep -f '[n]oise.py' > /dev/null; do sleep 0.2; done"
    with planted(bedside, begin, stop):
        yield


def test_a_button_held_down_means_nothing_until_it_was_let_go(bedside):
    bedside.configure(NIGHT)
    with planted(bedside, f"rigpio press {BUTTON}", f"rigpio release {BUTTON}"):
        restarted(bedside)
        began = bedside.mark()
        bedside.sh("sleep 5")
        assert bedside.status()["phase"] == "idle"
        assert not bedside.is_lit()
        assert not bedside.heard(began).sound.any()
        said(bedside, "held down")
    bedside.sh("sleep 2")
    assert bedside.status()["phase"] == "idle"
    plays_on_a_press(bedside)


def test_a_button_that_chatters_while_the_box_starts_does_not_deafen_it(bedside):
    bedside.configure(NIGHT)
    with noise(bedside, BUTTON):
        restarted(bedside)
        bedside.sh("sleep 5")
        assert bedside.sh("systemctl is-active nidra-box") == "active"
    bedside.sh("sleep 2")
    said(bedside, "the button is noisy")
    print(f"{bedside.restarts()} restarts")
    if bedside.status()["phase"] != "idle":  # presses are presses
        bedside.hold()
        bedside.wait_until("idle")
        bedside.sh("sleep 2")
    plays_on_a_press(bedside)


def test_a_knob_whose_lines_are_low_turns_nothing(bedside):
    bedside.configure(NIGHT)
    low = f"rigpio level {KNOB_A} 0; rigpio level {KNOB_B} 0"
    with planted(bedside, low, f"rigpio release {KNOB_A}; rigpio release {KNOB_B}"):
        restarted(bedside)
        assert bedside.status()["volume_db"] == -20.0
        said(bedside, "the knob is closed at rest")
        plays_on_a_press(bedside)
        assert bedside.status()["volume_db"] == -20.0


def test_a_knob_without_pull_ups_is_told_and_not_heard_until_it_is_quiet(bedside):
    """Its lines follow the mains, a little out of step: where they carried the volume to is
    taken back."""
    bedside.configure(NIGHT)
    before = bedside.status()["volume_db"]
    with noise(bedside, KNOB_A, KNOB_B):
        bedside.sh("sleep 8")
        said(bedside, "the knob is noisy, as if a wire were loose")
        assert bedside.status()["volume_db"] == before
        bedside.sh("sleep 3")
        assert bedside.status()["volume_db"] == before
        plays_on_a_press(bedside)
    bedside.sh("sleep 2")
    said(bedside, "the knob is quiet")
    before = bedside.status()["volume_db"]
    bedside.turn(-4, 10.0)
    bedside.sh("sleep 1")
    assert bedside.status()["volume_db"] < before


def test_a_knob_that_somebody_else_holds_is_named_and_the_rest_works(bedside):
    bedside.configure(NIGHT)
    held = f"systemctl stop nidra-box; (gpiomon -c gpiochip0 {KNOB_A} > /dev/null 2>&1 &); sleep 1"
    freed = "systemctl stop nidra-box; pkill gpiomon; sleep 1; systemctl start nidra-box"
    with planted(bedside, f"{held}; systemctl start nidra-box", freed):
        said(bedside, f"the knob a on GPIO{KNOB_A}")
        assert any("knob a" in fault for fault in bedside.status()["faults"])
        plays_on_a_press(bedside)
        assert bedside.restarts() == 0


def test_a_button_that_somebody_else_holds_is_waited_for(bedside):
    """Without it the box would hear nothing, so it ends and is tried again."""
    bedside.configure(NIGHT)
    held = f"systemctl stop nidra-box; (gpiomon -c gpiochip0 {BUTTON} > /dev/null 2>&1 &); sleep 1"
    with planted(bedside, f"{held}; systemctl start --no-block nidra-box", "pkill gpiomon"):
        bedside.guest.wait_for("[ $(systemctl show -P NRestarts nidra-box) -ge 1 ]", 60)
        said(bedside, f"GPIO{BUTTON} is held by another program")
        assert bedside.sh("systemctl is-active nidra-box || true") != "active"
        assert not bedside.is_lit()
        assert not any("Traceback" in line for line in bedside.diary())
    bedside.ready(60)
    plays_on_a_press(bedside)


def test_settings_broken_by_hand_are_said_and_mended_settings_start_the_box(bedside):
    bedside.write(
        SETTINGS, "programms: [lower-back-night]\nvolume: {start_db: 12}\npins: {button: 99}\n"
    )
    bedside.new_page()
    bedside.guest.run("systemctl restart nidra-box", timeout=90)
    bedside.sh("sleep 8")
    lines = said(bedside, "did you mean 'programmes'")
    said(bedside, "volume.start_db")
    said(bedside, "pins.button")
    assert len(lines) <= 2  # once a start, and no start every two seconds
    fatal = bedside.entries("NIDRA_WHAT=fatal")
    assert len(fatal) == 3 * len(lines)  # a mistake each
    assert all(entry["NIDRA_FAULT"] == "1" for entry in fatal)
    bedside.write(SETTINGS, NIGHT)
    bedside.ready(45)
    plays_on_a_press(bedside)


def test_mistakes_made_while_it_runs_change_nothing(bedside):
    bedside.configure(NIGHT)
    pid = bedside.pid()
    bedside.new_page()
    bedside.write(SETTINGS, "volume: {start_db: twelve}\n")
    bedside.guest.run("systemctl reload nidra-box")
    bedside.sh("sleep 2")
    said(bedside, "the settings stay as they were")
    said(bedside, "volume.start_db")
    assert bedside.pid() == pid
    plays_on_a_press(bedside)
    bedside.write(SETTINGS, NIGHT)


def test_a_full_disk_does_not_stop_the_night(bedside):
    bedside.configure(NIGHT)
    with planted(bedside, *FULL_DISK):
        assert bedside.sh("df --output=avail / | tail -1").strip() == "0"
        restarted(bedside)
        bedside.latency_ms()
        bedside.wait_until("playing", 10)
        bedside.turn(-3)
        bedside.sh("sleep 8")
        assert bedside.status()["volume_db"] < -20.0
        said(bedside, "No space left")
        bedside.hold()
        bedside.wait_until("idle", 10)
    assert bedside.restarts() == 0


def test_a_state_folder_that_cannot_be_written_does_not_stop_the_night(bedside):
    bedside.configure(NIGHT)
    with planted(
        bedside,
        f"mount --bind {STATE} {STATE} && mount -o remount,bind,ro {STATE}",
        f"systemctl stop nidra-box; umount {STATE}; systemctl start nidra-box",
    ):
        restarted(bedside)
        bedside.latency_ms()
        bedside.wait_until("playing", 10)
        bedside.turn(-3)
        bedside.sh("sleep 8")
        said(bedside, "Read-only")
        bedside.hold()
        bedside.wait_until("idle", 10)


def test_with_its_state_on_an_overlay_it_says_that_nothing_is_remembered(bedside):
    bedside.configure(NIGHT)
    with planted(
        bedside,
        "systemctl stop nidra-box; mkdir -p /run/over && mount -t tmpfs none /run/over && "
        "mkdir /run/over/up /run/over/work && mount -t overlay overlay "
        f"-o lowerdir={STATE},upperdir=/run/over/up,workdir=/run/over/work {STATE}",
        f"systemctl stop nidra-box; umount {STATE} /run/over; systemctl start nidra-box",
    ):
        restarted(bedside)
        said(bedside, "overlay")
        plays_on_a_press(bedside)


def test_a_second_copy_ends_with_a_word_and_the_first_plays_on(bedside):
    bedside.configure(NIGHT)
    bedside.press()
    bedside.wait_until("playing", 10)
    pid = bedside.pid()
    second = bedside.guest.run("nidra-box run")
    print(second.rc, second.err)
    assert second.rc == 1
    assert "already" in second.err
    assert "Traceback" not in second.err
    assert (bedside.pid(), bedside.status()["phase"]) == (pid, "playing")
    bedside.hold()
    bedside.wait_until("idle", 10)


def test_without_a_sound_card_light_and_button_work_until_it_comes(box):
    bedside = Bedside(box("mute", sound="usb"))
    bedside.guest.unplug_sound()
    bedside.new_page()
    bedside.configure(NIGHT)
    assert bedside.status()["sound"] != "on"
    said(bedside, "no sound: ")
    bedside.latency_ms()
    bedside.wait_until("playing", 10)
    assert bedside.is_lit()
    bedside.guest.plug_sound()
    bedside.wait_for_sound(35)
    began = bedside.mark()
    for _ in range(10):  # it rises from silence, and this guest may be slow
        bedside.sh("sleep 3")
        if bedside.heard(began).sound.any():
            return
    pytest.fail("the card is there, and nothing is heard")


@pytest.mark.parametrize(
    ("append", "words", "code"),
    [
        ("rig.pi_revision=none", "not a Raspberry Pi", "78"),  # for good
        ("rig.gpio_label=pinctrl-nobody", "pinctrl-nobody", "1"),  # tried again: it may come yet
    ],
)
def test_a_machine_it_does_not_know_is_said_plainly(box, append, words, code):
    bedside = Bedside(box("stranger", append=append, warm=False))
    bedside.guest.wait_for("[ $(systemctl show -P Result nidra-box) = exit-code ]", 60)
    said(bedside, words)
    assert bedside.guest.run("systemctl is-active nidra-box").out.strip() != "active"
    assert not any("Traceback" in line for line in bedside.diary())
    # As systemd wrote it down: by now it may have been started once more.
    assert any(f"status={code}/" in line for line in bedside.diary())
