"""The behaviour table: what every gesture does in every place."""

from dataclasses import replace

import pytest

from nidra_box.diary import entries
from nidra_box.session import events as e
from nidra_box.session.events import Phase, Place, Settings
from nidra_box.session.rules.starting import first_second
from nidra_box.session.session import Session
from nidra_box.session.transitions import IGNORED, TRANSITIONS, step
from nidra_box.session.volume import start_level

NIGHT = e.Outline("night", "Night", 1000.0, (e.SleepSpan(600.0, 1000.0),))
LAMP = e.Outline("breath-lamp", "Lamp", 480.0)
OTHER = e.Outline("other", "Other", 300.0)
TAPE = e.Outline("tape.flac", "Tape", 5000.0, (e.SleepSpan(1200.0, 5000.0),), keeps_place=True)
KNOWN = {o.id: o for o in (NIGHT, LAMP, OTHER, TAPE)}
SETTINGS = Settings(("night", "other", "tape.flac"))


class Hand:
    """Drives a session as the loop does: loads are answered, deadlines tick."""

    def __init__(self, settings=SETTINGS, refuse=()):
        self.session = Session(
            settings, settings.programmes[0] if settings.programmes else "", volume_db=-25.0
        )
        self.now = 0.0
        self.effects = []
        self.refuse = set(refuse)

    def do(self, event):
        self.session, effects = step(self.session, event)
        self.effects += effects
        for effect in effects:
            if isinstance(effect, e.Load):
                answer = (
                    e.Refused(event.at, effect.id, "broken")
                    if effect.id in self.refuse or effect.id not in KNOWN
                    else e.Loaded(event.at, KNOWN[effect.id])
                )
                self.do(answer)
        return self

    def at(self, t):
        while (due := self.session.next_deadline(self.now)) is not None and due <= t:
            self.now = due
            self.do(e.Tick(due))
        self.now = t
        self.effects = []
        return self

    def press(self):
        return self.do(e.Press(self.now))

    def hold(self):
        self.do(e.Press(self.now))
        self.now += 0.8
        return self.do(e.Hold(self.now))

    def double(self):
        self.do(e.Press(self.now))
        self.now += 0.25
        return self.do(e.SecondPress(self.now))

    def turn(self, steps):
        return self.do(e.Turn(self.now, steps))

    @property
    def phase(self):
        return self.session.phase

    @property
    def place(self):
        return self.session.place(self.now)

    def sounds(self):
        return [x for x in self.effects if not isinstance(x, entries.Entry | e.Remember | e.Load)]

    def notes(self):
        return [x.what for x in self.effects if isinstance(x, entries.Entry)]


def playing(t=100.0, settings=SETTINGS):
    return Hand(settings).at(1.0).press().at(t)


def paused(t=100.0):
    hand = playing(t).press()
    return hand.at(t + 10)


def sleeping(t=700.0, settings=SETTINGS):
    return playing(t, settings)


def winding(settings=replace(SETTINGS, timer_s=900.0)):
    return Hand(settings).at(1.0).press().at(1.0 + 900.0 - 100.0)


# -- the table itself ------------------------------------------------------------------------


def test_every_pair_is_handled_or_ignored_and_none_is_both():
    for place in Place:
        for event in e.Event.__args__:
            assert ((place, event) in TRANSITIONS) != ((place, event) in IGNORED), (place, event)
    assert len(TRANSITIONS) + len(IGNORED) == len(Place) * len(e.Event.__args__)


def test_handlers_are_short():
    import inspect

    for handler in set(TRANSITIONS.values()):
        assert len(inspect.getsource(handler).splitlines()) < 60, handler.__name__


# -- idle --------------------------------------------------------------------------------------


