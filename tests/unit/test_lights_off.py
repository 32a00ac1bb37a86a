"""The lamp is put out at every end, whatever is missing, broken or hanging."""

import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from nidra_box.config import read_config
from nidra_box.hardware.outputs import write_outputs
from nidra_box.hardware.pwm import open_pwm_light

HERE = Path(__file__).resolve().parents[2]
SCRIPT = HERE / "systemd" / "lights-off"


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="no shellcheck on this machine")
def test_the_script_is_clean():
    subprocess.run(["shellcheck", str(SCRIPT)], check=True)


class Machine:
    """A folder that looks like /sys/class/pwm, and stand-ins for the pin tools."""

    def __init__(self, folder):
        self.folder = folder
        self.pwm = folder / "pwm"
        self.tools = folder / "bin"
        self.calls = folder / "calls"
        self.outputs = folder / "lamps"
        self.pwm.mkdir()
        self.tools.mkdir()

    def chip(self, number, device, *channels):
        chip = self.pwm / f"pwmchip{number}"
        chip.mkdir()
        (chip / "device").symlink_to(f"../../devices/platform/{device}")
        for channel in channels:
            pwm = chip / f"pwm{channel}"
            pwm.mkdir()
            (pwm / "duty_cycle").write_text("400000")
            (pwm / "period").write_text("800000")
            (pwm / "enable").write_text("1")
        return chip

    def tool(self, name, says="", fails=False, hangs=False):
        script = self.tools / name
        script.write_text(
            f'#!/bin/sh\ncase $1 in get) ;; *) echo "{name} $*" >>{self.calls} ;; esac\necho "{says}"\n'
            + ("sleep 60\n" if hangs else "")
            + f"exit {int(fails)}\n"
        )
        script.chmod(0o755)

    def lights_off(self, text=None):
        """Run it with these settings, and `outputs` as the box left them; what the pin tools
        were asked."""
        file = self.folder / "nidra-box.yaml"
        if text is not None:
            file.write_text(text, encoding="utf-8")
        began = time.monotonic()
        done = subprocess.run(
            [str(SCRIPT), str(self.pwm), str(file), str(self.outputs)],
            env={"PATH": f"{self.tools}:/usr/bin:/bin"},
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        self.took_s = time.monotonic() - began
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return self.calls.read_text().splitlines() if self.calls.exists() else []


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def duty(chip, channel):
    return (chip / f"pwm{channel}" / "duty_cycle").read_text().strip()


TWO = "pins: {second_light: 13}\nlight: {colours: two}\n"


@pytest.mark.parametrize("device", ["fe20c000.pwm", "2020c000.pwm", "1f00098000.pwm"])
@pytest.mark.parametrize(
    "text",
    [TWO, "pins:\n  light: 12   # amber\n  second_light: 13\nlight:\n  colours: two  # both\n"],
)
def test_every_lamp_of_the_pwm_goes_dark(machine, device, text):
    chip = machine.chip(3, device, 0, 1)
    machine.tool("pinctrl")
    assert machine.lights_off(text) == []  # the pins stay with the PWM
    assert (duty(chip, 0), duty(chip, 1)) == ("0", "0")


def test_the_shipped_settings_are_understood(machine):
    chip = machine.chip(0, "fe20c000.pwm", 0, 1)
    machine.lights_off((HERE / "config/nidra-box.yaml").read_text(encoding="utf-8"))
    assert (duty(chip, 0), duty(chip, 1)) == ("0", "400000")


def test_without_settings_the_usual_lamp_goes_dark(machine):
    chip = machine.chip(0, "fe20c000.pwm", 0)
    machine.lights_off()
    assert duty(chip, 0) == "0"


def test_a_fan_goes_on_turning(machine):
    fan = machine.chip(0, "1f0009c000.pwm", 0, 3)
    lamp = machine.chip(1, "1f00098000.pwm", 0, 2)
    machine.lights_off("pins:\n  light: 18\n")
    assert (duty(fan, 0), duty(fan, 3)) == ("400000", "400000")
    assert (duty(lamp, 0), duty(lamp, 2)) == ("400000", "0")


def test_a_chip_that_was_named_is_the_one(machine):
    named = machine.chip(0, "odd.pwm", 0)
    other = machine.chip(1, "fe20c000.pwm", 0)
    machine.lights_off('light:\n  pwm_chip: "odd.pwm"\n')
    assert (duty(named, 0), duty(other, 0)) == ("0", "400000")


def test_a_duty_that_cannot_be_written_is_switched_off(machine):
    chip = machine.chip(0, "fe20c000.pwm", 0)
    (chip / "pwm0/duty_cycle").unlink()
    (chip / "pwm0/duty_cycle").mkdir()
    assert machine.lights_off() == []
    assert (chip / "pwm0/enable").read_text().strip() == "0"


@pytest.mark.parametrize("missing", ["everything", "device", "channel", "files"])
def test_folders_that_are_missing_do_no_harm(machine, missing):
    if missing == "everything":
        machine.pwm.rmdir()
    else:
        chip = machine.chip(0, "fe20c000.pwm", *([] if missing == "channel" else [0]))
        if missing == "device":
            (chip / "device").unlink()
        elif missing == "files":
            shutil.rmtree(chip / "pwm0")
            (chip / "pwm0").touch()
    machine.lights_off()


def test_files_that_are_read_only_do_no_harm(machine):
    chip = machine.chip(0, "fe20c000.pwm", 0)
    for name in ("duty_cycle", "enable"):
        (chip / "pwm0" / name).chmod(0o444)  # root may write all the same
    machine.lights_off()
    assert duty(chip, 0) == ("0" if os.getuid() == 0 else "400000")


@pytest.mark.parametrize("tool", ["pinctrl", "raspi-gpio"])
def test_without_a_pwm_the_pins_are_set_low(machine, tool):
    machine.tool(tool)
    assert sorted(machine.lights_off(TWO)) == [f"{tool} set 12 op dl", f"{tool} set 13 op dl"]


def test_a_second_lamp_that_is_not_used_is_left_alone(machine):
    machine.tool("pinctrl")
    assert machine.lights_off("pins: {light: 18, second_light: 13}\n") == ["pinctrl set 18 op dl"]


def test_gpiozero_by_choice_gets_its_pin_low_beside_an_exported_channel(machine):
    chip = machine.chip(0, "fe20c000.pwm", 0)
    machine.tool("pinctrl")
    assert machine.lights_off("light: {backend: gpiozero}\n") == ["pinctrl set 12 op dl"]
    assert duty(chip, 0) == "0"


@pytest.mark.parametrize("text", ["pins: {light: -1}\n", "light: {backend: none}\n"])
def test_no_lamp_is_no_work(machine, text):
    machine.tool("pinctrl")
    assert machine.lights_off(text) == []


def test_libgpiod_is_the_last_resort_on_the_header_s_chip(machine):
    machine.tool(
        "gpiodetect", "gpiochip1 [raspberrypi-exp] (8)\ngpiochip4 [pinctrl-rp1] (54 lines)"
    )
    machine.tool("gpioset")
    assert machine.lights_off()[-1] == "gpioset -t 0 -c gpiochip4 12=0"
    machine.tool("gpioset", fails=True)
    assert machine.lights_off()[-1] == "gpioset -m exit gpiochip4 12=0"


def test_tools_that_hang_do_not_hold_it_up(machine):
    for tool in ("pinctrl", "raspi-gpio", "gpioset"):
        machine.tool(tool, hangs=True)
    machine.tool("gpiodetect", "gpiochip0 [pinctrl-bcm2835] (54 lines)")
    machine.lights_off(TWO)
    assert machine.took_s < 4.0  # 1.8 s of patience, and a busy machine


@pytest.mark.parametrize(
    ("tool", "says"),
    [
        ("pinctrl", "12: a0    pd | lo // GPIO12 = PWM0_CHAN0"),
        ("raspi-gpio", "GPIO 12: level=0 alt=0 func=PWM0 pull=DOWN"),
    ],
)
def test_a_start_that_failed_does_not_take_the_pin_from_the_pwm(machine, tool, says):
    """The channel was never opened: the lamp is dark, and the pin's function must stay."""
    machine.chip(0, "fe20c000.pwm")
    machine.tool(tool, says)
    assert machine.lights_off() == []


def test_nor_does_libgpiod_which_cannot_tell(machine):
    machine.chip(0, "fe20c000.pwm")
    machine.tool("gpiodetect", "gpiochip0 [pinctrl-bcm2835] (54 lines)")
    machine.tool("gpioset")
    assert "gpioset" not in " ".join(machine.lights_off())


# -- what the box wrote before it opened its outputs -----------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "pins: {light: 13}\n",
        "pins: {light: +13}\n",
        "pins: {light: 13.0}\n",
        "pins: {light: 1_3}\n",
        "pins :\n  light : 13\n",
        '{"pins": {"light": 13}}\n',
    ],
)
def test_the_lamp_that_the_box_opens_goes_dark_however_its_settings_are_written(
    machine, monkeypatch, text
):
    file = machine.folder / "other.yaml"
    file.write_text(text)
    chip = machine.chip(2, "fe20c000.pwm", 0, 1)
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(machine.folder))
    pin = read_config(file).pins.light
    light = open_pwm_light(pin, -1, root=machine.pwm, announce=write_outputs)
    light.write(0.5, 0.0)
    assert machine.lights_off() == []
    assert (duty(chip, 0), duty(chip, 1)) == ("400000", "0")


