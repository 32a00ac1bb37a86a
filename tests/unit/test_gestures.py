"""One button: bounce, chatter, stuck contacts and the gestures of a hand."""

import pytest

from nidra_box.session.gestures import Button, Complaint, Down, Held, Up


def play(button, edges, until):
    """Feed (time, closed) edges and let time pass as the loop would; what came of it."""
    found = list(button.starts(0.0, False))
    pending = sorted(edges)
    while True:
        due = button.next_at()
        if pending and (due is None or pending[0][0] <= due):
            at, closed = pending.pop(0)
            found += button.edge(at, closed)
        elif due is not None and due <= until:
            if button.wants_reading(due):
                level = next((c for t, c in sorted(edges, reverse=True) if t <= due), False)
                found += button.level(due, level)
            found += button.due(due)
        else:
            return found


def kinds(found):
    return [type(f) for f in found if not isinstance(f, Complaint)]


def test_a_press_acts_on_the_way_down():
    found = play(Button(), [(1.0, True), (1.1, False)], 3.0)
    assert kinds(found) == [Down, Up]
    assert found[0] == Down(1.0, again=False)


def test_bounce_is_one_press():
    edges = [(1.0 + i * 0.0007, i % 2 == 0) for i in range(9)]
    edges += [(1.2 + i * 0.0009, i % 2 == 1) for i in range(8)] + [(1.21, False)]
    assert kinds(play(Button(), edges, 3.0)) == [Down, Up]


@pytest.mark.parametrize("width", [0.0002, 0.001, 0.004])
def test_a_spike_on_the_wire_is_no_press(width):
    assert kinds(play(Button(), [(1.0, True), (1.0 + width, False)], 3.0)) == []


def test_a_flicker_while_held_is_no_second_press():
    edges = [(1.0, True), (1.4, False), (1.41, True), (2.5, False)]
    assert kinds(play(Button(), edges, 4.0)) == [Down, Held, Up]


@pytest.mark.parametrize(("gap_s", "kept"), [(0.024, True), (0.026, False)])
def test_a_contact_that_opens_for_25_ms_was_let_go(gap_s, kept):
    edges = [(1.0, True), (1.4, False), (1.4 + gap_s, True), (2.5, False)]
    assert kinds(play(Button(), edges, 4.0)[:2]) == ([Down, Held] if kept else [Down, Up])


def test_a_hold_comes_while_the_button_is_still_down():
    found = play(Button(), [(1.0, True), (2.5, False)], 4.0)
    assert kinds(found) == [Down, Held, Up]
    assert found[1] == Held(1.8)


def test_just_under_the_hold_time_is_a_press():
    assert kinds(play(Button(), [(1.0, True), (1.77, False)], 4.0)) == [Down, Up]


@pytest.mark.parametrize(
    ("gap", "again"), [(0.1, True), (0.349, True), (0.351, False), (0.6, False)]
)
def test_a_second_press_is_counted_from_the_first_way_down(gap, again):
    found = play(Button(), [(1.0, True), (1.05, False), (1.0 + gap, True), (1.5 + gap, False)], 4.0)
    downs = [f for f in found if isinstance(f, Down)]
    assert [d.again for d in downs] == [False, again]


def test_five_presses_in_a_second_are_a_press_and_four_more():
    edges = [e for i in range(5) for e in ((1 + i * 0.2, True), (1.08 + i * 0.2, False))]
    downs = [f for f in play(Button(), edges, 4.0) if isinstance(f, Down)]
    assert [d.again for d in downs] == [False, True, True, True, True]


def test_a_button_held_down_at_the_start_counts_only_after_it_was_up():
    button = Button()
    assert button.starts(0.0, True) == [Complaint(0.0, "held down at the start")]
    assert button.due(5.0) == []
    button.edge(6.0, False)
    button.due(6.1)
    button.edge(7.0, True)
    assert kinds(button.due(7.1)) == [Down]


def test_a_stuck_button_is_told_once_and_does_nothing_more():
    found = play(Button(), [(1.0, True)], 300.0)
    assert kinds(found) == [Down, Held]
    assert [f.what for f in found if isinstance(f, Complaint)] == ["stuck"]


def test_a_lost_release_is_found_by_reading_the_level():
    button = Button()
    button.starts(0.0, False)
    button.edge(1.0, True)
    assert kinds(button.due(1.01)) == [Down]
    assert not button.wants_reading(1.1)
    assert button.wants_reading(1.25)
    button.level(1.25, False)  # the edge never came
    assert kinds(button.due(1.3)) == [Up]


def test_a_chattering_line_goes_deaf_until_it_is_quiet():
    edges = [(1.0 + i * 0.003, i % 2 == 0) for i in range(400)]
    found = play(Button(), edges, 5.0)
    assert len([f for f in found if isinstance(f, Down)]) <= 1
    assert [f.what for f in found if isinstance(f, Complaint)] == ["noisy", "quiet"]
    button = Button()
    after = play(button, [*edges, (4.0, True), (4.1, False)], 6.0)
    assert isinstance(after[-1], Up)


def test_an_idle_button_asks_for_nothing():
    button = Button()
    button.starts(0.0, False)
    assert button.next_at() is None
    play(button, [(1.0, True), (1.1, False)], 3.0)
    assert button.next_at() is None
