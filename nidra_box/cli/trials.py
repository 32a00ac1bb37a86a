"""`doctor --light` and `doctor --sound`: for eyes and ears."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time

from nidra_box.cli.common import BUSY, MISCONFIGURED, Failed, say
from nidra_box.config import Config
from nidra_box.doctor import trials
from nidra_box.hardware.board import NotAPi
from nidra_box.hardware.opening import open_light
from nidra_box.installed import to_write
from nidra_box.library.catalogue import Catalogue
from nidra_box.library.port import CannotPlay
from nidra_box.sound.card.choose import finder
from nidra_box.sound.card.deck import Card, DeckError, PygameDeck
from nidra_box.sound.card.own_screen import screen_of_its_own
from nidra_box.sound.sources import BadSound
from nidra_box.words import reason_of


def try_light(config: Config) -> int:
    """The lamp through the backend that the box would take. Raises Failed."""
    from nidra_box.hardware.gpio import NoLight, open_factory

    # lgpio leaves a FIFO where it is imported.
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        try:
            light = open_light(config, open_factory())
        except NotAPi as error:
            raise Failed(str(error), MISCONFIGURED) from error
        if isinstance(light, NoLight):
            raise Failed(light.name)
        say(f"one breath of ten seconds, dark at both ends: {light.name}")
        try:
            trials.breathe(light, time.sleep)
            if config.light.colours == "two":
                say("and one on the second lamp")
                trials.breathe(light, time.sleep, red=True)
        except OSError as error:
            raise Failed(f"{light.name}: {reason_of(error)}") from error
        finally:
            light.close()
    return 0


def try_sound(config: Config, catalogue: Catalogue) -> int:
    """Three strokes of the bowl, as loud as a night begins. Raises Failed."""
    try:
        source = catalogue.open_source("sound:bowl")
        bowl = source.read(0, source.frames)
        source.close()
    except (BadSound, CannotPlay) as error:
        fix = to_write(catalogue.folders.beds, "nidra-box beds")
        raise Failed(f"there is no bowl to play ({error}): {fix}") from error
    if bowl.shape[1] == 1:
        bowl = bowl.repeat(2, axis=1)
    top_db = min(config.volume.start_db, config.volume.ceiling_db)
    pcm = trials.soft_bowl(bowl, top_db)
    os.environ.setdefault("SDL_AUDIODRIVER", "alsa")  # as `run`: no other way out, unsaid
    name = config.sound.card or finder(time.monotonic, comes_within_s=0.0)(None)
    if name is None:
        raise Failed("there is no sound card that the box takes by itself: nidra-box doctor")
    deck = PygameDeck(Card(name), config.sound.device_buffer, config.sound.ring_buffers)
    say(f"three strokes of the bowl, the last at {top_db:g} dB: {deck.name}")
    try:
        with screen_of_its_own():  # ALSA has much to say about a card that is not there
            trials.play(deck, pcm, time.sleep)
    except DeckError as error:
        held = f": the running box holds it: {BUSY}" if "busy" in str(error).lower() else ""
        raise Failed(f"the sound card cannot be opened: {error}{held}") from error
    except trials.CardStandsStill as error:
        raise Failed(str(error)) from error
    return 0