def test_a_press_starts_the_chosen_programme_at_no_more_than_the_start_level():
    hand = Hand().at(1.0).press()
    assert hand.phase is Phase.PLAYING
    assert hand.sounds()[-1] == e.StartSound("night", 0.0)
    assert hand.session.volume_db == -25.0
    loud = Hand()
    loud.session = replace(loud.session, volume_db=-3.0)
    assert loud.at(1.0).press().session.volume_db == -20.0
    # the level is set before anything can sound at the old one
    sounds = loud.sounds()
    assert sounds.index(e.SetVolume(-20.0)) < sounds.index(e.StartSound("night", 0.0))


def test_two_presses_take_the_next_programme():
    hand = Hand().at(1.0).double()
    assert hand.session.outline == OTHER
    assert hand.session.chosen == "other"
    assert e.Remember(soon=True) in hand.effects


def test_a_hold_in_the_dark_is_the_lamp_alone_and_keeps_the_choice():
    hand = Hand().at(1.0).hold()
    assert hand.session.outline == LAMP
    assert hand.session.chosen == "night"


def test_a_turn_in_the_dark_glows_for_three_seconds():
    hand = Hand().at(1.0).turn(-2)
    assert hand.session.volume_db == -28.0
    assert hand.session.glow is not None
    assert hand.at(4.1).session.glow is None


def test_a_push_in_the_dark_is_nothing():
    hand = Hand().at(1.0)
    before = hand.session
    hand.do(e.Push(1.0))
    assert hand.session == replace(before, touched_at=1.0)
    assert hand.notes() == ["ignored"]


# -- a stick ---------------------------------------------------------------------------------------


def answered(hand, put_in_at, at, well=True):
    """For how long the lamp answers a stick, in seconds."""
    hand.at(at).do(e.StickTaken(at, put_in_at, well))
    sign = hand.session.sign
    return 0.0 if sign is None else sign.ends_at - at


@pytest.mark.parametrize(("well", "lit_s"), [(True, 12.0), (False, 5.0)])
def test_the_lamp_answers_a_stick_to_whoever_touched_the_box_before(well, lit_s):
    hand = Hand().at(100.0).turn(1).at(200.0)
    assert answered(hand, 690.0, 750.0, well) == lit_s
    assert hand.at(750.0 + lit_s + 0.1).session.sign is None


@pytest.mark.parametrize(
    ("put_in_at", "at"),
    [(701.0, 750.0), (99.0, 110.0), (300.0, 901.0), (300.0, 299.0)],
    ids=["touched too long ago", "touched after it", "taken in too late", "of another boot"],
)
def test_nobody_else_is_shown_a_light(put_in_at, at):
    assert answered(Hand().at(100.0).turn(1), put_in_at, at) == 0.0


def test_a_stick_is_not_answered_before_the_first_touch():
    assert answered(Hand(), 10.0, 20.0) == 0.0


def test_a_stick_that_waited_for_the_end_of_a_session_is_not_answered():
    hand = Hand().at(100.0).press().at(200.0).hold()
    assert hand.phase is Phase.IDLE
    assert answered(hand, 150.0, 290.0) == 0.0
    assert answered(hand, 280.0, 300.0) == 12.0


@pytest.mark.parametrize("make", [playing, paused, sleeping, winding])
def test_a_stick_is_not_answered_while_a_session_runs(make):
    hand = make()
    assert answered(hand, hand.now - 1.0, hand.now) == 0.0


def test_a_touch_ends_the_answer():
    hand = Hand().at(100.0).turn(1)
    assert answered(hand, 110.0, 120.0) == 12.0
    assert hand.at(121.0).press().session.sign is None


# -- playing -------------------------------------------------------------------------------------


def test_a_press_pauses_and_the_next_goes_on_five_seconds_back():
    hand = playing(100.0).press()
    assert hand.phase is Phase.PAUSED
    assert hand.sounds() == [e.StopSound(1.5)]
    assert hand.session.position_s == pytest.approx(99.0)
    hand.at(500.0).press()
    assert hand.phase is Phase.PLAYING
    assert hand.sounds() == [e.StartSound("night", pytest.approx(94.0))]


def test_going_on_near_the_start_does_not_go_below_zero():
    hand = playing(3.0).press().at(10.0).press()
    assert hand.sounds()[0].position_s == 0.0


