"""The doctor on planted machines: a good one is well, and each fault is found with its mend."""

import shutil

import pytest

from nidra_box import installed
from nidra_box.config import Config, LightSettings, Pins, SoundSettings
from nidra_box.doctor.asks import RunningSystem, User
from nidra_box.doctor.finding import Finding, Level
from nidra_box.doctor.firmware import parse_firmware
from nidra_box.doctor.lines import OTHER_FUNCTION, Line
from nidra_box.doctor.machine import read_machine, sections_of
from nidra_box.doctor.overlays import claims
from tests.support.machine_faults import CONFIG_TXT, FAULTS, UNKNOWN, WARNING, WRONG
from tests.support.machines import laptop, pi_3_b, pi_5, pi_zero_2_w


def bad(findings):
    return [f for f in findings if f.level is not Level.OK]


def only(findings) -> Finding:
    """The one thing that is not ok."""
    (found,) = bad(findings)
    return found


@pytest.fixture(autouse=True)
def on_debian_s_python(monkeypatch):
    """As on an installed box: these tests run in a virtual environment."""
    monkeypatch.setattr(installed, "in_own_environment", lambda: False)


@pytest.fixture
def zero(tmp_path):
    return pi_zero_2_w(tmp_path)


# -- good boxes ---------------------------------------------------------------------------


@pytest.mark.parametrize("build", [pi_zero_2_w, pi_3_b, pi_5])
def test_a_good_box_is_all_ok(build, tmp_path):
    assert bad(build(tmp_path).findings()) == []


def test_the_dac_of_the_guide_is_well_and_a_jumper_of_one_like_it_is_named(zero):
    zero.firmware("dtoverlay=hifiberry-dac", "dtoverlay=pwm-2chan,pin=12,func=4,pin2=13,func2=4")
    found = zero.findings()
    assert bad(found) == []
    said = {f.subject: f.message for f in found}["GPIO27 (knob B)"]
    assert said.endswith("; leave the filter jumper of a DAC Light open, if yours has one")


def test_a_jumper_is_not_spoken_of_where_there_can_be_none(zero):
    zero.firmware("dtoverlay=hifiberry-dac", "gpio=25=op,dh", "dtoverlay=pwm,pin=12,func=4")
    assert bad(zero.findings()) == []  # Pirate Audio
    assert not any("jumper" in f.message for f in zero.findings())


def test_what_is_said_of_a_good_zero(zero):
    said = {f.subject: f.message for f in zero.findings()}
    assert said["board"] == "Raspberry Pi Zero 2 W Rev 1.0; pinctrl-bcm2835 is /dev/gpiochip0"
    assert said["GPIO23 (button)"] == "free, open at rest"
    assert said["GPIO12 (lamp)"] == "free"
    assert said["light"] == "kernel PWM, 8,000 steps (pwmchip0, channel 0)"
    assert said["sound card"] == ("MAX98357A (MAX98357A - MAX98357A), found by itself")
    assert said["mixer"] == "MAX98357A: Digital 0 dB"
    assert said["group gpio"] == "pi is in it"


def test_the_led_of_the_board_is_advice_and_no_fault(zero):
    def said():
        return next(f for f in zero.findings() if f.subject == "board LEDs")

    assert "dtparam=act_led_trigger=none in /boot/firmware/config.txt" in said().message
    zero.firmware("dtoverlay=pwm,pin=12,func=4", "dtparam=act_led_trigger=none")
    assert said().message == "the green one is switched off at the start"
    assert said().level is Level.OK


def test_a_pi_5_is_known_by_its_labels_and_devices(tmp_path):
    said = {f.subject: f.message for f in pi_5(tmp_path).findings()}
    assert said["board"].endswith("pinctrl-rp1 is /dev/gpiochip15")
    assert said["light"] == "kernel PWM, 8,000 steps (pwmchip3, channel 0)"
    assert said["clock"] == "synchronised by NTP, with RTC"


def test_two_lamps_have_two_channels(zero):
    config = Config(pins=Pins(second_light=13), light=LightSettings(colours="two"))
    assert bad(zero.findings(config)) == []


# -- planted faults -----------------------------------------------------------------------


