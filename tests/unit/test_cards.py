"""Which sound card a box plays on when its settings name none."""

import os
import shutil
import subprocess
import sys

import pytest

from nidra_box.sound.card.choose import (
    card_gone,
    finder,
    parse_cards,
    set_up_by_hand,
)
from nidra_box.sound.card.deck import Card, DeckError, PygameDeck

JACK = " {} [Headphones     ]: bcm2835_headpho - bcm2835 Headphones\n                      bcm2835 Headphones\n"
HDMI = " {} [vc4hdmi        ]: vc4-hdmi - vc4-hdmi\n                      vc4-hdmi\n"
USB = " {} [Device         ]: USB-Audio - USB Audio Device\n                      at usb-20980000\n"
DAC = " {} [sndrpihifiberry]: HifiberryDac - snd_rpi_hifiberry_dac\n                      x\n"
CAMERA = " {} [C920           ]: USB-Audio - HD Pro Webcam C920\n                      x\n"
LOOPBACK = " {} [Loopback       ]: Loopback - Loopback\n                      Loopback 1\n"
INTERFACE = " {} [UMC            ]: USB-Audio - UMC\n                      x\n"
DEVICES = {CAMERA: ["pcm0c"], INTERFACE: ["pcm0c", "pcm2p", "pcm1p"]}
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
    """machine(kinds…) writes /proc/asound in that order; its `find` chooses."""

    def have(*kinds, environment=None):
        asound = tmp_path / "proc/asound"
        shutil.rmtree(asound, ignore_errors=True)
        asound.mkdir(parents=True)
        text = "".join(kind.format(number) for number, kind in enumerate(kinds)) or NONE
        (asound / "cards").write_text(text)
        for number, kind in enumerate(kinds):
            for device in DEVICES.get(kind, ["pcm0p", "pcm0c"]):
                (asound / f"card{number}" / device).mkdir(parents=True)
        return finder(time, root=tmp_path, environment=environment or {})

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


@pytest.mark.parametrize(
    ("kinds", "name"),
    [
        ((USB,), "Device"),
        ((HDMI, USB), "Device"),
        ((JACK, HDMI, USB), "Device"),
        ((HDMI, DAC), "sndrpihifiberry"),
        ((DAC, USB), "sndrpihifiberry"),
        ((CAMERA, USB), "Device"),
        ((LOOPBACK, JACK, USB), "Device"),
    ],
)
def test_a_card_of_its_own_is_taken_at_once(machine, kinds, name):
    assert machine(*kinds)(None) == f"plughw:CARD={name},DEV=0"


def test_the_first_device_that_plays_is_taken(machine):
    assert machine(INTERFACE)(None) == "plughw:CARD=UMC,DEV=1"


@pytest.mark.parametrize(
    ("kinds", "in_the_end"),
    [
        ((JACK, HDMI), "plughw:CARD=Headphones,DEV=0"),
        ((CAMERA, LOOPBACK, JACK), "plughw:CARD=Headphones,DEV=0"),
        ((HDMI,), None),  # a screen would speak in the night
        ((CAMERA,), None),
        ((), None),
    ],
)
def test_the_jack_is_taken_once_no_other_has_come(machine, time, kinds, in_the_end):
    find = machine(*kinds)
    time.now = 1.0
    assert find(None) is None
    time.now = 59.9
    assert find(None) is None
    time.now = 60.0
    assert find(None) == in_the_end


def test_a_restart_in_the_middle_of_a_day_waits_for_nothing(machine, time):
    time.now = 86_400.0
    assert machine(JACK)(None) == "plughw:CARD=Headphones,DEV=0"


def test_one_that_comes_late_is_taken_when_it_comes(machine, time):
    find = machine(HDMI)
    assert find(None) is None
    time.now += 5.0
    machine(HDMI, USB)
    assert find(None) == "plughw:CARD=Device,DEV=0"


