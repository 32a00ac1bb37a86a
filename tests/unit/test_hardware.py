"""One contract for pins that exist in memory and for gpiozero's mock pins; the kernel's PWM
on a folder that looks like /sys/class/pwm; which board this is."""

import os
import sys
import threading
import time
import types

import pytest
from gpiozero import Device
from gpiozero.pins.mock import MockFactory, MockPWMPin

from nidra_box.config import Config, Pins
from nidra_box.hardware import gpio, opening
from nidra_box.hardware.board import ButtonHeld, NoHeader, NotAPi, find_board, revision
from nidra_box.hardware.gpio import GpioInputs, GpioLight, NoLight, in_percents, open_factory
from nidra_box.hardware.opening import in_time
from nidra_box.hardware.ports import Edge
from nidra_box.hardware.pwm import find_chip, open_pwm_light
from nidra_box.session.events import Hold, Press, PushTurn, Turn
from nidra_box.session.hands import BUTTON, KNOB_A, KNOB_B, LINES, PUSH, Hands
from nidra_box.session.knob import Knob
from nidra_box.studio.nights.simulated import (
    SimulatedInputs,
    SimulatedLight,
    button_edges,
    knob_edges,
)

PINS = Pins(knob_push=17)
NUMBERS = {BUTTON: 23, PUSH: 17, KNOB_A: 22, KNOB_B: 27}


class Simulated:
    """The simulated pins as a bench."""

    def __init__(self):
        self.edges = []
        self.inputs = SimulatedInputs(self.edges.append)
        self.light = SimulatedLight()

    def move(self, line, closed):
        self.inputs.set(line, closed, time.monotonic())

    def shown(self):
        return self.light.amber, self.light.red

    def finish(self):
        self.inputs.close()
        self.light.close()


class Mocked:
    """gpiozero's mock pins as a bench: driven from a second thread, as lgpio would."""

    def __init__(self):
        self.edges = []
        self.factory = MockFactory(pin_class=MockPWMPin)
        self.inputs = GpioInputs(self.factory, PINS, self.edges.append, time.monotonic)
        self.light = GpioLight(self.factory, 12, 13)

    def move(self, line, closed):
        pin = self.factory.pin(NUMBERS[line])
        drive = pin.drive_low if closed else pin.drive_high
        thread = threading.Thread(target=drive)
        thread.start()
        thread.join()

    def shown(self):
        return self.factory.pin(12).state, self.factory.pin(13).state

    def finish(self):
        self.inputs.close()
        self.light.close()
        self.factory.close()


@pytest.fixture(params=[Simulated, Mocked], ids=["simulated", "gpiozero"])
def bench(request):
    made = request.param()
    yield made
    made.finish()


class TestInputs:
    """What both must do."""

    def test_every_line_is_open_at_rest(self, bench):
        assert bench.inputs.closed() == dict.fromkeys(LINES, False)
        assert bench.inputs.is_alive()
        assert bench.inputs.complaints() == []

    @pytest.mark.parametrize("line", LINES)
    def test_every_edge_is_posted_once_with_its_time(self, bench, line):
        before = time.monotonic()
        for closed in (True, False, True):
            bench.move(line, closed)
        after = time.monotonic()
        assert [(e.line, e.closed) for e in bench.edges] == [
            (line, True),
            (line, False),
            (line, True),
        ]
        assert all(before <= e.at <= after for e in bench.edges)
        assert bench.inputs.closed()[line] is True

    def test_a_level_that_stays_is_no_edge(self, bench):
        bench.move(BUTTON, True)
        bench.move(BUTTON, True)
        assert len(bench.edges) == 1

    def test_nothing_is_posted_after_close(self, bench):
        bench.inputs.close()
        bench.move(BUTTON, True)
        assert bench.edges == []
        bench.inputs.close()

    def test_a_press_of_a_hand_is_a_press_of_the_session(self, bench):
        hands = Hands()
        hands.starts(time.monotonic(), bench.inputs.closed())
        bench.move(BUTTON, True)
        edge = bench.edges[0]
        hands.edge(edge.at, edge.line, edge.closed)
        assert [type(m) for m in hands.due(edge.at + 0.01)] == [Press]
        assert [type(m) for m in hands.due(edge.at + 0.9)] == [Hold]


