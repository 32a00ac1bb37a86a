"""The configuration: every setting with its unit, range and default, in one place.

`config/nidra-box.yaml` says the same in words; a test compares the two. Every mistake is
reported at once, an unknown key is a mistake. Pure but for `read_config`.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, TypeVar, cast, get_args, get_type_hints

from nidra_box.documents.fields import Fields
from nidra_box.documents.load import parse_document, read_lines
from nidra_box.documents.node import DocumentError, Mapping, Problems
from nidra_box.session.events import Settings

FORMAT = "nidra-box-config/1"
MIN_RING_FRAMES = 24_000
"""Half a second: with a tenth of a second in hand a busy Pi loses sound (PLATFORM)."""


def setting(default: Any, low: float = 0, high: float = 0, unit: str = "") -> Any:
    """A field with its range and unit; numbers only need the range."""
    return field(default=default, metadata={"low": low, "high": high, "unit": unit})


def words(pattern: str, says: str) -> Any:
    """A text that may be left empty, and how else it must be, as `Fields.text` asks for it."""
    return field(default="", metadata={"pattern": pattern, "says": says})


CARD = words(r"(?!\d+$)[^\n]*", "a card's name from aplay -L, such as plughw:CARD=Device,DEV=0")
"""ALSA has no card called 1, and the numbers change from one start to the next."""


@dataclass(frozen=True, slots=True)
class Pins:
    """BCM numbers, clear of I2S, I2C and most sound HATs (PLATFORM); -1 is not connected."""

    light: int = setting(12, -1, 27, "BCM")
    second_light: int = setting(-1, -1, 27, "BCM")
    knob_a: int = setting(22, -1, 27, "BCM")
    knob_b: int = setting(27, -1, 27, "BCM")
    button: int = setting(23, -1, 27, "BCM")
    knob_push: int = setting(-1, -1, 27, "BCM")


@dataclass(frozen=True, slots=True)
class KnobSettings:
    steps_per_detent: int = setting(4, 1, 4, "4, 2 or 1")
    reverse: bool = False
    acceleration: float = setting(2.0, 1, 4, "times")


@dataclass(frozen=True, slots=True)
class VolumeSettings:
    start_db: float = setting(-20.0, -60, 0, "dB")
    floor_db: float = setting(-60.0, -80, -30, "dB")
    ceiling_db: float = setting(0.0, -40, 0, "dB")
    night_ceiling_db: float = setting(-10.0, -50, 0, "dB")
    step_db: float = setting(1.5, 0.5, 6, "dB")


@dataclass(frozen=True, slots=True)
class TimerSettings:
    minutes: float = setting(0.0, 0, 720, "min")
    wind_down_minutes: float = setting(5.0, 0.5, 30, "min")
    not_yet_minutes: float = setting(15.0, 1, 120, "min")
    longest_hours: float = setting(12.0, 0.1, 12, "h")


@dataclass(frozen=True, slots=True)
class LightSettings:
    backend: Literal["auto", "kernel-pwm", "gpiozero", "none"] = "auto"
    pwm_chip: str = ""
    colours: Literal["one", "two"] = "one"


@dataclass(frozen=True, slots=True)
class SoundSettings:
    card: str = CARD
    mixer: str = ""
    mixer_db: float = setting(0.0, -60, 0, "dB")
    device_buffer: int = setting(1024, 256, 8192, "frames")
    ring_buffers: int = setting(48, 8, 256, "device buffers")


@dataclass(frozen=True, slots=True)
class FolderSettings:
    library: str = ""
    recordings: str = ""
    state: str = ""


@dataclass(frozen=True, slots=True)
class RecordingSettings:
    quality: Literal["auto", "lossless", "small"] = "auto"


@dataclass(frozen=True, slots=True)
class Config:
    format: Literal["nidra-box-config/1"] = "nidra-box-config/1"
    programmes: tuple[str, ...] = ()
    hold_programme: str = "breath-lamp"
    lock: Literal["none", "night"] = "none"
    resume_within_minutes: float = setting(30.0, 0, 600, "min")
    resume_after_power_loss: bool = False
    pins: Pins = field(default_factory=Pins)
    knob: KnobSettings = field(default_factory=KnobSettings)
    volume: VolumeSettings = field(default_factory=VolumeSettings)
    timer: TimerSettings = field(default_factory=TimerSettings)
    light: LightSettings = field(default_factory=LightSettings)
    sound: SoundSettings = field(default_factory=SoundSettings)
    folders: FolderSettings = field(default_factory=FolderSettings)
    recordings: RecordingSettings = field(default_factory=RecordingSettings)

    def settings(self, programmes: tuple[str, ...]) -> Settings:
        """What the session needs; `programmes` is the list of the second press."""
        volume, timer = self.volume, self.timer
        return Settings(
            programmes=programmes,
            hold_programme=self.hold_programme,
            start_db=volume.start_db,
            floor_db=volume.floor_db,
            ceiling_db=volume.ceiling_db,
            night_ceiling_db=volume.night_ceiling_db,
            step_db=volume.step_db,
            timer_s=timer.minutes * 60.0,
            wind_down_s=timer.wind_down_minutes * 60.0,
            not_yet_s=timer.not_yet_minutes * 60.0,
            longest_s=timer.longest_hours * 3600.0,
            resume_within_s=self.resume_within_minutes * 60.0,
            night_lock=self.lock == "night",
            resume_after_power_loss=self.resume_after_power_loss,
        )


def read_config(path: Path) -> Config:
    """The configuration in `path`: what `check` judges and `run` starts with. Raises DocumentError
    with every mistake."""
    return parse_config(read_lines(path), str(path))


def parse_config(text: str, file: str) -> Config:
    """The configuration that `text` is. Raises DocumentError with every mistake."""
    problems = Problems(file)
    config = read_settings(Fields(parse_document(text, problems), "", problems))
    if problems.errors:
        raise DocumentError(problems.errors)
    return config


def read_settings(top: Fields) -> Config:
    """The configuration whose keys `top` reads; its problems hold the mistakes."""
    config = _read(Config, top)
    _check(config, top)
    return config


T = TypeVar("T")


def _read(kind: type[T], fields: Fields) -> T:
    """A dataclass of settings from the keys of a mapping; a key left out has its default."""
    hints = get_type_hints(kind)
    values: dict[str, Any] = {}
    for item in dataclasses.fields(cast(Any, kind)):
        values[item.name] = _read_one(item, hints[item.name], fields)
    fields.finish()
    return kind(**values)


def _read_one(item: dataclasses.Field[Any], hint: Any, fields: Fields) -> Any:
    name, about = item.name, item.metadata
    if dataclasses.is_dataclass(hint):
        section = fields.fields(name, default=None)
        return cast(Any, hint)() if section is None else _read(cast(Any, hint), section)
    default = item.default
    if hint is bool:
        return fields.flag(name, default)
    if hint is int:
        return fields.integer(name, about["low"], about["high"], about["unit"], default)
    if hint is float:
        return fields.number(name, about["low"], about["high"], about["unit"], default)
    if hint is str:
        return fields.text(name, default, **about)
    options = get_args(hint)
    if options and isinstance(options[0], str):
        return fields.choice(name, options, default)
    return fields.texts(name, default)


def _check(config: Config, top: Fields) -> None:
    """What no single setting can be blamed for."""
    _check_pins(config.pins, top)
    for name in ("library", "recordings", "state"):
        folder = getattr(config.folders, name)
        try:
            Path(folder).expanduser()
        except RuntimeError:
            _blame(top, "folders", name, f"there is no home for the ~ of {folder!r}: write it out")
    volume = config.volume
    if config.knob.steps_per_detent == 3:
        _blame(top, "knob", "steps_per_detent", "3 is not made; allowed: 4, 2 or 1")
    ring = config.sound.device_buffer * config.sound.ring_buffers
    if ring < MIN_RING_FRAMES:
        _blame(
            top,
            "sound",
            "ring_buffers",
            f"{ring} frames in hand are too few for a busy Pi; at least {MIN_RING_FRAMES}",
        )
    if volume.start_db > volume.ceiling_db:
        _blame(
            top,
            "volume",
            "start_db",
            f"{volume.start_db:g} dB is over ceiling_db ({volume.ceiling_db:g} dB)",
        )
    for name, level in (
        ("start_db", volume.start_db),
        ("ceiling_db", volume.ceiling_db),
        ("night_ceiling_db", volume.night_ceiling_db),
    ):
        if level < volume.floor_db:
            _blame(top, "volume", name, f"{level:g} dB is under floor_db ({volume.floor_db:g} dB)")


def _check_pins(pins: Pins, top: Fields) -> None:
    taken: dict[int, str] = {}
    for item in dataclasses.fields(pins):
        pin = getattr(pins, item.name)
        if pin < 0:
            continue
        if pin in taken:
            _blame(top, "pins", item.name, f"pin {pin} is taken by {taken[pin]} already")
        taken.setdefault(pin, item.name)
    if (pins.knob_a < 0) != (pins.knob_b < 0):
        _blame(top, "pins", "knob_b", "a knob needs both knob_a and knob_b, or neither (-1)")


def _blame(top: Fields, section: str, key: str, message: str) -> None:
    """An error at `section.key`, on its line if it was written; one error for one key."""
    if any(problem.path == f"{section}.{key}" for problem in top.problems.found):
        return
    node = next((entry for entry in top.node.entries if entry.key == section), None)
    line = node.line if node else 0
    if node is not None and isinstance(node.value, Mapping):
        line = next((e.line for e in node.value.entries if e.key == key), line)
    top.problems.error(line, f"{section}.{key}", message)
