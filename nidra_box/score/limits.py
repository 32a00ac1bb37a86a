"""The allowed numbers, words and names of a script. Pure."""

from __future__ import annotations

from typing import NamedTuple

from nidra_box.score import vocabulary as v
from nidra_box.units import SILENT_LUFS


class Range(NamedTuple):
    """The lowest and the highest number allowed, both included, and their unit."""

    low: float
    high: float
    unit: str


VOICE_LUFS = Range(v.MIN_VOICE_LUFS, v.MAX_VOICE_LUFS, "LUFS")
TRUE_PEAK_DB = Range(-12.0, -1.0, "dBTP")
WORDS_PER_MINUTE = Range(90.0, 140.0, "words/min")
BREATH_PART_S = Range(0.0, 30.0, "s")
BREATH_RATE = Range(v.MIN_BREATH_RATE, v.MAX_BREATH_RATE, "breaths/min")
STEADY_START_S = Range(0.0, 600.0, "s")
STEADY_END_SHARE = Range(0.0, 0.9, "of the stage")
BED_LUFS = Range(SILENT_LUFS, 0.0, "LUFS")
UNDER_VOICE_LU = Range(v.MIN_UNDER_VOICE_LU, v.MAX_UNDER_VOICE_LU, "LU")
BED_FADE_S = Range(0.0, 600.0, "s")
LIGHT_FADE_S = Range(0.0, 120.0, "s")
LIGHTNESS = Range(0.0, 100.0, "L*")
TRACK_GAIN_DB = Range(-60.0, 0.0, "dB")
SOUND_GAIN_DB = Range(-40.0, 0.0, "dB")
PAUSE_S = Range(0.0, v.MAX_DURATION_S, "s (or flex)")
MAX_REPEATS = 60
MAX_CUES = 2000  # the longest shipped script has 160
MAX_STAGES = 200
MAX_BREATH_MARKS = 50_000
"""In all stages together. Twelve hours at the fastest pace, four parts a breath, are 46,080."""

ID = r"[a-z0-9-]+"
ID_SAYS = "small letters, digits and hyphens"
FILE_NAME = r"[^/\\\x00-\x1f]+"
FILE_NAME_SAYS = "a file name without a folder"
LANGUAGE = r"[a-z]{2,3}(-[A-Z]{2})?"
LANGUAGE_SAYS = "a language code like en or pt-BR"
WORDS = r"[\s\S]*\S[\s\S]*"
WORDS_SAYS = "words"
CUE_END = r"[.!?…][”\"’')]?"
"""How a cue must end, so that the voice engine ends the sentence."""

DEFAULT_WORDS_PER_MINUTE = 112.0
