"""Faults put into a box on purpose: what the checker of the seven promises has to find.

Each is built as a faulty part that takes the place of a good one (the card, the lamp, the
inbox, the shelf of programmes); the loop, the session and the checker stay as they are. With
each comes the night that shows it at its plainest.

    python -m tests.nights.random_nights --plant light-left-on --nights 50
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from nidra_box.appliance.loop import Loop
from nidra_box.config import Config, TimerSettings, VolumeSettings
from nidra_box.light.lamp import Lamp
from nidra_box.score.curves import Curve
from nidra_box.session.events import NotYet, Phase, SetVolume, StartSound, StopSound, WindDown
from nidra_box.sound.mix.levels import Ramp
from nidra_box.sound.mix.state import apply
from nidra_box.sound.port import command_of
from nidra_box.studio.nights.sound import VirtualSound
from nidra_box.studio.nights.world import World


@dataclass(frozen=True)
class Planted:
    """A fault: what is wrong in a person's words, the promise it breaks, how it gets into a
    world, and a night (its acts, programmes and configuration) that shows it. The programmes
    are those of `random_nights.Shelf`."""

    name: str
    wrong: str
    promise: int
    plant: Callable[[World], None]
    night: str
    programmes: tuple[str, ...] = ("small",)
    config: Config = field(default_factory=Config)


# -- sound -------------------------------------------------------------------------------------


class JumpingSound(VirtualSound):
    """The knob sets the gain itself: no limit on the rise stands between hand and ear."""

    def do(self, effect, score, now):
        super().do(effect, score, now)
        if isinstance(effect, SetVolume):
            unlimited = (
                replace(playback, levels=tuple((layer, 0.0) for layer, _ in playback.levels))
                for playback in self.state.playbacks
            )
            self.state = replace(self.state, playbacks=tuple(unlimited))


class FullAtTrackChange(VirtualSound):
    """A mixer whose channels are at full volume whenever something new is played on them, and
    nobody who sets them again (this is what pygame's `Channel.play` does)."""

    def do(self, effect, score, now):
        change = isinstance(effect, StartSound) and bool(self.state.playbacks)
        super().do(effect, score, now)
        if change:
            super().do(SetVolume(0.0), None, now)


class SoundThatStays(VirtualSound):
    """A stop that never reaches the mixer."""

    def do(self, effect, score, now):
        if not isinstance(effect, StopSound):
            super().do(effect, score, now)


class CutOff(VirtualSound):
    """A stop that drops the sound where it is, with a click, as `Channel.stop` does."""

    def do(self, effect, score, now):
        super().do(StopSound(0.0) if isinstance(effect, StopSound) else effect, score, now)


class CountingFade(VirtualSound):
    """A wind-down that counts passes: it takes one step in every pass of the loop, and its
    step is right for a loop that turns ten times a second. It sees to ten itself; whatever
    else turns the loop, as a breathing lamp does, makes the fade run faster."""

    PASSES_PER_S = 10.0
    step_db, step_at = 0.0, math.inf

    def do(self, effect, score, now):
        if isinstance(effect, WindDown) and self.is_open:
            straight = apply(self.state, command_of(effect, None, now)).fade
            passes = (effect.ends_at - now) * self.PASSES_PER_S
            self.step_db, self.step_at = (straight.from_db - straight.to_db) / passes, now
            return
        if isinstance(effect, NotYet | StartSound | StopSound):
            self.step_db, self.step_at = 0.0, math.inf
        super().do(effect, score, now)

    def passed(self, now):
        """Called once in every pass."""
        if self.step_db:
            self.trace_until(now)
            lower = Ramp.constant(self.state.fade.to_db - self.step_db)
            self.state = replace(self.state, fade=lower)

    def next_at(self):
        return min(super().next_at(), self.step_at)

    def work(self, now):
        if now >= self.step_at:
            self.step_at = now + 1.0 / self.PASSES_PER_S
        return super().work(now)


class TwelveStepFade(VirtualSound):
    """A wind-down in twelve fixed steps, as a chain of thread timers makes it."""

    STEPS = 12
    _next, _left = math.inf, ()

    def do(self, effect, score, now):
        if isinstance(effect, WindDown) and self.is_open:
            straight = apply(self.state, command_of(effect, None, now)).fade
            every_s = (effect.ends_at - now) / self.STEPS
            self._left = [
                (now + n * every_s, straight.to_db * n / self.STEPS)
                for n in range(1, self.STEPS + 1)
            ]
            return
        if isinstance(effect, NotYet | StartSound | StopSound):
            self._left = []
        super().do(effect, score, now)

    def next_at(self):
        return min(super().next_at(), self._left[0][0] if self._left else math.inf)

    def work(self, now):
        while self._left and self._left[0][0] <= now:
            self.trace_until(now)
            self.state = replace(self.state, fade=Ramp.constant(self._left.pop(0)[1]))
        return super().work(now)


class SuddenReturn(VirtualSound):
    """A night that comes back by itself as fast as one that a hand has started."""

    def do(self, effect, score, now):
        if isinstance(effect, StartSound):
            effect = replace(effect, rise_s=0.0)
        super().do(effect, score, now)


class Unsoftened(VirtualSound):
    """A mixer that plays a recording as it is, whatever its record says."""

    def do(self, effect, score, now):
        if score is not None:
            bare = tuple(replace(track, softening=None) for track in score.tracks)
            score = replace(score, tracks=bare)
        super().do(effect, score, now)


class LongFade(VirtualSound):
    """A fade that takes twice the time it has: the timer cuts the sound off half-way."""

    SHARE = 2.0

    def do(self, effect, score, now):
        if isinstance(effect, WindDown):
            length_s = effect.ends_at - effect.began_at
            effect = WindDown(effect.began_at, effect.began_at + self.SHARE * length_s)
        super().do(effect, score, now)


class ShortFade(LongFade):
    """A fade that is over before the timer is: nobody hears the rest of their time."""

    SHARE = 0.5


# -- light -------------------------------------------------------------------------------------


class LampThatStaysLit(Lamp):
    """A lamp that does not hear of a stop: whatever it showed, it goes on showing."""

    def due(self, session, score, at):
        if session.phase is Phase.IDLE and self.written.lightness > 0.0:
            self.next_at = math.inf
            return None
        return super().due(session, score, at)


class LampWithoutSteps(Lamp):
    """A lamp that goes to whatever is wanted in one write."""

    def _towards(self, level):
        return level


class NightLights:
    """A shelf of programmes whose sleep stages keep a small light on, which no rule refused."""

    LIGHTNESS = 4.0

    def __init__(self, shelf):
        self.shelf = shelf

    def load(self, programme):
        outline = self.shelf.load(programme)
        score = outline.score
        glow = Curve((0.0,), (self.LIGHTNESS,))
        if any(stage.is_sleep for stage in score.stages):
            score = replace(score, light=replace(score.light, floor=glow))
        return replace(outline, score=score)


# -- how each gets in --------------------------------------------------------------------------


@dataclass
class EachPass:
    """An inbox that tells of every pass of the loop."""

    inbox: object
    tell: Callable[[], None]

    @property
    def waited_from(self):
        return self.inbox.waited_from

    def post(self, item):
        self.inbox.post(item)

    def wait(self, until):
        items = self.inbox.wait(until)
        self.tell()
        return items


def _sound(kind):
    def plant(world):
        world.sound = kind(plugged=world.sound.plugged)

    return plant


def _counting_fade(world):
    world.sound = sound = CountingFade(plugged=world.sound.plugged)

    def tamper(loop: Loop):
        loop.ports.inbox = EachPass(loop.ports.inbox, lambda: sound.passed(world.clock.now()))

    world.tamper = tamper


def _lamp(kind):
    def plant(world):
        def tamper(loop: Loop):
            loop.light.lamp = kind()

        world.tamper = tamper

    return plant


def _always_returns(world):
    """Whatever the settings say, a night that was cut off goes on when the power is back."""

    def tamper(loop: Loop):
        session = loop.course.session
        settings = replace(session.settings, resume_after_power_loss=True)
        loop.course.session = replace(session, settings=settings)

    world.tamper = tamper


def _returns_after_stop(world):
    """A stop is not remembered: the state on the card goes on saying that it plays."""

    class Forgetful(type(world.store)):
        def save(self, memory):
            if memory.was_playing:
                super().save(memory)

    world.store = Forgetful()


def _night_lights(world):
    world.catalogue = NightLights(world.catalogue)


RETURNING = Config(resume_after_power_loss=True)
TIMED = Config(timer=TimerSettings(minutes=2.5, wind_down_minutes=1.0))

FAULTS = {
    fault.name: fault
    for fault in (
        Planted(
            "volume-jumps",
            "a turn of the knob is a jump in volume, without the limit on its rise",
            1,
            _sound(JumpingSound),
            "0:00:05 press\n0:01:30 turn +1\n0:02:30 hold\n0:12:00 end",
            config=Config(volume=VolumeSettings(step_db=6.0)),
        ),
        Planted(
            "ceiling-forgotten",
            "the ceiling is not applied after a track change",
            2,
            _sound(FullAtTrackChange),
            "0:00:05 press\n0:00:50 double\n0:02:30 hold\n0:12:00 end",
            ("small", "tape.flac"),
            Config(volume=VolumeSettings(ceiling_db=-6.0)),
        ),
        Planted(
            "sound-left-on",
            "a stop does not reach the sound, which plays on",
            3,
            _sound(SoundThatStays),
            "0:00:05 press\n0:01:30 hold\n0:12:00 end",
        ),
        Planted(
            "light-left-on",
            "the lamp stays as it was when the box is stopped",
            3,
            _lamp(LampThatStaysLit),
            "0:00:05 press\n0:02:00 hold   # in the wind-down, the lamp is lit\n0:12:00 end",
            config=TIMED,
        ),
        Planted(
            "plays-by-itself",
            "the power comes back and the night goes on, though nobody wants that",
            3,
            _always_returns,
            "0:00:05 press\n0:02:00 cut power\n0:03:00 power\n0:30:00 end",
        ),
        Planted(
            "returns-after-stop",
            "a stop is not remembered: a night that was ended comes back with the power",
            3,
            _returns_after_stop,
            "0:00:05 press\n0:02:00 hold\n0:02:30 cut power\n0:03:00 power\n0:30:00 end",
            config=RETURNING,
        ),
        Planted(
            "sudden-return",
            "a night that comes back by itself does not come softly",
            1,
            _sound(SuddenReturn),
            "0:00:05 press\n0:02:00 cut power\n0:03:00 power\n0:30:00 end",
            config=RETURNING,
        ),
        Planted(
            "softening-forgotten",
            "a bell in the dark part of a recording is heard as it is",
            1,
            _sound(Unsoftened),
            "0:00:05 press\n0:40:00 hold\n0:45:00 end",
            ("0123456789ab",),
        ),
        Planted(
            "fade-counts-passes",
            "the timer's fade goes by passes of the loop, not by time",
            4,
            _counting_fade,
            "0:00:05 press\n0:12:00 end",
            ("lower-back-night",),
            Config(timer=TimerSettings(minutes=6.0)),
        ),
        Planted(
            "fade-in-steps",
            "the timer's fade goes down in twelve steps",
            4,
            _sound(TwelveStepFade),
            "0:00:05 press\n0:12:00 end",
            config=TIMED,
        ),
        Planted(
            "fade-too-long",
            "the timer's fade has not ended when the timer has",
            5,
            _sound(LongFade),
            "0:00:05 press\n0:12:00 end",
            config=TIMED,
        ),
        Planted(
            "fade-too-short",
            "the timer's fade has ended long before the timer has",
            5,
            _sound(ShortFade),
            "0:00:05 press\n0:12:00 end",
            config=TIMED,
        ),
        Planted(
            "night-lit",
            "a small light stays on while people sleep",
            6,
            _night_lights,
            "0:00:05 press\n0:30:00 end",
        ),
        Planted(
            "lamp-jumps",
            "the lamp goes on and off at a stroke",
            6,
            _lamp(LampWithoutSteps),
            "0:00:05 press\n0:01:30 hold\n0:12:00 end",
        ),
        Planted(
            "stop-cuts-off",
            "a stop cuts the sound off without a fade",
            7,
            _sound(CutOff),
            "0:00:05 press\n0:01:30 hold\n0:12:00 end",
        ),
    )
}