@pytest.mark.parametrize("played_s", [5.0, 59.7])
def test_a_second_press_in_the_first_minute_is_the_next_programme(played_s):
    hand = playing(1.0 + played_s).double()
    assert hand.phase is Phase.PLAYING
    assert hand.session.outline == OTHER
    assert hand.session.position_s == 0.0


@pytest.mark.parametrize("played_s", [59.8, 200.0])
def test_a_second_press_after_the_first_minute_loses_nothing(played_s):
    hand = playing(1.0 + played_s, replace(SETTINGS, timer_s=590.0)).double()
    assert hand.notes() == ["pause", "go on"]
    assert hand.phase is Phase.PLAYING
    assert (hand.session.outline, hand.session.chosen) == (NIGHT, "night")
    assert hand.session.position(hand.now) == pytest.approx(played_s - 5.0)
    assert hand.session.ends_at == pytest.approx(1.0 + 590.0 + 0.25)


def test_the_first_minute_counts_from_the_start_not_from_going_on():
    hand = playing(100.0).press().at(110.0).press().at(115.0).double()
    assert hand.session.outline == NIGHT


def test_presses_after_the_first_minute_pause_and_go_on_by_turns():
    hand = playing(100.0).double()
    phases = []
    for _ in range(3):
        hand.now += 0.2
        phases.append(hand.do(e.SecondPress(hand.now)).phase)
    assert phases == [Phase.PAUSED, Phase.PLAYING, Phase.PAUSED]
    assert hand.session.outline == NIGHT


def test_a_night_that_came_back_by_itself_is_not_lost_by_a_second_press():
    hand = Hand().at(1.0).do(e.PowerReturned(1.0, NIGHT, 100.0, 3000.0, 300.0)).at(20.0).double()
    assert (hand.phase, hand.session.outline) == (Phase.PLAYING, NIGHT)


def test_a_second_press_begins_nothing_when_the_night_has_ended_since():
    hand = playing(100.0).press().do(e.Shutdown(100.1)).do(e.SecondPress(100.2))
    assert hand.phase is Phase.IDLE
    assert hand.session.wanted == ""


def test_a_second_press_in_a_pause_is_the_next_programme():
    assert paused(500.0).double().session.outline == OTHER


def test_more_presses_walk_on_through_the_list_and_round():
    hand = Hand().at(1.0).double()
    seen = [hand.session.chosen]
    for _ in range(3):
        hand.now += 0.2
        hand.do(e.SecondPress(hand.now))
        seen.append(hand.session.chosen)
    assert seen == ["other", "tape.flac", "night", "other"]


def test_a_hold_stops():
    hand = playing(100.0).hold()
    assert hand.phase is Phase.IDLE
    assert e.StopSound(1.5) in hand.effects
    assert hand.session.outline is None
    assert hand.session.resume is None


def test_a_turn_changes_the_volume_by_steps():
    hand = playing(100.0).turn(4)
    assert hand.session.volume_db == -19.0
    assert hand.sounds() == [e.SetVolume(-19.0)]
    assert hand.turn(100).session.volume_db == 0.0
    assert hand.turn(-100).session.volume_db == -60.0


def test_what_floating_lines_turned_is_taken_back_and_what_a_hand_did_before_is_not():
    hand = playing(100.0).turn(4).at(110.0)
    for n in range(40):
        hand.at(110.0 + 0.02 * n).turn(1)
    hand.at(111.0).do(e.NobodyTurned(111.0))
    assert hand.session.volume_db == -19.0
    assert hand.sounds() == [e.SetVolume(-19.0)]
    assert e.Remember(soon=True) in hand.effects
    hand.do(e.NobodyTurned(111.5))  # once is enough
    assert hand.session.volume_db == -19.0


def test_turns_of_long_ago_are_not_taken_back():
    hand = playing(100.0).turn(4).at(103.0).do(e.NobodyTurned(103.0))
    assert hand.session.volume_db == -19.0
    assert hand.effects == []


