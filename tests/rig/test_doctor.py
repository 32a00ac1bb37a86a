"""`nidra-box doctor` on the installed box: thirteen faults planted in the real machine, and none."""

import json

import pytest

from tests.rig.bedside import BUTTON, KNOB_A, SETTINGS, Bedside

OWN = "/var/lib/nidra-box"
PACKAGES = "/usr/local/lib/python3.13/dist-packages"
CONFIG_TXT = "/boot/firmware/config.txt"

FAULTS = {
    # what is planted: (command, its undoing, subject of the finding, words of message or mend)
    "the button is held down": (
        f"rigpio press {BUTTON}",
        f"rigpio release {BUTTON}",
        "button",
        "held down?",
    ),
    "another program has a pin of the knob": (
        f"(gpiomon -c gpiochip0 {KNOB_A} > /dev/null 2>&1 &); sleep 1",
        "pkill gpiomon; sleep 1",
        "knob",
        "gpiomon",
    ),
    "a HAT wants a pin of ours": (
        f"sed -i.kept '$ a dtoverlay=iqaudio-digiampplus' {CONFIG_TXT}",
        f"mv {CONFIG_TXT}.kept {CONFIG_TXT}",
        "knob",
        "iqaudio",
    ),
    "the overlay of the PWM is missing": (
        f"rmmod rig-pwm; sed -i.kept /pwm-2chan/d {CONFIG_TXT}",
        f"modprobe rig-pwm device=3f20c000.pwm; mv {CONFIG_TXT}.kept {CONFIG_TXT}",
        "light",
        "dtoverlay=pwm",
    ),
    "a setting is misspelt": (
        f"sed -i 's/^programmes:/programms:/' {SETTINGS}",
        f"sed -i 's/^programms:/programmes:/' {SETTINGS}",
        "settings",
        "did you mean 'programmes'",
    ),
    "a programme of one's own has mistakes": (
        f"printf 'format: nidra-script/1\\ntitel: x\\n' > {OWN}/programmes/mine.yaml",
        f"rm {OWN}/programmes/mine.yaml",
        "script",
        "mine.yaml",
    ),
    "a recording cannot be played": (
        f"echo torn > {OWN}/library/torn.flac",
        f"rm {OWN}/library/torn.flac",
        "recordings",
        "torn.flac",
    ),
    "the sound is muted": (
        "amixer -q sset Master mute",
        "amixer -q sset Master unmute",
        "mixer",
        "muted",
    ),
    "the service's user is not in the group audio": (
        "gpasswd -d nidra-box audio",
        "gpasswd -a nidra-box audio",
        "group audio",
        "usermod -aG audio nidra-box",
    ),
    "the state folder belongs to somebody else": (
        f"chown root:root {OWN}; chmod 755 {OWN}",
        f"chown nidra-box:nidra-box {OWN}; chmod 2775 {OWN}",
        "state folder",
        "chown",
    ),
    "the disk is full": (
        "dd if=/dev/zero of=/full bs=1M status=none; sync; true",
        "rm /full",
        "free space",
        "make room",
    ),
    "lgpio is the empty package of PyPI": (
        f"mkdir -p {PACKAGES}/lgpio-0.0.0.2.dist-info && : > {PACKAGES}/lgpio.py && "
        f"printf 'Metadata-Version: 2.1\\nName: lgpio\\nVersion: 0.0.0.2\\n' "
        f"> {PACKAGES}/lgpio-0.0.0.2.dist-info/METADATA",
        f"rm -r {PACKAGES}/lgpio.py {PACKAGES}/lgpio-0.0.0.2.dist-info",
        "lgpio",
        "empty",
    ),
    "a bed is torn": (
        f"truncate -s 1000 {OWN}/beds/bed-brown-*.wav",
        "cd /; runuser -u nidra-box -- nidra-box beds --quiet",
        "beds",
        "nidra-box beds",
    ),
}


@pytest.fixture(scope="module")
def bedside(module_box):
    bedside = Bedside(module_box("doctor"))
    bedside.sh("amixer -q sset Master 100% unmute")  # the guest's card comes up at -20 dB
    bedside.sh("systemctl stop nidra-box")  # else the pins are its own, which it also sees
    return bedside


def findings(bedside):
    ran = bedside.guest.run("nidra-box doctor --json")  # as root, which looks as nidra-box
    assert ran.err == ""
    return {f["subject"]: f for f in json.loads(ran.out)["findings"]}


def unwell(found):
    return {subject: f for subject, f in found.items() if f["level"] not in ("ok", "unknown")}


def test_on_a_good_box_all_is_well(bedside):
    print(bedside.guest.run("nidra-box doctor").out)
    assert unwell(findings(bedside)) == {}
    bedside.sh("systemctl start nidra-box")
    assert unwell(findings(bedside)) == {}, "with the box running"
    bedside.sh("systemctl stop nidra-box")


def test_root_can_try_the_light(bedside):
    tried = bedside.guest.run("nidra-box doctor --light")
    assert tried.rc == 0, tried.err


@pytest.mark.parametrize("fault", FAULTS)
def test_it_finds_the_fault_and_names_the_mend(bedside, fault):
    plant, mend, subject, words = FAULTS[fault]
    sound = set(unwell(findings(bedside)))
    bedside.sh(plant)
    try:
        found = unwell(findings(bedside))
    finally:
        bedside.sh(mend, timeout=300)
    new = {name: f for name, f in found.items() if name not in sound}
    print(fault, "->", [(n, f["message"], f["mend"]) for n, f in new.items()])
    hits = [f for name, f in new.items() if subject in name]
    assert hits, f"nothing about the {subject}: {sorted(new)}"
    assert any(words in f"{f['message']} {f['mend']}" for f in hits)
    assert all(f["mend"] for f in hits)
    assert set(unwell(findings(bedside))) == sound
