"""Which sound card a box plays on when its settings name none."""

import pytest

from nidra_box.hardware.cards import COMES_WITHIN_S, card_gone, finder, parse_cards
from nidra_box.sound.deck import Card, DeckError, PygameDeck

JACK = " {} [Headphones     ]: bcm2835_headpho - bcm2835 Headphones\n                      bcm2835 Headphones\n"
HDMI = " {} [vc4hdmi        ]: vc4-hdmi - vc4-hdmi\n                      vc4-hdmi\n"
USB = " {} [Device         ]: USB-Audio - USB Audio Device\n                      at usb-20980000\n"
DAC = " {} [sndrpihifiberry]: HifiberryDac - snd_rpi_hifiberry_dac\n                      x\n"
NONE = "--- no soundcards ---\n"


class Time:
    now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def time():
    return Time()


@pytest.fixture
def machine(tmp_path, time):
    """machine(kinds…) writes /proc/asound/cards in that order; its `find` chooses."""
    (tmp_path / "proc/asound").mkdir(parents=True)

    def have(*kinds):
        text = "".join(kind.format(number) for number, kind in enumerate(kinds)) or NONE
        (tmp_path / "proc/asound/cards").write_text(text)
        return finder(time, root=tmp_path, environment={})

    return have


def test_cards_are_read_by_name():
    text = (
        " 0 [Headphones     ]: bcm2835_headpho - bcm2835 Headphones\n"
        "                      bcm2835 Headphones\n"
        " 1 [vc4hdmi        ]: vc4-hdmi - vc4-hdmi\n"
        "                      vc4-hdmi\n"
    )
    first, second = parse_cards(text)
    assert (first.number, first.name, first.is_jack) == (0, "Headphones", True)
    assert (second.number, second.name, second.is_hdmi) == (1, "vc4hdmi", True)
    assert parse_cards("--- no soundcards ---\n") == ()
    assert parse_cards(None) is None


@pytest.mark.parametrize(
    ("kinds", "name"),
    [
        ((USB,), "Device"),
        ((HDMI, USB), "Device"),
        ((JACK, HDMI, USB), "Device"),
        ((HDMI, DAC), "sndrpihifiberry"),
        ((DAC, USB), "sndrpihifiberry"),
    ],
)
def test_a_card_of_its_own_is_taken_at_once(machine, kinds, name):
    assert machine(*kinds)() == f"plughw:CARD={name},DEV=0"


@pytest.mark.parametrize(
    ("kinds", "in_the_end"),
    [
        ((JACK, HDMI), "plughw:CARD=Headphones,DEV=0"),
        ((HDMI,), ""),  # the system's default, which opens only if a screen is on
        ((), ""),
    ],
)
def test_for_another_it_waits_while_it_may_come(machine, time, kinds, in_the_end):
    find = machine(*kinds)
    assert find() is None
    time.now += COMES_WITHIN_S - 0.1
    assert find() is None
    time.now += 0.2
    assert find() == in_the_end


def test_one_that_comes_late_is_taken_when_it_comes(machine, time):
    find = machine(HDMI)
    assert find() is None
    time.now += 5.0
    machine(HDMI, USB)
    assert find() == "plughw:CARD=Device,DEV=0"


def test_without_alsa_it_is_the_system_s_default(tmp_path, time):
    find = finder(time, comes_within_s=0.0, root=tmp_path, environment={})
    assert find() == ""


@pytest.mark.parametrize(
    "environment",
    [{"ALSA_CONFIG_PATH": "mine"}, {"AUDIODEV": "mine"}, {"SDL_AUDIODRIVER": "dummy"}],
)
def test_who_has_chosen_otherwise_is_left_alone(machine, time, tmp_path, environment):
    machine(USB)
    assert finder(time, root=tmp_path, environment=environment)() == ""


def test_an_asound_conf_is_left_alone(machine, time, tmp_path):
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/asound.conf").write_text("pcm.!default { type null }")
    assert machine(USB)() == ""


def test_a_card_that_has_left_is_said_by_its_name(tmp_path):
    (tmp_path / "Device").mkdir()
    assert card_gone("plughw:CARD=Device,DEV=0", tmp_path) == ""
    (tmp_path / "Device").rmdir()
    assert (
        card_gone("plughw:CARD=Device,DEV=0", tmp_path)
        == "the sound card Device has been unplugged"
    )
    assert card_gone("default", tmp_path) == ""
    assert card_gone("", tmp_path) == ""


def test_what_opened_once_stays_the_card(monkeypatch):
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    monkeypatch.setenv("AUDIODEV", "")
    answers = iter([None, "plughw:CARD=Device,DEV=0"])
    deck = PygameDeck(Card(find=lambda: next(answers)), 1024, 24)
    with pytest.raises(DeckError, match="none has come yet"):
        deck.open()
    for _ in range(2):  # the second time nobody is asked
        deck.open()
        deck.close()
    assert deck.name == "plughw:CARD=Device,DEV=0"


def test_what_cannot_be_opened_is_looked_for_again(monkeypatch):
    monkeypatch.setenv("SDL_AUDIODRIVER", "nonsense")
    monkeypatch.setenv("AUDIODEV", "")
    deck = PygameDeck(Card(find=lambda: "plughw:CARD=Gone,DEV=0"), 1024, 24)
    with pytest.raises(DeckError):
        deck.open()
    assert deck.card.name == ""