@pytest.mark.parametrize("name", FAULTS)
def test_a_planted_fault_is_the_one_thing_found(name, zero):
    plant, config, expected = FAULTS[name]
    plant(zero)
    assert only(zero.findings(config)) == expected


# -- a box that is a service's, looked at by a person ---------------------------------------

STATE_IS_SHUT = "/var/lib/nidra-box"
ASK_AS_ROOT = "sudo nidra-box doctor"
BOX = User("nidra-box", False, frozenset({990, 29, 986}))


def test_what_only_the_service_may_is_unknown_to_a_person_and_not_wrong(zero):
    """A chown to the person would break the box."""
    zero.service("audio", "gpio")
    zero.shut |= {STATE_IS_SHUT, "/sys/class/pwm/pwmchip0/export"}
    assert bad(zero.findings()) == [
        Finding("permissions", UNKNOWN, "only nidra-box may look there", ASK_AS_ROOT),
        Finding(
            "state folder",
            UNKNOWN,
            "/var/lib/nidra-box; only nidra-box may look there",
            ASK_AS_ROOT,
        ),
    ]


def test_a_chip_that_a_person_may_not_open_says_nothing_of_the_box(zero):
    zero.service("audio", "gpio")
    zero.labels.clear()
    board = zero.findings()[0]
    assert (board.level, board.mend) == (UNKNOWN, ASK_AS_ROOT)


def test_the_groups_are_those_of_the_user_that_runs_the_box(zero):
    zero.who = User("ann", False, frozenset({1001}))
    zero.service("audio", "gpio")
    assert {f.subject: f.message for f in zero.findings()}["group gpio"] == "nidra-box is in it"
    zero.service("audio")
    zero.who = User("pi", False, frozenset({1000, 29, 986}))
    assert next(f for f in bad(zero.findings()) if f.subject == "group gpio") == Finding(
        "group gpio",
        WRONG,
        "nidra-box is not in it, so not for the button and the lamp",
        "sudo usermod -aG gpio nidra-box, then sudo systemctl restart nidra-box",
    )


def test_the_user_that_runs_the_box_is_told_to_own_its_folder(zero):
    """As root asks."""
    zero.service("audio", "gpio")
    zero.who = BOX
    assert bad(zero.findings()) == []
    zero.shut.add(STATE_IS_SHUT)
    assert only(zero.findings()) == Finding(
        "state folder",
        WRONG,
        "nidra-box may not write /var/lib/nidra-box",
        "sudo chown -R nidra-box /var/lib/nidra-box",
    )


def test_the_jack_and_the_lamp_on_a_pi_3(tmp_path):
    pi = pi_3_b(tmp_path)
    pi.cards(("Headphones", "bcm2835 Headphones"))
    assert only(pi.findings()) == Finding(
        "jack",
        WRONG,
        "the headphone jack and the lamp share one PWM on this Pi: sound and light disturb each other",
        f"dtparam=audio=off in {CONFIG_TXT}, and a USB or I2S sound card",
    )


def test_a_jack_that_is_not_used_is_a_warning(tmp_path):
    pi = pi_3_b(tmp_path)
    pi.cards(("Headphones", "bcm2835 Headphones"), ("Device", "USB Audio Device"))
    config = Config(sound=SoundSettings(card="plughw:CARD=Device,DEV=0"))
    assert only(pi.findings(config)).level is WARNING


def test_the_jack_of_a_pi_4_has_a_pwm_of_its_own(tmp_path):
    pi = pi_3_b(tmp_path)
    pi.put("proc/device-tree/system/linux,revision", (0xC03111).to_bytes(4, "big"))
    pi.cards(("Headphones", "bcm2835 Headphones"))
    assert bad(pi.findings()) == []


def test_who_has_set_up_alsa_by_hand_is_told_what_decides(zero):
    zero.put("etc/asound.conf", "defaults.pcm.card 1\n")
    says = {f.subject: f for f in zero.findings()}
    assert says["sound card"].level is Level.OK
    assert says["sound card"].message == "/etc/asound.conf decides: the box plays on ALSA's default"
    assert "mixer" not in says


