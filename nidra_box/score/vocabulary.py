"""The words of the script format and the limits of each, with the source of every number.

"[D]" marks a design choice of this project; every other number names its source.
"""

from __future__ import annotations

from enum import StrEnum

from nidra_box.units import LIGHT_HZ, MAX_WRITE_STEP

FORMAT = "nidra-script/1"


class Kind(StrEnum):
    GUIDED = "guided"
    UNGUIDED = "unguided"
    LIGHT_ONLY = "light-only"


class Ending(StrEnum):
    SLEEP_THROUGH = "sleep-through"
    WAKE = "wake"
    OPEN = "open"


class StageKind(StrEnum):
    PREPARATION = "preparation"
    INTENTION = "intention"
    BREATH = "breath"
    POSTURE = "posture"
    SCAN = "scan"
    EYES = "eyes"
    TOUCH = "touch"
    OPPOSITES = "opposites"
    IMAGERY = "imagery"
    QUIET = "quiet"
    DRIFT = "drift"
    SLEEP = "sleep"
    RETURN = "return"


class Pattern(StrEnum):
    """What the lamp does in a stage. `dark`, never `off`: YAML reads off as false."""

    BREATH = "breath"
    STEADY = "steady"
    SWELL = "swell"
    DARK = "dark"


class Colour(StrEnum):
    """Amber (590 nm) and red (630 nm): melanopic ratios 0.024 and 0.0025 against 0.47
    for warm white, so a lamp in these colours stays under 1 melanopic lux (Brown 2022)."""

    AMBER = "amber"
    RED = "red"


class Part(StrEnum):
    """The four parts of one breath."""

    INHALE = "inhale"
    HOLD = "hold"
    EXHALE = "exhale"
    REST = "rest"


ACTIVITIES = ("yoga-nidra", "body-scan", "breath", "sleep-sound")
GOALS = ("sleep", "stress", "back", "break")
AUDIENCES = ("adults", "teenagers", "older-adults", "pregnancy")
CAUTIONS = (
    "red-flags",
    "side-lying-if-pregnant",
    "arms-behind-back",
    "leave-out-what-hurts",
    "sore-jaw",
    "not-while-driving",
    "you-may-stop",
)
CAUTION_WORDS = {
    "red-flags": "Get medical help at once for back pain with numbness between the legs, loss of "
    "bladder or bowel control, or weakness in both legs.",
    "leave-out-what-hurts": "Leave out whatever hurts.",
    "you-may-stop": "You may stop at any time; sit up and switch on a light.",
    "side-lying-if-pregnant": "In the second half of pregnancy lie on your side.",
    "arms-behind-back": "It puts the hands behind the waist: leave that out if arms or shoulders "
    "object.",
    "sore-jaw": "It opens the mouth wide: make it small with a sore jaw.",
    "not-while-driving": "Never while driving.",
}
"""Each caution of the vocabulary in words for those who lie there."""
LICENCES = ("CC-BY-4.0", "CC-BY-SA-4.0", "CC0-1.0", "personal")
"""`personal` is for private programmes; a shipped one must not use it."""

PEAK_CAP_LIGHTNESS = {
    # [D] L* at the brightest moment of a stage of each kind, at the lamp itself.
    StageKind.PREPARATION: 60.0,
    StageKind.RETURN: 60.0,
    StageKind.POSTURE: 50.0,
    StageKind.BREATH: 50.0,
    StageKind.INTENTION: 45.0,
    StageKind.SCAN: 30.0,
    StageKind.TOUCH: 30.0,
    StageKind.EYES: 30.0,
    StageKind.OPPOSITES: 25.0,
    StageKind.IMAGERY: 20.0,
    StageKind.QUIET: 20.0,
    StageKind.DRIFT: 15.0,
    StageKind.SLEEP: 0.0,
}

MAX_LIT_S = 30 * 60.0  # [D] lit time of a programme that ends in sleep
MAX_LIGHT_STEP = 15.0  # [D] L* between two stages without a fade of at least MIN_STEP_FADE_S
MIN_STEP_FADE_S = 3.0
DEFAULT_LIGHT_FADE_S = 2.0  # [D] how long one stage's light takes to become the next one's
MAX_LIGHT_SLOPE = MAX_WRITE_STEP * LIGHT_HZ  # L*/s: what the promise leaves

MIN_BREATH_RATE, MAX_BREATH_RATE = 4.5, 16.0  # [D] per minute; resonance is near 6 (Shaffer 2020)
MAX_HOLD_SHARE = 0.40  # [D] of one breath, both holds together
MAX_PERIOD_STEP_S = 0.5  # [D] between the end of one stage and the start of the next

VOICE_LUFS = -20.0  # [D] mono, measured after BS.1770
DRIFT_VOICE_LUFS = -24.0  # [D] people near sleep are startled by a voice at full level
TITLE_LUFS = -30.0
"""[D] A programme's title, spoken in the dark while choosing: 10 LU below the voice."""
TITLE_AFTER_S = 1.2  # [D] the choice has been made, and the last sound has almost faded
RECORDING_LUFS = -14.0
"""[D] The assumed loudness of a recording that was not measured: that of streaming services."""
MIN_VOICE_LUFS, MAX_VOICE_LUFS = -26.0, -16.0
DEFAULT_TRUE_PEAK_DB = -3.0
MIN_UNDER_VOICE_LU, MAX_UNDER_VOICE_LU = 12.0, 30.0
MAX_SLEEP_BED_LUFS = -30.0
MAX_BED_JUMP_LU = 3.0
MIN_BED_JUMP_FADE_S = 10.0
DEFAULT_BED_FADE_S = 10.0  # [D] within the 8 to 20 s of a voice-to-bed crossfade
MIN_FIRST_FADE_S = 3.0  # [D] the first sound of a night
MIN_FIRST_WORD_S = 5.0  # [D] after that sound began
FADE_IN_FROM_LUFS = -70.0  # [D] where a bed's fade-in begins: 50 LU under the voice, unheard
MIN_END_FADE_S, GOOD_END_FADE_S = 60.0, 300.0  # of a sleep-through programme

MAX_UNCLAIMED_S = 30.0  # silence that no pause asked for
MIN_FLEX_S = 4.0
MAX_SPEECH_SHARE = 0.60
COMFORT_BEFORE_S = 90.0  # a comfort or opt-out cue is spoken within this time
MAX_CUE_CHARACTERS = 220
MAX_CUE_WORDS = 25
MAX_DURATION_S = 12 * 3600.0
MAX_SLEEP_MODULATION_DB = 6.0  # [D] how far a bed may swell while people sleep
