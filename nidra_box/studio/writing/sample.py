"""Every form of every part of a script once, and what each key is for."""

from __future__ import annotations

from nidra_box.score import vocabulary as v
from nidra_box.units import SILENT_LUFS

SAMPLE = """
licence: {}
voice: {}
breath: {any-name: 5}
stages:
- kind: quiet
  bed: {under_voice_lu: 18}
  light: {pattern: breath}
  pace: {}
  track: mine.flac
  cues:
  - {say: Words.}
  - {play: bowl}
  - {silence: 1}
  - {each: [Words.]}
  - {repeat: 1, cues: []}
- kind: drift
  bed: {lufs: -40}
  light: {pattern: steady}
  track: {}
- light: {pattern: dark}
"""

WORDS = {
    "format": "What kind of file this is.",
    "id": "The file bears the same name.",
    "title": "The words that people see. No promise of a cure.",
    "kind": "guided: with words; light-only: without any sound.",
    "activity": "What people do meanwhile.",
    "goal": "What it is for; back needs the red-flags caution.",
    "licence": "Of the words and of the sound; personal is not for what is given away.",
    "suitable_for": "Whom it suits.",
    "cautions": "What a person should know before.",
    "tags": "Words to find it again.",
    "duration": 'Exactly the sum of the stages, in quotes: "8:07:24". At most 12 hours.',
    "ending": "sleep-through: grows dark and silent; wake: a return stage brings people back; "
    "open: neither.",
    "voice": "How the voice sounds; every clip is brought to it.",
    "voice.lufs": "Loudness after BS.1770.",
    "voice.true_peak_db": "The highest peak between samples.",
    "voice.wpm": "Words a minute where no clip has been measured yet.",
    "breath": "Patterns of breath by names of your own.",
    "breath.any-name": "In, hold, out, hold: only the proportions count; the holds take at most "
    f"{v.MAX_HOLD_SHARE:.0%}.",
    "stages": "The parts of the night, one after the other.",
    "stages.id": "Once in a programme.",
    "stages.kind": "What happens; it limits the light.",
    "stages.duration": 'In quotes: "2:00".',
    "stages.voice_lufs": f"Loudness of the words here; {v.DRIFT_VOICE_LUFS:g} in a drift stage, "
    "else the voice's own.",
    "stages.bed": "The sound under the words, or several.",
    "stages.light": "What the lamp does.",
    "stages.pace": "The breath that lamp and words follow.",
    "stages.cues": "What is said and played, in order.",
    "stages.track": "A recording of your own that fills the stage.",
    "bed.id": "Which sound.",
    "bed.under_voice_lu": "So much softer than the voice.",
    "bed.lufs": f"A level of its own; {SILENT_LUFS:g} is silence.",
    "bed.fade_in": f"Seconds from where this bed was: at least {v.MIN_FIRST_FADE_S:g} for the "
    f"first sound, {v.MIN_BED_JUMP_FADE_S:g} for more than {v.MAX_BED_JUMP_LU:g} LU.",
    "light.pattern": "dark (never off, which YAML reads as false), breath, steady or swell.",
    "light.colour": "First amber, then red, then dark.",
    "light.floor": "Where a breath begins; not above the peak.",
    "light.peak": "Where a breath is full; the kind of the stage limits it.",
    "light.fade": f"Seconds into it; at least {v.MIN_STEP_FADE_S:g} for a step of more than "
    f"{v.MAX_LIGHT_STEP:g} L*.",
    "pace.rate": "Begins where the stage before ended, give or take "
    f"{v.MAX_PERIOD_STEP_S:g} s of a breath.",
    "pace.steady_start": "So long at the first rate.",
    "pace.steady_end": "This share of the stage at the last rate.",
    "track.file": "A file of the library folder.",
    "track.gain_db": "Softer by this.",
    "track.breath": "A cue file: `1:02.5 inhale` on each line.",
    "cues.say": f"At most {v.MAX_CUE_CHARACTERS} characters (better under {v.MAX_CUE_WORDS} "
    "words), ending with a full stop; numbers and abbreviations in words.",
    "cues.say_tts": "The words as an engine reads them.",
    "cues.note": "For the person who records it.",
    "cues.play": "A sound of ours.",
    "cues.gain_db": "Against the voice.",
    "cues.pause": "After the last word (a sound rings on), or flex: a share of what is left.",
    "cues.silence": "Nobody speaks, on purpose.",
    "cues.each": "A rotation: a cue for every item.",
    "cues.repeat": "How many times.",
    "cues.cues": "What is repeated; without `at`.",
    "cues.gap": "After every item or round.",
    "cues.at": 'So long after its stage began: "1:20".',
    "cues.sync": "Waits for this part of the lamp's breath.",
}
