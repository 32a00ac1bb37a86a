"""What was found of knob and button, a finding a line, with the mend. Pure."""

from __future__ import annotations

from typing import Any

from nidra_box.config import KnobSettings, Pins
from nidra_box.doctor.button import PRESSES, ButtonFound
from nidra_box.doctor.finding import Finding, ok, warning, wrong
from nidra_box.doctor.knob import STRAYS, Fault, KnobFound, Travel, Turned
from nidra_box.session.gestures import NOISE_EDGES, NOISE_WINDOW_S, RELEASE_S
from nidra_box.session.hands import KNOB_A, KNOB_B

LONG_BOUNCE_S = 0.008
"""Makers of encoders promise at most 2 to 5 ms; above this the contact is worn or dirty."""
_AGAIN = "once more: ten clicks to the right, then ten to the left, slowly"
_NO_SETTING = "there is no setting for it"


def settings_of(found: KnobFound) -> dict[str, Any] | None:
    """The two settings, when both are certain."""
    if found.steps_per_detent is None or found.reverse is None:
        return None
    return {"steps_per_detent": found.steps_per_detent, "reverse": found.reverse}


def line_of(settings: dict[str, Any]) -> str:
    """`knob: {steps_per_detent: 2, reverse: true}`."""
    inside = ", ".join(f"{key}: {value}" for key, value in yaml_of(settings).items())
    return f"knob: {{{inside}}}"


def yaml_of(settings: dict[str, Any]) -> dict[str, str]:
    return {key: str(value).lower() for key, value in settings.items()}


def knob_findings(
    found: KnobFound, right: Turned, left: Turned, pins: Pins, now: KnobSettings
) -> list[Finding]:
    """The knob: what it is, which way it turns, how its contacts behave."""
    if found.fault is not Fault.NONE:
        return [_fault(found, right, pins)]
    steps, clicks = found.steps_per_detent, (found.clicks(found.right), found.clicks(found.left))
    told = f"{steps} steps per detent ({clicks[0]} clicks to the right, {clicks[1]} to the left)"
    findings = [
        ok("knob", told + ("" if steps == now.steps_per_detent else ", not as in the settings")),
        ok(
            "direction",
            ("right is right with" if found.reverse == now.reverse else "right wants")
            + f" reverse: {str(found.reverse).lower()}",
        ),
    ]
    for name, pin, line, bounce_s in (
        ("knob A", pins.knob_a, KNOB_A, found.bounce_a_s),
        ("knob B", pins.knob_b, KNOB_B, found.bounce_b_s),
    ):
        changes = right.count(line) + left.count(line)
        text = f"GPIO{pin} changed {changes} times, bounce up to {bounce_s * 1000:.1f} ms"
        if bounce_s > LONG_BOUNCE_S:
            mend = f"once more (a busy computer adds to it); then 10 nF from GPIO{pin} to ground, "
            mend += f"or another knob; {_NO_SETTING}"
            findings.append(warning(name, text, mend))
        else:
            findings.append(ok(name, text))
    if found.strays > STRAYS:
        mend = "shorter wires away from the sound's, a firm ground; else another knob"
        findings.append(warning("steps", _strays(found.right, found.left), mend))
    return findings


def _strays(right: Travel, left: Travel) -> str:
    lost, backwards, noise = (
        getattr(right, name) + getattr(left, name) for name in ("lost", "backwards", "noise")
    )
    return f"{lost} lost, {backwards} backwards, {noise} that came to nothing"


def _fault(found: KnobFound, right: Turned, pins: Pins) -> Finding:
    a, b = f"GPIO{pins.knob_a}", f"GPIO{pins.knob_b}"
    if found.fault is Fault.STILL:
        if right.stuck(KNOB_A) and right.stuck(KNOB_B):
            return wrong("knob", f"{a} and {b} are closed all the time", _short(f"{a} or {b}"))
        mend = f"A to {a}, B to {b}, the encoder's middle pin (C) to ground"
        return wrong("knob", f"neither {a} (A) nor {b} (B) saw anything", mend)
    if found.fault in (Fault.A_DEAD, Fault.B_DEAD):
        name, pin, line = ("A", a, KNOB_A) if found.fault is Fault.A_DEAD else ("B", b, KNOB_B)
        if right.stuck(line):
            return wrong(f"knob {name}", f"{pin} is closed all the time", _short(pin))
        mend = f"the encoder's {name} to {pin}; the other contact works, so its ground is there"
        return wrong(f"knob {name}", f"{pin} saw nothing: its wire is off, or it is dead", mend)
    if found.fault is Fault.TOGETHER:
        mend = "look for a bridge between A and B; an encoder board with a + wants 3.3 V there"
        return wrong("knob", f"{a} and {b} move as one", mend)
    if found.fault is Fault.SAME_WAY:
        return wrong("knob", "both turns went the same way", _AGAIN)
    one, two = abs(found.right.quarters), abs(found.left.quarters)
    text = f"{one} steps to the right and {two} to the left do not make ten clicks each way"
    return wrong("knob", text, _AGAIN)


def _short(pin: str) -> str:
    return f"look for a short from {pin} to ground"


def button_finding(found: ButtonFound, pin: int) -> Finding:
    """The button: whether it is there, lets go, and bounces no longer than the box bridges."""
    subject, bounce_ms, bridged_ms = "button", found.bounce_s * 1000, RELEASE_S * 1000
    better = "100 nF across its legs, or another button"
    if found.held:
        mend = f"let go; {_short(f'GPIO{pin}')}, or turn a four-legged button by 90°"
        return wrong(subject, f"GPIO{pin} is closed all the time: held down?", mend)
    if not found.edges:
        mend = f"one leg to GPIO{pin}, the other to ground; turn a four-legged button by 90°"
        return wrong(subject, f"GPIO{pin} saw nothing", mend)
    if found.noisy:
        noise = f"over {NOISE_EDGES} changes in {NOISE_WINDOW_S:g} s: the box would not listen"
        return wrong(subject, noise, f"a firm ground and shorter wires; {better}")
    if found.too_long:
        text = f"bounces {bounce_ms:.0f} ms, the box bridges {bridged_ms:.0f}: a press may be two"
        return warning(subject, text, f"{better}; {_NO_SETTING}")
    if found.presses != PRESSES:
        text = f"{found.presses} presses were counted, {PRESSES} were asked for"
        return warning(subject, text, f"once more, firmly, a second apart; if it stays: {better}")
    bridged = f"bounce up to {bounce_ms:.1f} ms (the box bridges {bridged_ms:.0f})"
    return ok(subject, f"{PRESSES} presses, {bridged}")