def test_what_floating_lines_turned_before_a_night_began_does_not_make_it_loud():
    hand = Hand().turn(-40).turn(100)
    hand.at(0.5).press().do(e.NobodyTurned(0.5))
    assert hand.session.volume_db == start_level(SETTINGS, 0.0)


def test_a_push_puts_the_light_out_and_on():
    hand = playing(100.0).do(e.Push(100.0))
    assert not hand.session.light_on
    assert hand.do(e.Push(101.0)).session.light_on


def test_push_and_turn_is_brightness_and_takes_the_push_back():
    hand = playing(100.0).do(e.Push(100.0)).do(e.PushTurn(100.2, -4))
    assert hand.session.brightness == 80.0
    assert hand.session.light_on
    lights = [x for x in hand.effects if isinstance(x, entries.LightSwitched)]
    assert [x.on for x in lights] == [0, 1]  # and the log knows
    assert hand.do(e.PushTurn(101.0, -100)).session.brightness == 10.0


# -- sleeping ------------------------------------------------------------------------------------


def test_a_press_in_the_dark_gives_two_minutes_of_light_and_leaves_the_sound():
    hand = sleeping().press()
    assert hand.place is Place.SLEEPING
    assert hand.sounds() == []
    assert hand.session.comfort.ends_at == pytest.approx(820.0)
    assert hand.at(820.1).session.comfort is None


def test_nobody_wants_a_new_voice_at_three():
    hand = sleeping()
    hand.double()
    assert hand.session.outline == NIGHT
    assert hand.session.comfort is not None


def test_a_hold_stops_in_the_dark_too():
    hand = sleeping().hold()
    assert hand.phase is Phase.IDLE
    assert hand.session.comfort is None


def test_the_night_ceiling_holds_and_the_volume_comes_back_after():
    hand = playing(100.0).turn(20)
    assert hand.session.volume_db == 0.0
    hand.at(590.0)
    assert hand.session.sounding_db == -10.0  # shortly before sleep begins
    hand.at(700.0).turn(2)
    assert hand.session.target_db(hand.now) == -10.0
    hand.turn(-1)
    assert hand.session.target_db(hand.now) == -11.5  # a turn begins at what is heard
    stopped = playing(100.0).turn(20).at(1002.0)
    assert stopped.phase is Phase.IDLE
    assert stopped.session.volume_db == 0.0


def test_the_ceiling_slides_in_and_does_not_drop():
    hand = playing(100.0).turn(20)
    hand.at(500.0)
    hand.do(e.Tick(600.0 + 1.0 - 12.0))
    assert [s for s in hand.sounds() if isinstance(s, e.SetVolume)] == [e.SetVolume(-10.0, 12.0)]


def test_a_push_in_the_dark_of_sleep_is_comfort_light_and_off_again():
    hand = sleeping().do(e.Push(700.0))
    assert hand.session.comfort is not None
    assert hand.do(e.Push(705.0)).session.comfort is None


def test_push_and_turn_in_the_dark_of_sleep_leaves_the_comfort_light_on():
    hand = sleeping().press().do(e.Push(705.0)).do(e.PushTurn(705.2, -4))
    assert hand.session.brightness == 80.0
    assert hand.session.comfort is not None


def test_a_comfort_light_that_would_be_over_by_now_does_not_come_back_with_the_turn():
    hand = sleeping().press().do(e.Push(705.0)).at(830.0).do(e.PushTurn(830.0, -4))
    assert hand.session.comfort is None
    assert hand.do(e.Push(831.0)).session.comfort is not None  # a push is a wish for light again


def test_a_night_that_is_gone_on_with_in_its_sleep_answers_the_hand_with_comfort_light():
    """After a power cut: the table wants light on a press, the night wants no other."""
    hand = playing(650.0).do(e.Shutdown(651.0)).at(660.0).press()
    assert hand.place is Place.SLEEPING
    assert hand.session.comfort.ends_at == pytest.approx(780.0)
    assert hand.at(781.0).session.comfort is None


