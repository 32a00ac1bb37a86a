"""The player on a card that is lost, stalled, or was never there."""

from dataclasses import replace

import numpy as np
import pytest

from nidra_box.diary.entries import CardLevel, FaultEnded, SoundFound, SoundLost
from nidra_box.score.score import Clip
from nidra_box.session import events as e
from nidra_box.session.events import SoundFound as Found
from nidra_box.session.events import Tied
from nidra_box.sound.mix.mixdown import title_end
from nidra_box.sound.player import Player
from nidra_box.sound.port import SoundStuck
from nidra_box.units import RATE_HZ
from tests.support.decks import Time, VirtualDeck
from tests.support.sounds import ToneReader, bed_score, track_score, window_db

SCORE = track_score()


class Ahead(ToneReader):
    """A reader that has everything, with the face of the one that decodes ahead."""

    def attend(self, needed):
        self.needed = needed


class Stand:
    """A player in virtual time, with the session's answers to its news."""

    def __init__(self):
        self.time = Time()
        self.deck = VirtualDeck(self.time, buffers_per_slot=48)
        self.word = ""
        self.better = False
        self.player = Player(
            self.deck, Ahead(), self.time, gone=lambda: self.word, has_better=lambda: self.better
        )
        self.news = []
        self.began = None

    def run(self, seconds):
        end = self.time.now + seconds
        while self.time.now < end:
            self.time.now = min(max(self.time.now, self.player.next_at()), end) + 0.0005
            for news in self.player.work(self.time.now):
                self.news.append((self.time.now, news))
                if isinstance(news, SoundFound) and self.began is not None:
                    position = self.time.now - self.began
                    self.player.do(e.SetVolume(0.0), None, self.time.now)
                    self.player.do(e.StartSound(SCORE.id, position), SCORE, self.time.now)
        return self

    def start(self):
        self.began = self.time.now
        self.player.do(e.SetVolume(0.0), None, self.time.now)
        self.player.do(e.StartSound(SCORE.id, 0.0), SCORE, self.time.now)
        return self

    def said(self, kind):
        return [n for _, n in self.news if isinstance(n, kind)]


def test_a_card_opens_and_plays_and_says_where_it_is():
    stand = Stand().run(0.5).start().run(10.0)
    assert stand.said(SoundFound) == [SoundFound("a virtual card")]
    positions = [(at, n.position_s) for at, n in stand.news if isinstance(n, Tied)]
    assert len(positions) >= 8
    for at, position in positions:
        assert position == pytest.approx(at - stand.began, abs=0.12)  # the card's own buffers
    assert stand.player.is_turning(stand.time.now)


def test_the_cards_own_mixer_is_set_up_whenever_a_card_has_been_opened_and_before_it_plays():
    stand = Stand()
    opened = []

    def set_up():
        opened.append(len(stand.said(SoundFound)))
        return [CardLevel("hw:Set", "PCM 0 dB")]

    stand.player.set_up = set_up
    stand.run(0.5)
    assert opened == [0]
    assert [type(n) for _, n in stand.news] == [SoundFound, Found, CardLevel]
    stand.word = "unplugged"
    stand.run(2.5)
    stand.word = ""
    stand.run(5.0)
    assert opened == [0, 1]


@pytest.mark.slow
def test_while_a_start_waits_for_its_sound_nobody_is_told_where_the_old_programme_is():
    """The session is at the beginning of the new one already: the old place would put it, and
    the light, hours ahead."""
    stand = Stand().run(0.5).start().run(30.0)
    stand.player.reader.missing.add("track:other.flac")
    other = track_score(name="other.flac")
    # Just before a turn-over, which is when the place is told.
    stand.run(max(0.0, stand.player.ring.next_at() - stand.time.now) + 0.001)
    stand.news = []
    stand.player.do(e.StartSound(other.id, 0.0), other, stand.time.now)
    stand.run(0.2)
    assert stand.player.ring.has_pending
    assert stand.said(Tied) == []
    stand.player.reader.missing.clear()
    stand.run(3.0)
    assert all(news.position_s < 5.0 for news in stand.said(Tied))
    assert stand.said(Tied)