def test_a_laptop_is_no_box_and_nothing_is_wrong_with_that(tmp_path):
    planted = laptop(tmp_path)
    planted.remove("proc/asound/cards")
    said = bad(planted.findings())
    assert {f.level for f in said} == {WARNING}
    assert said[0] == Finding(
        "board",
        WARNING,
        "this is not a Raspberry Pi",
        "try the box on this machine with: nidra-box simulate",
    )


def test_where_nothing_of_systemd_runs_it_need_not_be_told(zero):
    zero.modules.clear()
    (zero.root / "run/systemd/system").rmdir()
    assert bad(zero.findings()) == []


def test_a_box_that_runs_holds_its_own_lines(zero):
    zero.lines = {pin: Line("lg") for pin in (12, 22, 23, 27)}
    assert bad(zero.findings()) == []


def test_a_lamp_whose_pin_is_given_to_the_pwm_is_well_and_a_button_is_not(zero):
    zero.lines = {12: Line(OTHER_FUNCTION)}
    assert bad(zero.findings()) == []
    zero.lines = {23: Line(OTHER_FUNCTION)}
    assert only(zero.findings()).message == "is taken by another function of the chip"


def test_a_chip_that_cannot_be_opened_is_told_with_the_group(zero):
    zero.labels.clear()
    found = {f.subject: f for f in zero.findings()}
    assert found["board"].level is WRONG
    assert found["board"].mend == "sudo usermod -aG gpio pi, then log in again"
    assert found["GPIO23 (button)"].level is UNKNOWN


# -- nothing that is missing is a traceback -------------------------------------------------


def test_every_file_missing_is_unknown_or_told(zero):
    """Each file by itself, then all of them."""
    files = [path for path in zero.root.rglob("*") if path.is_file()]
    for path in files:
        kept = path.read_bytes()
        path.unlink()
        assert zero.findings()
        path.mkdir()  # reading it fails in another way
        assert zero.findings()
        path.rmdir()
        path.write_bytes(b"\xff\xfe\0garbage = [[[\n:::,,,=\n" * 3)
        assert zero.findings()
        path.write_bytes(kept)
    assert bad(zero.findings()) == []
    shutil.rmtree(zero.root)
    assert only(f for f in zero.findings() if f.subject == "board").level is WARNING


def test_without_config_txt_the_overlays_are_unknown(zero):
    zero.remove("boot/firmware/config.txt")
    assert {f.subject: f.level for f in bad(zero.findings())} == {
        "light": UNKNOWN,
        "overlays": UNKNOWN,
    }


def test_the_running_system_answers_whatever_is_asked(tmp_path):
    asks = RunningSystem()
    nothing = tmp_path / "nothing"
    plain = tmp_path / "plain"
    plain.write_bytes(b"")
    assert asks.user().name
    assert asks.label(nothing) is asks.label(plain) is None
    assert asks.line(plain, 23, True) is None
    assert not asks.may_write(nothing)
    assert asks.free_bytes(nothing) is None
    assert asks.version("numpy")
    assert asks.version("no-such-package-as-this") is None
    assert asks.can_import("json.decoder")
    assert not asks.can_import("nidra_box.no_such_module")
    assert not asks.can_import("no_such_package_as_this.daemon")
    read_machine(Config(), tmp_path, asks)


# -- what is read ---------------------------------------------------------------------------


def test_config_txt_is_read_with_its_sections_and_parameters():
    text = """
        dtparam=audio=on   # the jack
        dtoverlay=pwm
        dtparam=pin=12,func=4
        dtparam=i2c_arm=on
        [pi5]
        dtoverlay=hifiberry-amp100
        [pi02]
        dtoverlay=gpio-fan:gpiopin=17
        [none]
        dtoverlay=never
        [all]
        gpio=5,6=pu
        dtoverlay=
        nonsense
    """
    found = parse_firmware(text, sections_of("Raspberry Pi Zero 2 W", 0x902120))
    assert [(o.name, o.parameters) for o in found.overlays] == [
        ("pwm", {"pin": "12", "func": "4"}),
        ("gpio-fan", {"gpiopin": "17"}),
    ]
    assert found.is_on("audio")
    assert found.is_on("i2c_arm")
    assert not found.is_on("spi")
    assert found.pins == {5, 6}
    assert {c.pin for c in claims(found, "")} == {2, 3, 5, 6, 12, 17}
