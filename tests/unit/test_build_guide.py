"""The guide to building a box says what the code, the unit and the drawings say."""

import dataclasses
import re
import xml.etree.ElementTree as ET

import pytest

from nidra_box.cli import build_parser
from nidra_box.config import Config, Pins
from nidra_box.doctor.firmware import parse_firmware
from nidra_box.doctor.overlays import claims, pwm_pins
from nidra_box.session.gestures import RELEASE_S
from tests.support.box import ROOT

GUIDE = (ROOT / "docs" / "build-a-box.md").read_text(encoding="utf-8")
SECTIONS = {
    item.name: {key.name for key in dataclasses.fields(item.default_factory)}
    for item in dataclasses.fields(Config)
    if item.default_factory is not dataclasses.MISSING
    and dataclasses.is_dataclass(item.default_factory)
}
TOP = {item.name for item in dataclasses.fields(Config)}
_PROSE = re.sub(r"^```.*?^```", "", GUIDE, flags=re.S | re.M)
CODE = [" ".join(code.split()) for code in re.findall(r"`([^`]+)`", _PROSE)]
LINES = [line.strip() for line in GUIDE.splitlines() if line.startswith("       ")]
# BCM → number on the header, of every 40-pin Raspberry Pi.
HEADER = {4: 7, 12: 32, 13: 33, 17: 11, 18: 12, 19: 35, 20: 38, 21: 40, 22: 15, 23: 16, 27: 13}
GROUNDS = {6, 9, 14, 20, 25, 30, 34, 39}
E12 = (10, 12, 15, 18, 22, 27, 33, 39, 47, 56, 68, 82)


def text_of(name):
    tree = ET.parse(ROOT / "docs" / name)  # our own file
    return [node.text or "" for node in tree.iter("{http://www.w3.org/2000/svg}text")]


# -- settings --------------------------------------------------------------------------------


def test_every_setting_that_is_named_exists():
    dotted = [m for code in CODE for m in re.findall(r"\b([a-z]+)\.([a-z_]+)(?![\w./])", code)]
    known = [(section, key) for section, key in dotted if section in SECTIONS]
    assert len(known) > 20
    for section, key in known:
        assert key in SECTIONS[section], f"{section}.{key}"
    files = {"txt", "yaml", "deb"}
    assert {key for section, key in dotted if section not in SECTIONS} <= files


def test_every_setting_in_braces_exists():
    found = re.findall(r"`?([a-z]+): \{([^}]+)\}", GUIDE)
    assert len(found) >= 3
    for section, inside in found:
        assert section in SECTIONS, section
        for key in re.findall(r"([a-z_]+): ", inside):
            assert key in SECTIONS[section], f"{section}.{key}"


def test_every_top_setting_exists():
    named = {m for c in CODE if (m := re.match(r"[a-z_]+", c)[0] if c[0].islower() else "") in TOP}
    assert {"programmes", "hold_programme", "lock", "resume_within_minutes"} <= named


def test_the_defaults_it_quotes_are_the_defaults():
    volume = Config().volume
    for key in ("start_db", "night_ceiling_db"):
        said = re.search(rf"`volume\.{key}`[^.]*?−(\d+) by default", GUIDE)
        said = said or re.search(rf"`volume\.{key}` \(−(\d+) by default", GUIDE)
        assert -float(said[1]) == getattr(volume, key)
    assert f"the {RELEASE_S * 1000:.0f} ms that the box bridges" in GUIDE


# -- pins ------------------------------------------------------------------------------------


def test_the_pins_are_the_defaults_and_their_places_on_the_header():
    rows = re.findall(r"`pins\.(\w+)` \| (\d+) \| (\d+) \|", GUIDE)
    assert {name for name, _, _ in rows} == {item.name for item in dataclasses.fields(Pins)}
    spare = {"second_light": 13, "knob_push": 17}  # off by default; the numbers they are made for
    for name, bcm, header in rows:
        default = getattr(Pins(), name)
        assert int(bcm) == (default if default >= 0 else spare[name])
        assert int(header) == HEADER[int(bcm)]
    shipped = (ROOT / "config" / "nidra-box.yaml").read_text(encoding="utf-8")
    for name, bcm in spare.items():
        line = next(row for row in shipped.splitlines() if row.strip().startswith(f"{name}:"))
        assert str(bcm) in line
    grounds = re.search(r"Grounds are on ([\d, ]+) and (\d+)\.", GUIDE)
    assert {int(n) for n in grounds[1].split(",")} | {int(grounds[2])} == GROUNDS


@pytest.mark.parametrize("drawing", ["wiring.svg", "wiring-sound.svg"])
def test_the_drawings_have_the_same_pins(drawing):
    words = " ".join(text_of(drawing))
    pairs = re.findall(r"GPIO(\d+) · pin (\d+)", words)
    assert len(pairs) >= 3
    assert all(HEADER[int(bcm)] == int(pin) for bcm, pin in pairs)
    assert {int(pin) for pin in re.findall(r"GND · pin (\d+)", words)} <= GROUNDS
    assert {int(pin) for pin in re.findall(r"5 V · pin (\d+)", words)} <= {2, 4}