def test_no_card_at_the_start_is_tried_again_and_told_once():
    stand = Stand()
    stand.deck.plugged = False
    stand.run(40.0)
    assert len(stand.said(SoundLost)) == 1
    assert stand.player.is_turning(stand.time.now)
    stand.start()  # a night begins without sound
    stand.run(5.0)
    stand.deck.plugged = True
    plugged_at = stand.time.now
    stand.run(6.0)
    found = [at for at, n in stand.news if isinstance(n, SoundFound)]
    assert found[0] - plugged_at <= 5.0
    assert stand.player.position_s(stand.time.now) == pytest.approx(
        stand.time.now - stand.began, abs=0.12
    )


@pytest.mark.slow
def test_a_card_that_was_pulled_out_comes_back_softly_where_the_night_is():
    stand = Stand().run(0.5).start().run(20.0)
    stand.deck.plugged = False
    stand.run(40.0)
    assert next(n.reason for n in stand.said(SoundLost)) == "the sound card has gone"
    stand.deck.plugged = True
    back_at = stand.time.now
    taken = len(stand.deck.heard())
    stand.run(12.0)
    assert [at for at, n in stand.news if isinstance(n, SoundFound)][-1] - back_at <= 5.0
    level = window_db(stand.deck.heard()[taken:])
    loud = level[level > -82]
    assert len(loud) > 50
    assert np.diff(loud).max() <= 0.75
    assert stand.player.position_s(stand.time.now) == pytest.approx(
        stand.time.now - stand.began, abs=0.12
    )


def test_a_stalled_card_is_waited_for_and_never_closed_while_it_stalls():
    stand = Stand().run(0.5).start().run(10.0)
    stand.deck.stalled = True
    stand.run(10.0)
    assert "the sound card does not move" in [n.reason for n in stand.said(SoundLost)]
    assert not stand.player.is_turning(stand.time.now)
    stand.deck.stalled = False
    moving_at = stand.time.now
    taken = len(stand.deck.heard())
    stand.run(14.0)
    assert [at for at, n in stand.news if isinstance(n, SoundFound)][-1] - moving_at <= 5.0
    # what it plays first is silence, not what it had when it stalled
    first = np.flatnonzero(stand.deck.heard()[taken:].any(axis=1))[0]
    assert first > 0.5 * RATE_HZ
    assert stand.player.position_s(stand.time.now) == pytest.approx(
        stand.time.now - stand.began, abs=0.12
    )


def test_a_card_that_stalls_for_good_needs_a_fresh_process():
    stand = Stand().run(0.5).start().run(5.0)
    stand.deck.stalled = True
    stand.run(24.0)
    with pytest.raises(SoundStuck):
        stand.run(6.0)


def test_the_name_of_a_card_that_left_proc_asound_is_enough():
    stand = Stand().run(0.5).start().run(5.0)
    stand.word = "the sound card Foo has been unplugged"
    stand.run(2.5)
    assert stand.said(SoundLost)[0].reason == stand.word


def test_after_ten_minutes_the_player_is_patient():
    stand = Stand()
    stand.deck.plugged = False
    tries = []
    original = stand.deck.open
    stand.deck.open = lambda: (tries.append(stand.time.now), original())
    stand.run(1500.0)
    gaps = np.diff(tries)
    assert gaps[0] == pytest.approx(1.0, abs=0.1)
    assert max(gaps[:250]) <= 2.1
    assert gaps[-1] == pytest.approx(30.0, abs=0.1)


def test_without_a_card_effects_are_let_go():
    stand = Stand()
    stand.player.do(e.SetVolume(-3.0), None, stand.time.now)
    stand.player.close()
    assert stand.player.position_s(stand.time.now) is None