@pytest.mark.parametrize("wanted", [percent / 100 for percent in range(101)])
def test_every_percent_is_what_lgpio_gets(wanted):
    assert int(in_percents(wanted) * 100) == round(wanted * 100)
    assert 0.0 <= in_percents(wanted) <= 1.0


def test_a_lamp_that_is_lit_at_all_gets_the_smallest_step():
    assert int(in_percents(1e-4) * 100) == 1
    assert in_percents(0.0) == in_percents(-1.0) == 0.0
    assert in_percents(7.0) == 1.0


class TestLight:
    @pytest.mark.parametrize("duty", [(0.0, 0.0), (0.25, 0.0), (0.0, 1.0), (0.0011, 0.5)])
    def test_duty_cycles_are_shown(self, bench, duty):
        bench.light.write(*duty)
        assert bench.shown() == pytest.approx(duty)

    def test_duty_cycles_are_clamped(self, bench):
        bench.light.write(1.5, -0.5)
        assert bench.shown() == (1.0, 0.0)

    def test_close_is_dark(self, bench):
        bench.light.write(0.7, 0.7)
        bench.light.close()
        assert not any(bench.shown())


def test_one_led_shows_every_colour():
    factory = MockFactory(pin_class=MockPWMPin)
    light = GpioLight(factory, 12)
    light.write(0.25, 0.25)
    assert factory.pin(12).state == pytest.approx(0.5)
    light.close()


def test_a_pin_that_is_taken_stops_only_itself():
    factory = MockFactory(pin_class=MockPWMPin)
    held = GpioLight(factory, 23)
    inputs = GpioInputs(factory, PINS, lambda edge: None, time.monotonic)
    assert BUTTON not in inputs.closed()
    assert set(inputs.closed()) == {PUSH, KNOB_A, KNOB_B}
    assert len(inputs.complaints()) == 1
    assert "button on GPIO23" in inputs.complaints()[0]
    with pytest.raises(OSError, match="GPIO22"):
        GpioLight(factory, 22)
    held.close()
    inputs.close()


class Busy(MockFactory):
    """Another program holds some lines of the header."""

    held = ()

    def pin(self, name):
        if name in self.held:
            raise OSError(16, "GPIO busy")  # as lgpio.error says it
        return super().pin(name)


def test_a_button_that_another_program_holds_is_no_box():
    factory = Busy(pin_class=MockPWMPin)
    factory.held = (23,)
    with pytest.raises(ButtonHeld, match=r"^GPIO23 is held by another program$"):
        GpioInputs(factory, PINS, lambda edge: None, time.monotonic)


def test_a_knob_that_another_program_holds_is_a_complaint():
    factory = Busy(pin_class=MockPWMPin)
    factory.held = (22,)
    inputs = GpioInputs(factory, PINS, lambda edge: None, time.monotonic)
    assert "knob a on GPIO22" in inputs.complaints()[0]
    assert set(inputs.closed()) == {BUTTON, PUSH, KNOB_B}
    inputs.close()


def test_pins_that_are_not_connected_are_not_opened():
    factory = MockFactory(pin_class=MockPWMPin)
    inputs = GpioInputs(factory, Pins(knob_a=-1, knob_b=-1), lambda edge: None, time.monotonic)
    assert set(inputs.closed()) == {BUTTON}
    inputs.close()


def test_what_a_hand_does_while_the_lamp_is_waited_for_is_not_played_afterwards(monkeypatch):
    factory, posted = MockFactory(pin_class=MockPWMPin), []

    def press():
        factory.pin(PINS.button).drive_low()
        factory.pin(PINS.button).drive_high()

    def slow_lamp(config, factory, patience_s, sleep, announce):
        press()
        press()
        return NoLight("still waiting")

    monkeypatch.setattr(gpio, "open_factory", lambda: factory)
    monkeypatch.setattr(opening, "open_light", slow_lamp)
    inbox = types.SimpleNamespace(post=posted.append, sleep=lambda seconds: None)
    inputs, _ = opening.open_pins(Config(), inbox.post, lambda: 1.0, inbox.sleep)
    assert posted == []
    press()
    assert len(posted) == 2
    inputs.close()