def test_the_outputs_that_were_written_are_the_ones_whatever_the_settings_say(machine):
    chip = machine.chip(0, "odd.pwm", 0, 2)
    other = machine.chip(1, "fe20c000.pwm", 0)
    machine.tool("pinctrl")
    machine.outputs.write_text("12 0 2\n17 -1 -1\n")
    assert machine.lights_off() == ["pinctrl set 17 op dl"]
    assert (duty(chip, 0), duty(chip, 2), duty(other, 0)) == ("400000", "0", "400000")


def test_a_channel_that_cannot_be_written_leaves_the_pin(machine):
    machine.tool("pinctrl")
    machine.outputs.write_text("12 0 0\n")
    assert machine.lights_off("pins: {light: 18}\n") == ["pinctrl set 12 op dl"]


def test_a_box_without_a_lamp_has_nothing_to_put_out(machine, monkeypatch):
    machine.tool("pinctrl")
    monkeypatch.setenv("RUNTIME_DIRECTORY", str(machine.folder))
    write_outputs({})
    assert machine.lights_off() == []


@pytest.mark.parametrize(
    "written",
    [
        *("13 0\n", "13 0 1 0\n", "28 0 1\n", "-1 0 1\n", "13.0 0 1\n", "13 0 ../1\n", ""),
        *("13 $(reboot) 1\n", "13 0 1\n17 -1 -1\n18 -1 -1\n", "13 0 1" + "9" * 500, "; reboot\n"),
    ],
)
def test_odd_outputs_count_as_none_and_the_settings_are_read(machine, written):
    chip = machine.chip(0, "fe20c000.pwm", 0, 1)
    machine.outputs.write_text(written)
    assert machine.lights_off() == []
    assert (duty(chip, 0), duty(chip, 1)) == ("0", "400000")


@pytest.mark.parametrize("kind", ["link", "folder", "fifo"])
def test_root_follows_no_link_and_waits_for_nobody(machine, kind):
    chip = machine.chip(0, "fe20c000.pwm", 0, 1)
    if kind == "link":
        (machine.folder / "elsewhere").write_text("13 0 1\n")
        machine.outputs.symlink_to("elsewhere")
    elif kind == "folder":
        machine.outputs.mkdir()
    else:
        os.mkfifo(machine.outputs)
    machine.lights_off()
    assert (duty(chip, 0), duty(chip, 1)) == ("0", "400000")
