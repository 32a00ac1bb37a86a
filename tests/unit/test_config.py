"""The configuration: every mistake at once, and a shipped file that says what the code does."""

import dataclasses
import re
from pathlib import Path

import pytest

from nidra_box.config import Config, parse_config, read_config
from nidra_box.documents.node import DocumentError

SHIPPED = Path(__file__).resolve().parents[2] / "config" / "nidra-box.yaml"


def errors_of(text):
    with pytest.raises(DocumentError) as caught:
        parse_config(text, "box.yaml")
    return [str(p) for p in caught.value.problems]


def test_the_shipped_file_is_the_defaults():
    assert read_config(SHIPPED) == Config()


def settings_of(kind=Config, path=""):
    for item in dataclasses.fields(kind):
        value = item.default_factory() if item.default is dataclasses.MISSING else item.default
        if dataclasses.is_dataclass(value):
            yield from settings_of(type(value), f"{path}{item.name}.")
        else:
            yield path + item.name, value, item.metadata


def comment_of(text, name):
    """The comment beside or above the line that sets `name`."""
    section, _, key = name.rpartition(".")
    start = text.index(f"\n{section}:") if section else 0
    found = re.search(rf"\n{'  ' if section else ''}{key}:([^\n]*)", text[start:])
    assert found, f"{name} is not in the shipped file"
    before = text[start : start + found.start() + 1].splitlines()
    above = []
    while before and before[-1].lstrip().startswith("#"):
        above.insert(0, before.pop())
    return " ".join([*above, found[1]])


@pytest.mark.parametrize(
    ("name", "default", "about"), list(settings_of()), ids=lambda x: str(x)[:30]
)
def test_every_setting_says_its_unit_range_and_default(name, default, about):
    if name == "format":
        return
    comment = comment_of(SHIPPED.read_text(), name)
    if "low" in about:
        low, high, unit = about["low"], about["high"], about["unit"]
        if unit != "4, 2 or 1":
            assert f"{low:g} to {high:g}" in comment, (name, comment)
            assert unit in comment
        assert f"default {default:g}" in comment, (name, comment)
    elif isinstance(default, bool):
        assert f"default {str(default).lower()}" in comment
    elif default == ():
        assert "default []" in comment
    else:
        assert f"default {default or chr(34) * 2}" in comment, (name, comment)


def test_five_mistakes_are_five_lines():
    found = errors_of(
        "format: nidra-box-config/1\n"
        "pins: {light: 99}\n"
        "volume:\n"
        "  start_db: loud\n"
        "  cieling_db: -3\n"
        "lock: sometimes\n"
        "timer: {minutes: 5:00}\n"
    )
    assert len(found) == 5
    assert found[0].startswith("box.yaml:2: pins.light: 99 is out of range; allowed: -1 to 27 BCM")
    assert found[1].startswith("box.yaml:4: volume.start_db: must be a number, not 'loud'")
    assert found[2].startswith(
        "box.yaml:5: volume.cieling_db: unknown key (did you mean 'ceiling_db'?)"
    )
    assert found[3].startswith(
        "box.yaml:6: lock: 'sometimes' is not allowed; allowed: none | night"
    )
    assert found[4].startswith("box.yaml:7: timer.minutes: must be a number")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("pins: {button: 22}", "pins.button: pin 22 is taken by knob_a already"),
        ("pins: {knob_b: -1}", "pins.knob_b: a knob needs both"),
        ("knob: {steps_per_detent: 3}", "3 is not made"),
        ("volume: {ceiling_db: -30}", "volume.start_db: -20 dB is over ceiling_db"),
        (
            "volume: {floor_db: -30, night_ceiling_db: -40}",
            "volume.night_ceiling_db: -40 dB is under floor_db",
        ),
        ("sound: {device_buffer: 256, ring_buffers: 20}", "too few for a busy Pi"),
        ("sound: {device_buffer: 100.5}", "out of range"),
        ("knob: {steps_per_detent: 2.5}", "must be a whole number"),
        ("knob: {reverse: maybe}", "must be true or false"),
        ("programmes: lower-back-night", "must be a list"),
        ("pins: [1, 2]", "must be a mapping"),
        ("volume: {start_db: .nan}", "out of range"),
        ("format: nidra-box-config/2", "allowed: nidra-box-config/1"),
    ],
)
def test_a_wrong_setting_is_refused(text, words):
    found = errors_of(text)
    assert len(found) == 1
    assert words in found[0]


def test_a_short_file_leaves_the_rest_at_its_default():
    config = parse_config("volume: {start_db: -33}\nlock: night\n", "x")
    assert config.volume.start_db == -33
    assert config.volume.step_db == 1.5
    settings = config.settings(("a",))
    assert settings.night_lock
    assert settings.start_db == -33
    assert settings.wind_down_s == 300.0