def test_a_failing_lamp_raises_an_os_error():
    light = SimulatedLight(fails=True)
    with pytest.raises(OSError, match="does not answer"):
        light.write(0.1, 0.1)
    NoLight("why").write(1.0, 1.0)
    assert "why" in NoLight("why").name


def test_simulated_hands_make_the_gestures_they_say():
    hands = Hands(Knob(4))
    hands.starts(0.0, {})
    meanings = []
    for edge in [*button_edges(1.0, 0.1), *knob_edges(2.0, -3)]:
        meanings += hands.edge(edge.at, edge.line, edge.closed)
    assert [type(m) for m in meanings] == [Press, Turn, Turn, Turn]
    assert all(m.steps == -1 for m in meanings[1:])
    hands.edge(5.0, PUSH, True)
    meanings = hands.due(5.1)
    for edge in knob_edges(5.2, 2):
        meanings += hands.edge(edge.at, edge.line, edge.closed)
    assert [type(m) for m in meanings][1:] == [PushTurn, PushTurn]


# -- the kernel's PWM ------------------------------------------------------------------------


def pwm_folder(root, number=0, device="fe20c000.pwm", channels=(0, 1), exported=True):
    chip = root / f"pwmchip{number}"
    (root / "devices" / device).mkdir(parents=True, exist_ok=True)
    chip.mkdir()
    (chip / "device").symlink_to(f"../devices/{device}")
    (chip / "export").write_text("")
    for channel in channels if exported else ():
        export(chip, channel)
    return chip


def export(chip, channel):
    folder = chip / f"pwm{channel}"
    folder.mkdir()
    for name in ("period", "duty_cycle", "enable"):
        (folder / name).write_text("0")


def value(path):
    return int(path.read_text().split()[0])


def test_the_chip_is_found_by_its_device_not_its_number(tmp_path):
    pwm_folder(tmp_path, 0, "soc:fan")
    pi4 = pwm_folder(tmp_path, 2, "fe20c000.pwm")
    assert find_chip(tmp_path) == pi4
    assert find_chip(tmp_path, "1f00098000.pwm") is None
    pi5 = pwm_folder(tmp_path, 1, "1f00098000.pwm")
    assert find_chip(tmp_path, "1f00098000.pwm") == pi5


def test_the_lamp_on_kernel_pwm(tmp_path):
    chip = pwm_folder(tmp_path)
    light = open_pwm_light(12, 13, root=tmp_path)
    for channel in (0, 1):
        assert value(chip / f"pwm{channel}" / "period") == 800_000
        assert value(chip / f"pwm{channel}" / "enable") == 1
    light.write(0.5, 0.001)
    assert value(chip / "pwm0" / "duty_cycle") == 400_000
    assert value(chip / "pwm1" / "duty_cycle") == 800
    light.write(1.0, 0.0)
    assert value(chip / "pwm1" / "duty_cycle") == 0
    light.close()
    assert value(chip / "pwm0" / "duty_cycle") == 0


def test_one_led_on_kernel_pwm_shows_both_colours(tmp_path):
    chip = pwm_folder(tmp_path)
    light = open_pwm_light(12, -1, root=tmp_path)
    light.write(0.25, 0.5)
    assert value(chip / "pwm0" / "duty_cycle") == 600_000
    light.close()


def test_a_channel_is_exported_and_its_permissions_are_awaited(tmp_path):
    chip = pwm_folder(tmp_path, exported=False)
    from nidra_box.hardware.pwm import PwmLight

    waits = []

    def udev(seconds):
        waits.append(seconds)
        if len(waits) == 3:
            assert (chip / "export").read_text() == "0"
            export(chip, 0)

    PwmLight(chip, 0, sleep=udev).close()
    assert len(waits) == 3
    with pytest.raises(OSError, match="no permission to write pwm1/period after 2 seconds"):
        PwmLight(chip, 1, sleep=lambda seconds: None)


