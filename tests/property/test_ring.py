"""The ring: what a card takes is what the offline mixdown gives, whatever a hand does and
however unevenly the owner's thread comes round."""

import math
import random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nidra_box.config import Config
from nidra_box.sound.mix.mixdown import mix
from nidra_box.sound.mix.state import Fade, FadeBack, MixState, Start, Stop, Volume, apply
from nidra_box.sound.ring import Ring
from nidra_box.units import RATE_HZ
from tests.support.decks import Time, VirtualDeck
from tests.support.sounds import ToneReader, bed_score, softened_score, track_score, window_db


def offline(log, frames, block, reader):
    """The same commands at the same frames, rendered without any ring."""
    state, parts, log = MixState(), [], list(log)
    while state.frame < frames:
        while log and log[0][0] <= state.frame:
            state = apply(state, log.pop(0)[1])
        pcm, state = mix(state, block, reader)
        parts.append(pcm)
    return np.concatenate(parts)[:frames]


def run(commands, seconds, seed=0, pace=1.0, jitter_s=0.0, slow_s=0.002, buffers=24, held_up=0.0):
    """A ring in virtual time. `commands` are (seconds, command); a pass takes up to
    `slow_s`; the card is held up once in twenty-five buffers, by up to `held_up` seconds.
    Returns (ring, deck)."""
    rng = random.Random(seed)
    time = Time()
    deck = VirtualDeck(
        time,
        pace=pace,
        buffers_per_slot=buffers,
        jitter=lambda: rng.uniform(0, jitter_s),
        held_up=lambda: rng.uniform(0, held_up) if rng.random() < 0.04 else 0.0,
    )
    ring = Ring(deck, ToneReader(), log=[])
    ring.open(time)
    begin = time.now
    pending = sorted(commands, key=lambda c: c[0])
    while time.now < begin + seconds:
        due = ring.next_at()
        if pending:
            due = min(due, begin + pending[0][0])
        time.now = max(time.now, due) + rng.uniform(0, 0.0003)
        while pending and begin + pending[0][0] <= time.now:
            ring.command(pending.pop(0)[1], time.now)
        ring.work(time.now)
        time.now += rng.uniform(0, slow_s)
    deck.advance()
    return ring, deck


def compare(ring, deck):
    heard = deck.heard()
    expected = offline(ring.log, len(heard), deck.buffer_frames, ToneReader())
    wrong = np.flatnonzero((heard != expected).any(axis=1))
    assert not len(wrong), f"{len(wrong)} frames differ, first {wrong[0]} of {len(heard)}"


TRACK, BED = track_score(), bed_score(clips=[(1.0, 1.5), (6.0, 2.0)])
SOFT = softened_score()
COMMANDS = st.one_of(
    st.builds(Volume, st.floats(-60, 0)),
    st.builds(Start, st.sampled_from([TRACK, BED, SOFT]), st.integers(0, 30 * RATE_HZ)),
    st.builds(Stop, st.sampled_from([0, RATE_HZ // 10, RATE_HZ * 3 // 2])),
    st.builds(Fade, st.integers(RATE_HZ, 20 * RATE_HZ)),
    st.builds(FadeBack, st.just(3 * RATE_HZ)),
)


@pytest.mark.slow
@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0.1, 7.5), COMMANDS), max_size=30),
    st.integers(0, 1000),
    st.sampled_from([0.984, 0.9999, 1.0, 1.0001, 1.016]),
    st.sampled_from([0.0, 0.004]),
    st.sampled_from([0.0, 0.0, 0.06]),
)
def test_what_is_taken_is_what_the_mixdown_gives(commands, seed, pace, jitter_s, held_up):
    ring, deck = run(commands, 8.0, seed, pace, jitter_s, held_up=held_up)
    compare(ring, deck)
    assert not ring.has_run_dry()
    assert ring.late_turns == 0


@pytest.mark.parametrize("late_s", [0.0, 0.05, 0.2])
def test_a_card_that_began_before_we_knew_it_loses_nothing(late_s):
    """The computer was busy while the card was being opened."""
    time = Time()

    class Opening(VirtualDeck):
        def open(self):
            super().open()
            time.now += late_s

    deck = Opening(time, buffers_per_slot=48)
    ring = Ring(deck, ToneReader(), log=[])
    ring.open(time)
    at = [time.now + x for x in (0.0, 0.01, 0.3, 0.9, 1.1, 2.0, 2.2)]
    ring.command(Start(TRACK, 0), time.now)
    while time.now < deck.began + 5.0:
        time.now = max(time.now, min([ring.next_at(), *at[:1]])) + 0.0005
        while at and at[0] <= time.now:
            ring.command(Volume(-float(len(at))), at.pop(0))
        ring.work(time.now)
    compare(ring, deck)