def test_what_is_ignored_is_called_by_its_name():
    hand = sleeping().double()
    ignored = [x for x in hand.effects if isinstance(x, entries.Ignored)]
    assert [x.gesture for x in ignored] == ["second press"]


@pytest.mark.parametrize("event", [e.Turn(700.0, 3), e.Push(700.0), e.PushTurn(700.0, 2)])
def test_the_night_lock_leaves_hold_and_comfort_light(event):
    hand = sleeping(settings=replace(SETTINGS, night_lock=True))
    before = hand.session
    hand.do(event)
    assert "locked" in hand.notes()
    after = hand.session
    assert (after.volume_db, after.comfort, after.brightness) == (
        before.volume_db,
        before.comfort,
        before.brightness,
    )
    assert hand.press().session.comfort is not None
    assert hand.hold().phase is Phase.IDLE


# -- the sleep timer -----------------------------------------------------------------------------


def test_the_fade_begins_early_and_ends_at_the_timer():
    hand = Hand(replace(SETTINGS, timer_s=900.0)).at(1.0).press()
    hand.at(600.9)
    assert hand.phase is Phase.PLAYING
    hand.do(e.Tick(601.0))
    assert hand.phase is Phase.WINDING_DOWN
    assert e.WindDown(601.0, 901.0) in hand.effects
    hand.at(900.9)
    assert hand.phase is Phase.WINDING_DOWN
    hand.at(901.1)
    assert hand.phase is Phase.IDLE


def test_a_short_timer_has_a_shorter_fade():
    hand = Hand(replace(SETTINGS, timer_s=60.0)).at(1.0).press()
    assert hand.session.wind_down().began_at == pytest.approx(31.0)


def test_not_yet_gives_the_sound_back_and_a_quarter_of_an_hour():
    hand = winding()
    assert hand.phase is Phase.WINDING_DOWN
    hand.press()
    assert hand.phase is Phase.PLAYING
    assert e.NotYet(3.0) in hand.effects
    assert hand.session.ends_at == pytest.approx(hand.now + 900.0)


def test_a_turn_up_is_not_yet_and_a_turn_down_is_not():
    assert winding().turn(1).phase is Phase.PLAYING
    down = winding().turn(-1)
    assert down.phase is Phase.WINDING_DOWN
    assert down.sounds() == [e.SetVolume(down.session.volume_db)]


def test_a_hold_while_winding_down_stops():
    hand = winding().hold()
    assert hand.phase is Phase.IDLE


def test_a_pause_stops_the_timer_and_going_on_goes_on_with_it():
    hand = Hand(replace(SETTINGS, timer_s=900.0)).at(1.0).press().at(101.0).press()
    assert hand.session.ends_at is None
    assert hand.session.remaining_s == pytest.approx(800.0)
    hand.at(301.0).press()
    assert hand.session.ends_at == pytest.approx(1101.0)
    assert hand.session.remaining_s is None


def test_without_a_timer_nothing_plays_longer_than_the_longest():
    hand = Hand(replace(SETTINGS, longest_s=400.0)).at(1.0).press().at(402.0)
    assert hand.phase is Phase.IDLE


def test_a_person_volume_survives_the_wind_down():
    hand = winding()
    assert hand.at(902.0).session.volume_db == -25.0


# -- paused ----------------------------------------------------------------------------------------


def test_a_pause_that_nobody_may_go_on_from_ends_when_it_has_faded():
    hand = playing(100.0, replace(SETTINGS, resume_within_s=0.0)).press()
    assert hand.at(101.4).phase is Phase.PAUSED
    assert hand.at(101.5).phase is Phase.IDLE


def test_a_volume_without_room_glows_as_turned_up():
    """Floor and ceiling may be the same level."""
    stuck = replace(SETTINGS, floor_db=-30.0, ceiling_db=-30.0, start_db=-30.0)
    hand = Hand(stuck).at(1.0).turn(1)
    assert hand.session.glow.share == 1.0


