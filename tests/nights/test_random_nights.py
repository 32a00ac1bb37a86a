"""A hundred random nights: whatever hands and faults do, the seven promises are kept.

NIDRA_NIGHTS of them where there is little time; `make nights` plays five thousand. They run on every
core and are judged one by one.
"""

import os

import pytest

from tests.nights.random_nights import judge, judging, main, night_in_words, random_night

SEEDS = range(1, 1 + int(os.environ.get("NIDRA_NIGHTS", "100")))


class Nights:
    """Nights as they come from the cores, for tests that ask for them by number."""

    def __init__(self, coming):
        self.coming, self.come = coming, {}

    def breaches(self, seed):
        while seed not in self.come:
            number, self.come[number] = next(self.coming)
        return self.come[seed]


@pytest.fixture(scope="module")
def nights(request):
    """Only those nights are played whose tests were chosen."""
    calls = [getattr(item, "callspec", None) for item in request.session.items]
    chosen = {call.params["night"] for call in calls if call and "night" in call.params}
    with judging([seed for seed in SEEDS if seed in chosen]) as coming:
        yield Nights(coming)


@pytest.mark.parametrize("night", SEEDS)
def test_a_random_night_keeps_every_promise(nights, night):
    breaches = nights.breaches(night)
    assert not breaches, told(night, breaches)


def test_what_a_hand_does_at_once_is_no_return_by_itself():
    """In night 770824 the knob is turned two seconds after the power is back; the frame of the
    turn already rises as fast as a hand may ask."""
    assert judge(770824) == []


def told(night, breaches):
    """What a person needs to play that night again."""
    lines = [f"night {night} broke its promises:", *(f"  {breach}" for breach in breaches)]
    again = f"again: python -m tests.nights.random_nights --seed {night} --nights 1 --tell"
    return "\n".join([*lines, night_in_words(night), again])


def test_a_number_is_always_the_same_night():
    (world, acts), (again, acts_again) = random_night(17), random_night(17)
    assert acts == acts_again
    assert (world.config, world.programmes) == (again.config, again.programmes)


def test_a_broken_night_is_told_in_words():
    _, acts = random_night(17)
    text = told(17, ["promise 3 broken"])
    assert "  promise 3 broken" in text
    assert all(f"{act.at_s:.2f} {act.what}" in text for act in acts)
    assert "--seed 17 --nights 1" in text


def test_the_command_tells_a_night_and_how_many_were_good(capsys):
    assert main(["--seed", "17", "--nights", "1", "--tell"]) == 0
    out = capsys.readouterr().out
    assert night_in_words(17) in out
    assert "1 kept all seven promises and ended silent and dark, 0 did not" in out