def test_the_reader_is_told_what_comes_before_it_is_needed():
    stand = Stand().run(0.5)
    stand.player.prepare([(SCORE, 30.0)])
    source, first, last = stand.player.reader.needed[0]
    assert source == "track:tone.flac"
    assert first <= 30 * RATE_HZ < last
    stand.start().run(10.0)
    spans = [n for n in stand.player.reader.needed if n[0] == source]
    written = stand.player.ring.written
    assert any(first <= written < last and last - written > 2 * RATE_HZ for _, first, last in spans)


def test_what_a_hand_can_bring_back_stays_decoded():
    """A pause fades out within what is rendered ahead; going on within the fade renders that
    fade again, and its sound must still be there."""
    stand = Stand().run(0.5).start().run(10.0)
    stand.player.do(e.StopSound(1.5), None, stand.time.now)
    stand.run(0.3)
    assert stand.player.ring.state.playbacks == ()
    taken = stand.player.ring.taken(stand.time.now)
    playback = stand.player.ring.reachable()[0]
    position = playback.position(taken)
    spans = [(a, b) for source, a, b in stand.player.reader.needed if source == "track:tone.flac"]
    assert any(a <= position and b >= position + RATE_HZ for a, b in spans)


def test_a_title_that_has_been_rendered_stays_decoded_while_a_hand_can_bring_it_back():
    stand = Stand().run(0.5)
    clip = Clip("voice:x/title.opus", 0, 2 * RATE_HZ, -10.0, -20.0, "X", "")
    titled = replace(SCORE, title_clip=clip)
    stand.player.do(e.StartSound(SCORE.id, 0.0, announces=True), titled, stand.time.now)
    stand.run(0.1)
    start = stand.player.ring.state.playbacks[-1].start
    said = start + title_end(titled)
    while stand.player.ring.written < said + RATE_HZ // 4:
        stand.run(0.05)
    assert stand.player.ring.frontier(stand.time.now) < said
    assert any(source == clip.source for source, _, _ in stand.player.reader.needed)
    stand.run(6.0)
    assert not any(source == clip.source for source, _, _ in stand.player.reader.needed)


def ended(stand):
    """The stand, closed; what its card had taken a second later, and how long closing took."""
    stand.player.sleep = lambda seconds: setattr(stand.time, "now", stand.time.now + seconds)
    began = stand.time.now
    stand.player.close()
    took_s = stand.time.now - began
    stand.time.now += 1.0
    stand.deck.advance()
    return stand.deck.heard()[:, 0].astype(float), took_s


def assert_faded(heard):
    last = np.flatnonzero(heard)[-1]
    assert np.abs(heard[last - 48 : last]).max() < 0.002 * np.abs(heard[last - RATE_HZ :]).max()


@pytest.mark.slow
def test_a_box_that_ends_in_the_middle_of_a_night_fades_before_it_ends():
    heard, took_s = ended(Stand().run(0.5).start().run(20.0))
    assert took_s < 0.6
    assert_faded(heard)


@pytest.mark.slow
@pytest.mark.parametrize("busy_s", [0.05, 0.2, 0.4, 0.6])
def test_the_last_fade_is_waited_for_on_a_computer_that_is_busy_meanwhile(busy_s):
    stand = Stand().run(0.5).start().run(20.0)
    read = stand.player.reader.read

    def held_up_once(*span):
        stand.time.now += busy_s
        stand.player.reader.read = read
        return read(*span)

    stand.player.reader.read = held_up_once
    heard, took_s = ended(stand)
    assert_faded(heard)
    assert took_s < 1.5


def test_a_silent_box_ends_at_once():
    _, took_s = ended(Stand().run(5.0))
    assert took_s == 0.0


@pytest.mark.parametrize("stalled_for_s", [0.0, 0.3, 5.0])
def test_a_card_that_stands_still_is_never_closed_at_the_end(stalled_for_s):
    """Closing it hangs; and it may stand still for a second before anybody can see it."""
    for stand in (Stand().run(10.0), Stand().run(0.5).start().run(10.0)):
        stand.deck.stalled = True
        stand.run(stalled_for_s)
        _, took_s = ended(stand)
        assert stand.deck.is_open
        assert took_s <= 1.51