def test_paused_for_long_the_box_is_idle_again():
    hand = paused()
    hand.at(100.0 + 1801.0)
    assert hand.phase is Phase.IDLE


def test_a_turn_while_paused_only_sets_the_volume():
    hand = paused().turn(-2)
    assert hand.phase is Phase.PAUSED
    assert hand.session.volume_db == -28.0


def test_a_double_press_while_paused_is_the_next_programme():
    assert paused().double().session.outline == OTHER


def test_a_hold_while_paused_stops():
    assert paused().hold().phase is Phase.IDLE


# -- ends, faults and the world --------------------------------------------------------------------


def test_a_programme_ends_by_itself():
    hand = playing(100.0).at(1001.5)
    assert hand.phase is Phase.IDLE
    assert hand.session.next_deadline(hand.now) is None


def test_a_recording_keeps_its_place_through_a_stop_and_a_timer():
    settings = replace(SETTINGS, programmes=("tape.flac",))
    hand = Hand(settings).at(1.0).press().at(501.0).hold()
    assert hand.session.resume.position_s == pytest.approx(500.0)
    hand.at(1_000_000.0).press()
    assert hand.session.position_s == pytest.approx(495.0)
    timed = Hand(replace(settings, timer_s=900.0)).at(1.0).press().at(902.0)
    assert timed.session.resume.position_s == pytest.approx(600.0)  # where the fade began


def test_a_guided_programme_begins_afresh_after_a_stop():
    hand = playing(100.0).hold().at(200.0).press()
    assert hand.session.position_s == 0.0


def test_after_a_shutdown_a_press_soon_goes_on_and_a_late_one_begins_afresh():
    hand = playing(100.0).do(e.Shutdown(100.0))
    assert hand.phase is Phase.IDLE
    assert hand.session.resume.position_s == pytest.approx(99.0)
    late = Hand()
    late.session = hand.session
    assert late.at(100.0 + 1801.0).press().session.position_s == 0.0
    assert hand.at(200.0).press().session.position_s == pytest.approx(94.0)


def test_a_broken_programme_is_skipped():
    hand = Hand(refuse=["night"]).at(1.0).press()
    assert hand.session.outline == OTHER
    assert "refused" in hand.notes()


def test_when_all_are_broken_the_box_stays_calm():
    hand = Hand(refuse=list(KNOWN)).at(1.0).press()
    assert hand.phase is Phase.IDLE
    assert hand.notes().count("refused") == 3
    assert hand.sounds() == []


def test_a_box_without_programmes_does_nothing():
    hand = Hand(Settings(())).at(1.0).double()
    assert hand.phase is Phase.IDLE


def test_a_card_that_comes_back_plays_where_the_night_is():
    hand = sleeping().do(e.SoundFound(700.0))
    assert hand.sounds() == [e.SetVolume(-25.0), e.StartSound("night", pytest.approx(699.0))]
    faded = winding().do(e.SoundFound(801.0))
    assert e.WindDown(601.0, 901.0) in faded.sounds()
    assert paused().do(e.SoundFound(120.0)).sounds() == []


def test_the_clock_of_the_sound_is_the_clock_of_the_night():
    hand = playing(100.0).do(e.Tied(100.0, 98.0))
    assert hand.session.position(101.0) == pytest.approx(99.0)
    assert hand.at(1001.5).phase is Phase.PLAYING  # the sound was a second late
    assert hand.at(1002.5).phase is Phase.IDLE


def test_new_settings_hold_at_once():
    quieter = replace(SETTINGS, ceiling_db=-30.0, programmes=("other",))
    hand = playing(100.0).do(e.Reconfigured(100.0, quieter))
    assert hand.session.volume_db == -30.0
    assert hand.session.chosen == "other"
    assert hand.phase is Phase.PLAYING