@pytest.mark.slow
def test_two_hundred_turns_of_the_knob_leave_no_trace():
    rng = random.Random(5)
    turns = [(rng.uniform(1, 19), Volume(rng.uniform(-40, 0))) for _ in range(200)]
    ring, deck = run([(0.3, Start(TRACK, 0)), *turns], 20.0, seed=5, jitter_s=0.002)
    compare(ring, deck)
    steps = np.abs(np.diff(deck.heard()[:, 0].astype(int)))
    material = 0.5 * 32767 * 2 * np.pi * 1000 / RATE_HZ
    assert steps.max() <= material


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(6))
def test_a_card_that_is_held_up_and_hurries_on_loses_nothing(seed):
    """The clock of the ring then runs back and forth by two buffers: no command may be undone
    by a later one, and nothing that was taken may be rewritten."""
    rng = random.Random(seed)
    turns = [(rng.uniform(1, 19), Volume(rng.uniform(-40, 0))) for _ in range(100)]
    ring, deck = run(
        [(0.3, Start(TRACK, 0)), *turns], 20.0, seed, pace=1.016, held_up=0.06, buffers=48
    )
    compare(ring, deck)
    frames = [frame for frame, _ in ring.log]
    assert frames == sorted(frames)


@pytest.mark.slow
def test_a_command_is_heard_within_three_device_buffers():
    for seed in range(20):
        at = 3.0 + seed * 0.037
        ring, deck = run([(0.1, Start(TRACK, 0)), (at, Volume(-50.0))], at + 0.5, seed=seed)
        frame, _ = ring.log[-1]
        taken_at_command = round(at * RATE_HZ)
        assert 0 <= frame - taken_at_command <= 3.2 * deck.buffer_frames


@pytest.mark.slow
def test_a_slow_computer_still_has_a_second_in_hand():
    """Half a second in which nobody comes round: nothing is lost, nothing repeated."""
    time = Time()
    deck = VirtualDeck(time, buffers_per_slot=48)
    ring = Ring(deck, ToneReader(), log=[])
    ring.open(time)
    for step in range(4000):
        if step == 5:
            ring.command(Start(TRACK, 0), time.now)
        time.now = max(time.now, ring.next_at()) + 0.001
        ring.work(time.now)
        if step % 500 == 499:
            time.now += 0.5
    compare(ring, deck)
    assert not ring.has_run_dry()


@pytest.mark.slow
def test_the_clock_of_the_ring_follows_the_card():
    for pace in (0.99, 1.0, 1.01):
        ring, deck = run([(0.5, Start(TRACK, 0))], 60.0, pace=pace, jitter_s=0.001)
        now = deck.clock.now
        true = (now - deck.began) * RATE_HZ * pace
        assert abs(ring.frame_at(now) + 2 * deck.buffer_frames - true) < 0.012 * RATE_HZ + 130


def test_an_idle_ring_looks_about_once_a_turn_and_is_never_behind():
    looks = 0
    time = Time()
    deck = VirtualDeck(time, buffers_per_slot=48, pace=1.0003)
    ring = Ring(deck, ToneReader())
    ring.open(time)
    while ring.next_at() < time.now:
        ring.work(time.now)
    for _ in range(400):
        time.now = max(time.now, ring.next_at())
        ring.work(time.now)
        looks += 1
        while ring.next_at() < time.now:
            ring.work(time.now)
    assert looks / ring.turns < 1.3
    true = (time.now - deck.began) * RATE_HZ * 1.0003
    # The estimate errs to the safe side: it never believes less taken than really is.
    assert ring.taken(time.now) >= true - 1
    assert ring.taken(time.now) <= true + 4 * deck.buffer_frames


def test_a_computer_that_is_too_slow_goes_on_softly_where_the_night_is():
    """Rendering falls behind for three seconds: silence, never old sound, then a rise from
    silence, in time with the score."""
    time = Time()
    deck = VirtualDeck(time)
    ring = Ring(deck, ToneReader(), log=[])
    ring.open(time)
    ring.command(Start(TRACK, 0), time.now)
    begin = time.now
    while time.now < begin + 40:
        slow = 20.0 < time.now - begin < 23.0
        time.now = max(time.now, ring.next_at()) + (0.2 if slow else 0.001)
        ring.work(time.now)
    level = window_db(deck.heard(), 2400)
    gap = np.flatnonzero(level <= -119)
    gap = gap[gap > 100]
    assert len(gap) >= 1
    after = level[gap[-1] + 2 :]
    assert np.diff(after)[after[1:] > -82].max() < 0.5
    assert after[-1] > -40
    playback = ring.state.playbacks[0]
    assert playback.position(ring.state.frame) == ring.state.frame - playback.start
    assert ring.late_turns >= 1