def test_a_card_of_its_own_is_waited_for_and_the_jack_is_left(machine):
    usb, jack = "plughw:CARD=Device,DEV=0", "plughw:CARD=Headphones,DEV=0"
    find = machine(JACK, HDMI)
    assert find(usb) == usb  # it was pulled out
    assert find(jack) == jack
    card = Card(find=find, opened=jack)
    assert not card.has_better()
    machine(JACK, HDMI, USB)
    assert find(jack) == usb
    assert card.has_better()
    assert not Card(find=find, opened=usb).has_better()
    assert not Card(jack, find=find, opened=jack).has_better()  # it was asked for


def test_without_alsa_it_is_the_system_s_default(tmp_path, time):
    find = finder(time, root=tmp_path, environment={})
    assert find(None) == ""
    assert not Card(find=find, opened="").has_better()


@pytest.mark.parametrize(
    "environment",
    [{"ALSA_CONFIG_PATH": "mine"}, {"AUDIODEV": "mine"}, {"SDL_AUDIODRIVER": "dummy"}],
)
def test_who_has_chosen_otherwise_is_left_alone(machine, environment):
    assert machine(USB, environment=environment)(None) == ""


@pytest.mark.parametrize("file", ["etc/asound.conf", "home/pi/.asoundrc"])
def test_a_default_set_up_by_hand_is_left_alone(machine, tmp_path, file):
    (tmp_path / file).parent.mkdir(parents=True)
    (tmp_path / file).write_text("pcm.dmixer { type dmix }")
    assert machine(USB, environment={"HOME": "/home/pi"})(None) == "plughw:CARD=Device,DEV=0"
    (tmp_path / file).write_text("pcm.!default { type null }")
    assert machine(USB, environment={"HOME": "/home/pi"})(None) == ""
    assert set_up_by_hand(tmp_path, {"HOME": "/home/pi"}) == f"/{file}"


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


def test_what_opens_is_remembered_and_asked_about(monkeypatch):
    monkeypatch.setenv("SDL_AUDIODRIVER", "dummy")
    monkeypatch.setenv("AUDIODEV", "")
    asked = []
    answers = iter([None, "plughw:CARD=Device,DEV=0", ""])

    def find(opened):
        asked.append(opened)
        return next(answers)

    deck = PygameDeck(Card(find=find), 1024, 24)
    with pytest.raises(DeckError, match="none has come yet"):
        deck.open()
    deck.open()
    deck.close()
    assert deck.card.opened == "plughw:CARD=Device,DEV=0"
    assert os.environ["AUDIODEV"] == "plughw:CARD=Device,DEV=0"
    deck.open()
    deck.close()
    assert deck.card.opened == ""
    assert "AUDIODEV" not in os.environ  # it was ours
    assert asked == [None, None, "plughw:CARD=Device,DEV=0"]


def test_what_cannot_be_opened_is_looked_for_again(monkeypatch):
    monkeypatch.setenv("SDL_AUDIODRIVER", "nonsense")
    monkeypatch.setenv("AUDIODEV", "")
    deck = PygameDeck(Card(find=lambda opened: "plughw:CARD=Gone,DEV=0"), 1024, 24)
    with pytest.raises(DeckError):
        deck.open()
    assert deck.card.opened is None


LATE = """
import sys
from nidra_box.sound.card.deck import Card, DeckError, PygameDeck
names = iter([None, ""])
deck = PygameDeck(Card(driver="dummy", find=lambda opened: next(names)), 1024, 24)
try:
    deck.open()
except DeckError as error:
    print(error)
looked_for = []
sys.addaudithook(lambda event, facts: event == "import" and looked_for.append(facts[0]))
deck.open()
print(deck.current(), looked_for)
"""


def test_a_card_that_comes_late_loads_nothing():
    """An upgrade may be replacing pygame in that moment."""
    ran = subprocess.run([sys.executable, "-c", LATE], capture_output=True, text=True, check=True)
    assert ran.stdout.splitlines() == ["none has come yet but HDMI or the jack", "0 []"]