@pytest.mark.parametrize("drawing", ["wiring.svg", "wiring-sound.svg"])
def test_the_drawings_can_be_read_on_a_telephone_and_on_white_paper(drawing):
    text = (ROOT / "docs" / drawing).read_text(encoding="utf-8")
    width, height = re.search(r'viewBox="0 0 (\d+) (\d+)"', text).groups()
    sizes = [float(n) for n in re.findall(r'font-size[=:]"? ?([\d.]+)', text)]
    assert len(sizes) == 2
    assert min(sizes) * 390 / int(width) >= 10.4
    assert ".paper { fill: #ffffff }" in text
    assert f'<rect class="paper" width="{width}" height="{height}"/>' in text


# -- the lamp --------------------------------------------------------------------------------


def made(ohms):
    """The next larger resistor of the E12 row."""
    decade = 1
    while True:
        for step in E12:
            if step * decade >= ohms - 0.5:
                return step * decade
        decade *= 10


def test_the_resistors_are_computed_again():
    rows = re.findall(
        r"\| ([\d.]+) V \| ([\d.]+) V, (\d+) mA \| (\d+) Ω \| (\d+) Ω \| ([\d.]+) mA \|", GUIDE
    )
    assert len(rows) == 3
    drawn = " ".join(text_of("wiring.svg"))
    for vf, volts, asked_ma, exactly, take, gives_ma in rows:
        room = float(volts) - float(vf)
        ohms = room / float(asked_ma) * 1000
        assert int(exactly) == pytest.approx(ohms, abs=0.51)
        assert int(take) == made(ohms)
        assert float(gives_ma) == pytest.approx(room / int(take) * 1000, abs=0.05)
        assert float(gives_ma) <= float(asked_ma)
        assert f"{take} Ω" in drawn


def test_the_other_currents_are_right():
    assert "1 kΩ (1.3 mA)" in GUIDE
    assert round((3.3 - 2.0) / 1.0, 1) == 1.3  # V / kΩ = mA
    assert "with 2.2 V and 180 Ω it is 6.1 mA" in GUIDE
    assert round((3.3 - 2.2) / 0.180, 1) == 6.1
    assert "0.09 W" in GUIDE
    assert round(0.030**2 * 100, 2) == 0.09


# -- config.txt ------------------------------------------------------------------------------


def test_every_line_of_config_txt_is_read_by_the_doctor_as_it_is_meant():
    block = re.search(r"```\n(dtparam=audio=off\n.*?)```", GUIDE, re.S)[1]
    firmware = parse_firmware(block, frozenset())
    assert firmware.parameters == {"audio": "off", "act_led_trigger": "none"}
    assert [pwm_pins(overlay) for overlay in firmware.overlays] == [{12: 4, 13: 4}]


@pytest.mark.parametrize(
    "line", [c for c in CODE if c.startswith("dtoverlay=") and c != "dtoverlay=…"]
)
def test_no_overlay_of_the_guide_takes_a_pin_of_the_box(line):
    pins = {12: "pwm", 13: "pwm", 22: "", 27: "", 23: "", 17: ""}
    for claim in claims(parse_firmware(line, frozenset()), ""):
        assert claim.pin not in pins or not claim.certain or claim.by.startswith("dtoverlay=pwm")


def test_the_numbers_that_put_out_the_ethernet_leds_differ_by_board():
    """14 is off on a 3B+, 4 on a Pi 4 and 5 (the overlays' README)."""
    rows = [row.split("|") for row in GUIDE.splitlines() if "eth_led0" in row]
    found = [(re.findall(r"eth_led[01]=\d+", row[1]), row[2].split("*")[0].strip()) for row in rows]
    assert found == [
        (["eth_led0=14", "eth_led1=14"], "3B+"),
        (["eth_led0=4", "eth_led1=4"], "4, 5"),
    ]


# -- commands --------------------------------------------------------------------------------


def commands():
    actions = next(a for a in build_parser()._actions if hasattr(a, "choices") and a.choices)
    return actions.choices


def test_every_command_and_option_that_is_named_exists():
    named = []
    for words in (*CODE, *LINES):
        told = re.search(
            r"(?<!systemctl )(?:^|sudo )(?:nidra-box|python3 -m nidra_box) ([a-z][a-z-]*)(.*)",
            words,
        )
        told = told or re.match(r"(doctor)( --.*)", words)
        if told:
            named.append((told[1], " ".join(re.findall(r"--[a-z]+", told[2]))))
    assert {"doctor", "status", "last-night", "programmes", "check", "show", "run"} <= {
        command for command, _ in named
    }
    assert sum("--knob" in options for _, options in named) >= 3
    for command, options in named:
        assert command in commands()
        for option in options.split():
            assert option in commands()[command]._option_string_actions, (command, option)


def test_the_readme_leads_to_the_guide_and_does_not_say_it_again():
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "docs/build-a-box.md" in readme
    paragraphs = {p.strip() for p in GUIDE.split("\n\n") if len(p) > 200}
    assert not paragraphs & {p.strip() for p in readme.split("\n\n")}
    assert "eth_led" not in readme