@pytest.mark.parametrize("phase", [0.0, 0.3, 0.6, 0.9, 0.98])
def test_with_the_settings_as_shipped_a_full_second_is_in_hand(phase):
    """The owner's thread does nothing for a second, wherever in a turn that begins."""
    time, sound = Time(), Config().sound
    deck = VirtualDeck(time, sound.device_buffer, sound.ring_buffers)
    ring = Ring(deck, ToneReader(), log=[])
    ring.open(time)
    ring.command(Start(TRACK, 0), time.now)
    turn_s = deck.slot_frames / RATE_HZ
    stall_at = deck.began + (4 + phase) * turn_s
    while time.now < deck.began + 7.5:
        time.now = max(time.now, min(ring.next_at(), stall_at)) + 0.0005
        if time.now >= stall_at:
            time.now, stall_at = time.now + 1.0, math.inf
        ring.work(time.now)
    assert not ring.has_run_dry()
    assert [type(command) for _, command in ring.log] == [Start]
    compare(ring, deck)


def test_an_owner_who_sleeps_for_seconds_finds_a_dry_ring():
    time = Time()
    deck = VirtualDeck(time)
    ring = Ring(deck, ToneReader())
    ring.open(time)
    for _ in range(100):
        ring.work(time.now)
        time.now += 0.001
    time.now += 3.0
    ring.work(time.now)
    assert ring.has_run_dry()


@pytest.mark.slow
@pytest.mark.parametrize("jump", [1, 2])
def test_a_card_that_takes_a_burst_early_costs_no_sample(jump):
    """After an underrun a card may take a buffer or two at once."""
    time = Time()
    deck = VirtualDeck(time)
    ring = Ring(deck, ToneReader(), log=[])
    ring.open(time)
    for step in range(3000):
        time.now = max(time.now, ring.next_at()) + 0.0005
        if step == 10:
            ring.command(Start(TRACK, 0), time.now)
        if step == 900:
            deck.began -= jump * deck.buffer_frames / RATE_HZ
            deck.advance()
        if step > 1200 and step % 7 == 0:
            ring.command(Volume(-10.0 - step % 5), time.now)
        ring.work(time.now)
    compare(ring, deck)


def unprepared(decoded_after_s):
    """A programme that nobody prepared starts at the second second of a silent ring."""
    time = Time()
    deck = VirtualDeck(time)
    reader = ToneReader(missing=["track:tone.flac"])
    ring = Ring(deck, reader, log=[])
    ring.open(time)
    asked = None
    while time.now < deck.began + 6.0:
        time.now = max(time.now, ring.next_at()) + 0.0005
        if asked is None and time.now > deck.began + 2.0:
            asked = time.now
            ring.command(Start(TRACK, 0), time.now)
        if asked is not None and time.now > asked + decoded_after_s:
            reader.missing.clear()
        ring.work(time.now)
    return ring, deck, (ring.log[0][0] / RATE_HZ) - (asked - deck.began)


def test_a_command_waits_for_what_is_not_decoded_yet():
    ring, deck, late_s = unprepared(0.030)
    compare(ring, deck)
    assert late_s < 0.030 + 4 * deck.buffer_frames / RATE_HZ


def test_a_command_does_not_wait_for_ever():
    ring, deck, late_s = unprepared(math.inf)
    assert late_s < 0.25 + 4 * deck.buffer_frames / RATE_HZ
    assert not deck.heard().any()


class Interrupted(ToneReader):
    """The computer has something else to do, in the middle of the rendering."""

    def __init__(self, time, rng):
        super().__init__()
        self.time, self.rng = time, rng

    def read(self, source, start, n):
        self.time.now += self.rng.uniform(0.01, 0.12) if self.rng.random() < 0.02 else 0.0002
        return super().read(source, start, n)


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_a_busy_computer_obeys_later_but_leaves_no_trace(seed):
    rng = random.Random(seed)
    time = Time()
    deck = VirtualDeck(time, buffers_per_slot=48)
    ring = Ring(deck, Interrupted(time, rng), log=[])
    ring.open(time)
    at = sorted(time.now + 1 + rng.uniform(0, 18) for _ in range(100))
    ring.command(Start(TRACK, 0), time.now)
    while time.now < deck.began + 20.0:
        time.now = max(time.now, min([ring.next_at(), *at[:1]])) + 0.0005
        while at and at[0] <= time.now:
            ring.command(Volume(rng.uniform(-40, 0)), at.pop(0))
        ring.work(time.now)
    compare(ring, deck)
    assert len(ring.log) == 101
    assert ring.late_turns == 0