def test_events_that_mean_nothing_change_nothing():
    hand = Hand().at(1.0)
    before = hand.session
    hand.do(e.Loaded(1.0, OTHER)).do(e.Refused(1.0, "other", "late"))
    assert (hand.session.phase, hand.session.outline) == (before.phase, None)


@pytest.mark.parametrize(("wanted", "held"), [(3.0, -6.0), (-80.0, -50.0), (-20.0, -20.0)])
def test_no_session_has_a_volume_beyond_its_scale(wanted, held):
    """Whoever makes or changes one: a turn, a memory, new settings, a night that returns."""
    settings = e.Settings(("small",), floor_db=-50.0, ceiling_db=-6.0)
    assert Session(settings, "small", volume_db=wanted).volume_db == held
    wide = Session(e.Settings(("small",), floor_db=-90.0), "small", volume_db=min(wanted, 0.0))
    assert replace(wide, settings=settings).volume_db == max(min(wanted, -6.0), -50.0)


# -- a recording that breaks off -----------------------------------------------------------------


@pytest.mark.parametrize(("left_s", "fade_s"), [(9.0, 1.5), (0.7, 0.7), (-1.0, 0.0)])
def test_a_recording_that_breaks_off_fades_within_what_is_left_and_the_box_is_idle(left_s, fade_s):
    for hand in (playing(), sleeping(), winding()):
        done = hand.do(e.SoundBroke(hand.now + 1.0, left_s))
        assert done.session.phase is Phase.IDLE
        assert done.session.resume is None
        assert [s.seconds for s in done.sounds() if isinstance(s, e.StopSound)] == [fade_s]


def test_what_breaks_while_nothing_plays_is_nobodys_business():
    for hand in (paused(), Hand()):
        before = hand.session
        assert hand.do(e.SoundBroke(hand.now + 1.0, 1.0)).session == before


# -- places by recording ------------------------------------------------------------------------

RAIN = e.Outline("rain", "Rain", 4000.0, keeps_place=True)


def chosen(hand, outline, at):
    """The outline is chosen and begins at `at`, as a press or a second press does it."""
    hand.session = replace(hand.session, chosen=outline.id, wanted=outline.id)
    return hand.do(e.Loaded(at, outline))


def test_each_recording_keeps_its_own_place():
    hand = Hand()
    chosen(hand, TAPE, 0.0)
    chosen(hand, RAIN, 700.0)  # in the middle of it, after a pause
    hand.at(1000.0).do(e.Hold(1000.0))
    assert {p.id: p.position_s for p in hand.session.places} == {"tape.flac": 700.0, "rain": 300.0}
    assert first_second(replace(hand.session, chosen="tape.flac"), 1001.0) == 695.0
    assert first_second(replace(hand.session, chosen="rain"), 1001.0) == 295.0
    assert first_second(replace(hand.session, chosen="night"), 1001.0) == 0.0


def test_what_is_only_stepped_through_keeps_the_place_it_had():
    hand = Hand()
    chosen(hand, TAPE, 0.0)
    hand.at(700.0).do(e.Hold(700.0))
    chosen(hand, TAPE, 1000.0)
    chosen(hand, RAIN, 1030.0)
    assert {p.id: p.position_s for p in hand.session.places} == {"tape.flac": 700.0}


def test_one_that_was_heard_to_its_end_or_broke_off_has_no_place():
    hand = Hand()
    chosen(hand, RAIN, 0.0)
    hand.at(500.0).do(e.Hold(500.0))
    chosen(hand, RAIN, 600.0)
    hand.at(600.0 + 4001.0)
    assert hand.session.places == ()
    chosen(hand, RAIN, 6000.0)
    hand.at(6500.0).do(e.SoundBroke(6500.0, 1.0))
    assert (hand.session.places, hand.session.resume) == ((), None)


def test_a_service_that_is_restarted_keeps_the_place_of_a_recording_for_ever():
    hand = Hand()
    chosen(hand, RAIN, 0.0)
    hand.at(500.0).do(e.Shutdown(500.0))
    assert first_second(replace(hand.session, chosen="rain"), 1e6) == 495.0