def test_at_boot_the_chip_itself_may_be_opened_late(tmp_path):
    """Who takes the pin as a plain one meanwhile takes it from the PWM until the next boot."""
    chip = pwm_folder(tmp_path, exported=False)
    (chip / "export").unlink()
    from nidra_box.hardware.pwm import PwmLight

    waited = []

    def udev(seconds):
        waited.append(seconds)
        if sum(waited) > 15.0 and not (chip / "export").exists():
            (chip / "export").write_text("")
        elif (chip / "export").exists() and not (chip / "pwm0").exists():
            export(chip, 0)

    PwmLight(chip, 0, patience_s=20.0, sleep=udev).close()
    assert 15.0 < sum(waited) < 16.0
    (chip / "export").unlink()
    with pytest.raises(OSError, match="no permission to write pwmchip0/export after 20 seconds"):
        PwmLight(chip, 1, patience_s=20.0, sleep=lambda seconds: None)


def test_all_waits_of_a_lamp_together_are_no_longer_than_its_patience(tmp_path):
    chip = pwm_folder(tmp_path, exported=False)
    from nidra_box.hardware.pwm import PwmLight

    waited = []

    def udev(seconds):
        waited.append(seconds)
        if sum(waited) > 15.0 and not (chip / "pwm0").exists():
            export(chip, 0)

    with pytest.raises(OSError, match="pwm1/period after 20 seconds"):
        PwmLight(chip, 0, 1, patience_s=20.0, sleep=udev)
    assert sum(waited) == pytest.approx(20.0, abs=0.1)


def test_what_the_sandbox_keeps_shut_is_not_waited_for(tmp_path, monkeypatch):
    chip = pwm_folder(tmp_path, exported=False)
    (chip / "export").unlink()
    from nidra_box.hardware import pwm

    monkeypatch.setattr(pwm, "_is_read_only", lambda folder: folder == chip)
    with pytest.raises(OSError, match="pwmchip0/export is read-only for this service"):
        pwm.PwmLight(chip, 0, sleep=lambda seconds: pytest.fail("it waited"))


def test_what_is_missing_is_said_with_the_mend(tmp_path):
    with pytest.raises(OSError, match="dtoverlay=pwm,pin=12,func=4"):
        open_pwm_light(12, -1, root=tmp_path)
    with pytest.raises(OSError, match="dtoverlay=pwm-2chan,pin=18,func=2,pin2=19,func2=2"):
        open_pwm_light(18, 19, root=tmp_path)
    pwm_folder(tmp_path)
    with pytest.raises(OSError, match="GPIO6 has no hardware PWM"):
        open_pwm_light(12, 6, root=tmp_path)
    with pytest.raises(OSError, match="GPIO5 has no hardware PWM"):
        open_pwm_light(5, -1, root=tmp_path)


@pytest.mark.parametrize(("broken", "other"), [("_amber", "pwm1"), ("_red", "pwm0")])
def test_one_of_two_leds_that_cannot_be_closed_leaves_the_other_dark(tmp_path, broken, other):
    chip = pwm_folder(tmp_path)
    light = open_pwm_light(12, 13, root=tmp_path)
    light.write(0.5, 0.5)
    os.close(getattr(light, broken)._duty)
    with pytest.raises(OSError, match="Bad file descriptor"):
        light.close()
    assert value(chip / other / "duty_cycle") == 0


def test_the_pi_5_has_its_own_channels(tmp_path):
    chip = pwm_folder(tmp_path, 0, "1f00098000.pwm", channels=(0, 1, 2, 3))
    light = open_pwm_light(12, 13, root=tmp_path)
    light.write(0.0, 1.0)
    assert value(chip / "pwm1" / "duty_cycle") == 800_000
    light.close()


# -- which board -----------------------------------------------------------------------------


def fake_root(tmp_path, code="a02082", where="cpuinfo"):
    (tmp_path / "proc").mkdir(exist_ok=True)
    if where == "cpuinfo":
        (tmp_path / "proc/cpuinfo").write_text(
            f"processor\t: 0\nHardware\t: BCM2835\nRevision\t: {code}\n"
        )
    else:
        folder = tmp_path / "proc/device-tree/system"
        folder.mkdir(parents=True)
        (folder / "linux,revision").write_bytes(int(code, 16).to_bytes(4, "big"))
    return tmp_path


@pytest.mark.parametrize("where", ["cpuinfo", "tree"])
def test_the_revision_is_read(tmp_path, where):
    assert revision(fake_root(tmp_path, "c03115", where)) == 0xC03115