@pytest.mark.slow
def test_for_a_better_card_it_changes_when_nothing_plays():
    stand = Stand().run(0.5).start().run(10.0)
    stand.better = True
    stand.run(10.0)
    assert stand.said(SoundLost) == []
    stand.player.do(e.StopSound(1.5), None, stand.time.now)
    stand.began = None
    stand.run(1.0)
    assert stand.said(SoundLost) == []  # not in the fade, either
    stand.run(4.0)
    assert [n.reason for n in stand.said(SoundLost)] == [
        "the sound card that was waited for has come"
    ]
    stand.better = False
    stand.run(2.0)
    assert len(stand.said(SoundFound)) == 2
    assert len(stand.said(SoundLost)) == 1


# -- a file that breaks off ---------------------------------------------------------------------


def broken_at(seconds, heard=20.0):
    """A player whose file cannot be read beyond so many seconds; noticed four seconds before."""
    stand = Stand().run(0.5).start().run(heard)
    stand.player.reader.broken.add("track:tone.flac")
    stand.player.reader.lasts["track:tone.flac"] = round(seconds * RATE_HZ)
    return stand


def test_a_file_that_breaks_off_is_told_at_once_with_what_is_left():
    stand = broken_at(24.0)
    before = stand.time.now
    stand.run(0.1)
    (told,) = stand.said(e.SoundBroke)
    assert told.at - before < 0.01
    assert told.left_s == pytest.approx(24.0 - 20.0 - 0.1, abs=0.3)
    stand.run(5.0)
    assert len(stand.said(e.SoundBroke)) == 1


@pytest.mark.parametrize("seconds", [24.0, 22.5, 22.3])
def test_what_is_left_of_it_fades_and_nothing_clicks(seconds):
    """Even if the session does nothing at all."""
    stand = broken_at(seconds).run(8.0)
    heard = stand.deck.heard()

    level = window_db(heard)
    loud = level.max()
    last = np.flatnonzero(level > loud - 3.0)[-1] / 10
    gone = np.flatnonzero(level > loud - 60.0)[-1] / 10
    assert gone - last > 0.2
    assert (
        np.abs(np.diff(heard[:, 0].astype(int))).max()
        <= 1.1 * np.abs(np.diff(heard[: 20 * RATE_HZ, 0].astype(int))).max()
    )
    assert not heard[round((gone + 3.0) * RATE_HZ) :].any()


def test_a_start_tries_a_broken_file_again():
    stand = broken_at(24.0).run(5.0)
    forgotten = []

    def forget(name):
        forgotten.append(name)
        stand.player.reader.broken.discard(name)

    stand.player.reader.forget_broken = forget
    stand.start().run(15.0)
    assert forgotten == ["track:tone.flac"]
    assert [n.part for n in stand.said(FaultEnded)] == ["track:tone.flac"]
    assert window_db(stand.deck.heard())[-1] > -20.0


def test_a_programme_goes_on_without_a_recording_that_breaks_off():
    bed = bed_score(600.0)
    both = replace(SCORE, beds=bed.beds)
    stand = Stand().run(0.5)
    stand.player.do(e.SetVolume(0.0), None, stand.time.now)
    stand.player.do(e.StartSound(both.id, 0.0), both, stand.time.now)
    stand.run(15.0)
    stand.player.reader.broken.add("track:tone.flac")
    stand.player.reader.lasts["track:tone.flac"] = 19 * RATE_HZ
    stand.run(10.0)
    assert stand.said(e.SoundBroke) == []
    level = window_db(stand.deck.heard())
    assert level[-1] == pytest.approx(level[-30], abs=0.5)
    assert level[-1] > -60.0
    assert level[140] > level[-1] + 10.0
