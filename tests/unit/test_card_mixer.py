"""The card's own mixer: set or only read, through something that answers like libasound."""

import errno
import os

import pytest

from nidra_box.appliance.box import set_up_card
from nidra_box.config import Config
from nidra_box.diary.entries import CardLevel, Fault
from nidra_box.sound.card import mixer as card_mixer
from nidra_box.sound.card.mixer import control_device, set_up

PCM = "plughw:CARD=Set,DEV=0"


class Asound:
    """A mixer of named elements: [name, hundredths of dB (None: unknown), is on, has volume]."""

    def __init__(self, *elements, card=b"hw:Set"):
        self.elements, self.card, self.open = [list(e) for e in elements], card, 0

    def snd_mixer_open(self, mixer, mode):
        self.open += 1
        return 0

    def snd_mixer_attach(self, mixer, name):
        return 0 if name == self.card else -errno.ENODEV

    def snd_mixer_selem_register(self, mixer, options, kind):
        return 0

    def snd_mixer_load(self, mixer):
        return 0

    def snd_mixer_close(self, mixer):
        self.open -= 1

    def snd_mixer_first_elem(self, mixer):
        return 1 if self.elements else None

    def snd_mixer_elem_next(self, element):
        return element.value + 1 if element.value < len(self.elements) else None

    def at(self, element):
        return self.elements[element.value - 1]

    def snd_mixer_selem_has_playback_volume(self, element):
        return self.at(element)[3]

    def snd_mixer_selem_get_name(self, element):
        return self.at(element)[0].encode()

    def snd_mixer_selem_get_playback_dB(self, element, channel, value):
        if self.at(element)[1] is None:
            return -errno.EINVAL
        value._obj.value = self.at(element)[1]
        return 0

    def snd_mixer_selem_has_playback_switch(self, element):
        return self.at(element)[2] is not None

    def snd_mixer_selem_get_playback_switch(self, element, channel, value):
        value._obj.value = self.at(element)[2]
        return 0

    def snd_mixer_selem_set_playback_dB_all(self, element, value, direction):
        if self.at(element)[1] is None:
            return -errno.EINVAL
        assert direction == -1
        self.at(element)[1] = value.value // 50 * 50  # steps of half a dB, the one below
        return 0

    def snd_mixer_selem_set_playback_switch_all(self, element, value):
        self.at(element)[2] = value
        return 0

    def snd_strerror(self, error):
        return os.strerror(-error).encode()


def usual():
    return Asound(["Mic", -600, 1, 0], ["PCM", -2050, 0, 1], ["Headphone", 0, None, 1])


def said(library, control="", db=0.0, pcm=PCM):
    found = set_up(pcm, control, db, lambda: library)
    assert library.open == 0, "the mixer is given back"
    return found


def test_without_a_control_it_is_only_said_how_it_stands():
    library = usual()
    assert said(library) == [CardLevel("hw:Set", "PCM -20.5 dB, muted; Headphone 0 dB")]
    assert library.elements == usual().elements


def test_a_named_control_is_set_and_lets_sound_through():
    library = usual()
    assert said(library, "PCM", -3.25) == [CardLevel("hw:Set", "PCM -3.5 dB")]
    assert library.elements[1] == ["PCM", -350, 1, 1]
    assert library.elements[2] == usual().elements[2]


def test_a_control_that_is_not_there_is_a_word():
    assert said(usual(), "Master") == [
        Fault("mixer hw:Set", "no Master to set; there are: PCM, Headphone")
    ]


def test_a_control_that_knows_no_decibels_is_a_word():
    library = Asound(["PCM", None, None, 1])
    (unset,) = said(library, "PCM", -6.0)
    assert "PCM cannot be set to -6 dB (Invalid argument)" in unset.reason
    assert said(library) == [CardLevel("hw:Set", "PCM without a level in dB")]


def test_a_mixer_that_cannot_be_opened_is_a_word_only_for_who_wanted_it():
    library = usual()
    library.card = b"hw:Other"
    (unset,) = said(library, "PCM")
    assert unset.reason == "the mixer hw:Set cannot be opened (No such device)"
    assert said(library) == []


def test_a_card_without_a_volume_of_its_own_is_no_line():
    assert said(Asound()) == []
    assert said(Asound(), "PCM") == [Fault("mixer hw:Set", "no PCM to set; there are: none")]


@pytest.mark.parametrize(
    ("pcm", "device"),
    [
        (PCM, "hw:Set"),
        ("sysdefault:CARD=vc4hdmi", "hw:vc4hdmi"),
        ("hw:1,0", "hw:1"),
        ("plughw:Set", "hw:Set"),
        ("default", "default"),
        ("", "default"),
    ],
)
def test_the_mixer_of_a_name(pcm, device):
    assert control_device(pcm) == device


def test_what_somebody_set_up_by_hand_is_touched_only_if_a_control_is_named():
    library = usual()
    library.card = b"default"
    assert said(library, pcm="") == []
    assert said(library, "Headphone", pcm="") == [CardLevel("default", "Headphone 0 dB")]


def test_the_real_library_answers_for_a_card_that_is_not_there():
    try:
        card_mixer._library()
    except card_mixer.MixerError:
        pytest.skip("no libasound here")
    (unset,) = set_up("plughw:CARD=NoSuchCard,DEV=0", "PCM", 0.0)
    assert "hw:NoSuchCard cannot be opened" in unset.reason


def test_only_where_alsa_plays(monkeypatch):
    monkeypatch.setattr(card_mixer, "set_up", lambda *wanted: [wanted])
    monkeypatch.setenv("SDL_AUDIODRIVER", "disk")
    assert list(set_up_card(PCM, Config())) == []
    monkeypatch.setenv("SDL_AUDIODRIVER", "alsa")
    assert list(set_up_card(PCM, Config())) == [(PCM, "", 0.0)]