@pytest.mark.parametrize(
    ("labels", "chip"),
    [
        ({0: "gpio-brcmstb", 4: "pinctrl-rp1", 10: "gpio-brcmstb"}, 4),
        ({11: "pinctrl-rp1", 0: "other"}, 11),
        ({0: "pinctrl-bcm2711"}, 0),
        ({1: "raspberrypi-exp-gpio", 0: "pinctrl-bcm2835"}, 0),
    ],
)
def test_the_header_is_found_by_its_label(tmp_path, labels, chip):
    assert find_board(lambda: labels, fake_root(tmp_path)).chip == chip


def test_what_is_not_a_pi_is_told_what_to_do(tmp_path):
    with pytest.raises(NotAPi, match="nidra-box simulate"):
        find_board(dict, tmp_path)
    with pytest.raises(NoHeader, match="gpiochip3 'strange'"):
        find_board(lambda: {3: "strange"}, fake_root(tmp_path))


def test_the_factory_is_never_gpiozero_s_own_choice(monkeypatch):
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "native")
    with pytest.raises(NotAPi, match="no PWM"):
        open_factory()
    monkeypatch.setenv("GPIOZERO_PIN_FACTORY", "mock")
    monkeypatch.setenv("GPIOZERO_MOCK_PIN_CLASS", "mockpwmpin")
    monkeypatch.setattr(Device, "pin_factory", None)
    assert isinstance(open_factory(), MockFactory)
    monkeypatch.delenv("GPIOZERO_PIN_FACTORY")
    if revision() is None:
        with pytest.raises(NotAPi, match="not a Raspberry Pi"):
            open_factory()


class FakeLgpio(types.ModuleType):
    """Enough of lgpio for gpiozero's pins on it."""

    SET_PULL_NONE = SET_PULL_UP = SET_PULL_DOWN = 0
    RISING_EDGE, FALLING_EDGE, BOTH_EDGES = 1, 2, 3

    def __init__(self, chips):
        super().__init__("lgpio")
        self.chips = chips
        self.error = type("error", (Exception,), {})

    def gpiochip_open(self, number):
        if number not in self.chips:
            raise self.error("can not open gpiochip")
        return 100 + number

    def gpiochip_close(self, handle):
        pass


@pytest.fixture
def chips(monkeypatch):
    """The numbers of the chips that lgpio can open."""
    there = set()
    monkeypatch.setitem(sys.modules, "lgpio", FakeLgpio(there))
    sys.modules.pop("gpiozero.pins.lgpio", None)
    yield there
    sys.modules.pop("gpiozero.pins.lgpio", None)  # it knows the fake one


def test_the_header_s_chip_is_opened_whatever_gpiozero_would_open(chips, monkeypatch):
    chips.add(11)
    from gpiozero.pins.lgpio import LGPIOFactory

    # As gpiozero 2.0.1 does on all but a Pi 5.
    monkeypatch.setattr(
        LGPIOFactory, "__init__", lambda self, chip=None: sys.modules["lgpio"].gpiochip_open(0)
    )
    factory = gpio._factory_on(11)
    assert isinstance(factory, LGPIOFactory)
    assert (factory.chip, factory._handle) == (11, 111)
    factory.close()


def test_a_chip_that_may_not_be_opened_yet_is_waited_for(chips):
    with pytest.raises(NoHeader, match="gpiochip4"):
        gpio._factory_on(4)


def test_an_edge_is_frozen():
    with pytest.raises(AttributeError):
        Edge(1.0, BUTTON, True).at = 2.0
    assert os.name == "posix"


def test_a_header_that_comes_after_us_is_waited_for():
    naps = []

    def factory():
        if len(naps) < 7:
            raise NoHeader("not yet")
        return "the pins"

    assert in_time(factory, naps.append) == "the pins"
    assert sum(naps) == 7 * 0.25


def test_a_header_that_never_comes_is_not_waited_for_for_ever():
    naps = []

    def factory():
        raise NoHeader("none")

    with pytest.raises(NoHeader):
        in_time(factory, naps.append)
    assert sum(naps) == 20.0


def test_a_machine_without_a_header_is_not_waited_for():
    def factory():
        raise NotAPi("a laptop")

    with pytest.raises(NotAPi, match="a laptop"):
        in_time(factory, lambda _: pytest.fail("it waits"))
