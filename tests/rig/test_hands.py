"""A press and a turn on the kernel's own lines: light, sound, and every step of the knob.

In steady guests: what is timed and heard is the box's doing, not that of the machine below."""

import numpy as np
import pytest

from nidra_box.light.lightness import lightness
from tests.rig.bedside import LOUD, RATE_HZ, TONE_HZ, Bedside

LIGHT_MS = 100.0
STEP_L = 0.5 + 0.01  # L*; the duty has 8,000 steps
WRITES_PER_S = 50


@pytest.fixture(scope="module")
def bedside(module_box):
    bedside = Bedside(module_box("hands", steady=True))
    bedside.put_tone()
    return bedside


def tone_db(recording, seconds=1.0):
    """The tone's level in the last `seconds`, dB under full scale of a sine."""
    part = recording.mono[-round(seconds * recording.rate) :]
    at = np.arange(len(part)) / recording.rate
    window = np.hanning(len(part))
    return 20 * np.log10(
        2 * abs(np.sum(part * window * np.exp(-2j * np.pi * TONE_HZ * at))) / window.sum() + 1e-9
    )


def settled(bedside, seconds=3.0):
    """The tone's level once the last turn has been heard."""
    bedside.sh(f"sleep {seconds}")
    return tone_db(bedside.heard(bedside.mark() - 1.5))


@pytest.mark.quick
def test_a_press_lights_the_lamp_and_begins_the_sound(bedside):
    bedside.configure("programmes: [lower-back-night]\n")
    took = []
    for _ in range(4):
        took.append(bedside.latency_ms())
        bedside.hold()
        bedside.sh("sleep 3")
        assert not bedside.is_lit()
    print(f"press to light: {took} ms of the guest")
    assert max(took) <= LIGHT_MS
    silent = bedside.mark()
    bedside.press()
    bedside.sh("sleep 6")
    assert not bedside.heard(silent - 1.0).sound[:RATE_HZ].any()
    assert np.abs(bedside.heard(silent).sound).max() > 0.0
    assert bedside.status()["phase"] == "playing"


@pytest.mark.quick
def test_forty_detents_are_forty_steps_both_ways(bedside):
    bedside.configure(LOUD + "programmes: [tone.flac]\nknob: {acceleration: 1}\n")
    bedside.press()
    after = settled(bedside, 12.0)  # from silence to -40 dB at no more than 6 dB a second
    for detents in (40, -40):
        before = after
        print(bedside.turn(detents))
        after = settled(bedside, 5.5)
        print(f"{detents} detents at 50/s: {before:.2f} dB to {after:.2f} dB")
        assert after - before == pytest.approx(detents * 0.5, abs=0.1)
    assert bedside.status()["volume_db"] == -40.0


def test_the_lamp_breathes_on_the_kernel_s_pwm_without_a_stair(bedside):
    bedside.configure("programmes: [lower-back-night]\n")
    bedside.press()
    written = bedside.light(25.0)[1:]
    at_s, levels = [at for at, _ in written], [lightness(duty) for _, duty in written]
    steps = np.abs(np.diff(levels))
    print(
        f"{len(written)} writes in {at_s[-1] - at_s[0]:.1f} s, L* {min(levels):.1f} to {max(levels):.1f}, "
        f"the largest step {steps.max():.3f}, the shortest time between two {np.diff(at_s).min():.4f} s"
    )
    assert bedside.status()["light"] == "the light on the kernel's PWM"
    assert steps.max() <= STEP_L
    assert len(written) <= WRITES_PER_S * 25.0
    assert max(levels) > 40.0  # of 45
    assert levels[0] < 10.0
    bedside.hold()
    bedside.sh("sleep 4")
    assert not bedside.is_lit()


def test_without_a_pwm_the_line_itself_is_driven(box):
    """The fallback, named in the status."""
    bedside = Bedside(box("hands-line", steady=True, append="rig.pwm=none"))
    took = bedside.latency_ms()
    print(f"press to light: {took} ms of the guest")
    assert took <= LIGHT_MS
    assert "software PWM" in bedside.status()["light"]
    bedside.hold()
    bedside.sh("sleep 4")
    assert not bedside.is_lit()


def test_on_a_pi_5_the_other_chip_is_found(box):
    """gpiozero itself would look for its chip 4, which a newer kernel does not have."""
    pi_5 = "rig.pi_revision=d04170 rig.gpio_label=pinctrl-rp1 rig.pwm=1f00098000.pwm"
    bedside = Bedside(box("hands-pi-5", steady=True, append=pi_5))
    took = bedside.latency_ms()
    print(f"press to light: {took} ms of the guest")
    assert took <= LIGHT_MS
    assert bedside.status()["light"] == "the light on the kernel's PWM"
    bedside.hold()
    bedside.sh("sleep 4")
    assert not bedside.is_lit()


@pytest.mark.parametrize("edges", [2, 1])
def test_a_knob_of_fewer_edges_moves_a_step_a_detent(bedside, edges):
    bedside.configure(
        LOUD + f"programmes: [tone.flac]\nknob: {{acceleration: 1, steps_per_detent: {edges}}}\n"
    )
    bedside.press()
    after = settled(bedside, 12.0)
    for detents in (40, -40):
        before = after
        bedside.turn(detents, edges=edges)
        after = settled(bedside, 5.5)
        print(f"{edges} edges a detent, {detents}: {before:.2f} dB to {after:.2f} dB")
        assert after - before == pytest.approx(detents * 0.5, abs=0.1)


def test_a_button_that_bounces_is_pressed_once(bedside):
    bedside.configure("programmes: [lower-back-night]\n")
    bedside.sh("sleep 1")
    bedside.sh(
        "python3 -c 'import rigpio; rigpio.wave("
        "rigpio.bounce(23, 0, 0, times=6, gap=800) + rigpio.bounce(23, 1, 120000, times=6, gap=800)"
        "); rigpio.release(23)'"
    )
    bedside.sh("sleep 2")
    assert bedside.status()["phase"] == "playing"
    assert sum(line.startswith("plays Lower Back") for line in bedside.diary()[-6:]) == 1
