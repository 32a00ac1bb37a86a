"""What `nidra-box new` writes: a short whole programme whose comments explain every key."""

from __future__ import annotations

import re

from nidra_box.score import limits
from nidra_box.score.script import KnownSounds


def suggested_id(text: str) -> str:
    """The nearest id to what somebody typed: `My Night!` → `my-night`; empty when none is."""
    return re.sub(r"[^a-z0-9]+", "-", text.lower()).strip("-")


def is_id(text: str) -> bool:
    return re.fullmatch(limits.ID, text) is not None


def new_script(script_id: str, known: KnownSounds, schema: str, guide: str) -> str:
    """The text of a new script, which explains the sounds that are `known`. `schema` and
    `guide` are where an editor finds the schema and a person the guide."""
    title = script_id.strip("-").replace("-", " ").title() or script_id
    text = TEMPLATE
    for mark, words in {
        "@ID@": script_id,
        "@TITLE@": title,
        "@SCHEMA@": schema,
        "@GUIDE@": guide,
        "@BEDS@": " | ".join(known.beds),
        "@STRUCK@": " | ".join(known.struck),
    }.items():
        text = text.replace(mark, words)
    return text


TEMPLATE = """\
# yaml-language-server: $schema=@SCHEMA@
# A short programme to change into your own: five minutes of words, five of sound that
# leaves. What stands after a # is for you, the box does not read it. As it is, it passes
#     nidra-box check @ID@.yaml
# The whole story is in @GUIDE@

format: nidra-script/1        # what kind of file this is; always these words
id: @ID@
title: "@TITLE@"
kind: guided                  # guided | unguided (sound, no words) | light-only
activity: yoga-nidra          # yoga-nidra | body-scan | breath | sleep-sound
goal: sleep                   # sleep | stress | back | break
language: en
licence: {text: personal, audio: personal}   # CC-BY-4.0 | CC-BY-SA-4.0 | CC0-1.0 | personal
suitable_for: [adults]        # adults | teenagers | older-adults | pregnancy
# What a person should know first: red-flags (needed when it is about the back) |
# leave-out-what-hurts | you-may-stop | side-lying-if-pregnant | arms-behind-back |
# sore-jaw | not-while-driving
cautions: [leave-out-what-hurts, you-may-stop]
tags: [sleep, hands, breath]  # your own words

# Times always stand in quotes: YAML reads an unquoted 10:00 as the number 600.
duration: "10:00"             # exactly the sum of the stages
# sleep-through: it grows dark and silent by itself, and no word comes after the drift stage.
# wake: a return stage at the end brings people back. open: neither.
ending: sleep-through

# How loud the voice is (LUFS), how high its peaks are (dBTP), and how many words a minute
# are counted where no clip has been made or recorded yet.
voice: {lufs: -20, true_peak_db: -3, wpm: 112}

# Patterns of breath, each under a name of your own: in, hold, out, hold. Only the
# proportions count; the pace of a stage says how fast. Holds: at most 40 % of a breath.
breath:
  even: [5, 0, 5, 0]
  long-out: [4, 0, 6, 0]

stages:

# Every stage has an id, a kind, a duration and a light; bed, pace and cues when you like.
# The kind limits the light (docs: light caps): preparation intention breath posture scan
# eyes touch opposites imagery quiet drift sleep return.
- id: arrive
  kind: preparation
  duration: "1:00"
  # The bed: @BEDS@,
  # as many LU under the voice (12 to 30) or at a level of its own (lufs: -38, or
  # lufs: [-38, -42] from the stage's start to its end).
  # fade_in: seconds from where it was; at least 3 for the first sound, 10 for a step.
  bed: {id: brown, under_voice_lu: 18, fade_in: 15}
  # The lamp: breath (with the pace) | steady | swell | dark; amber first, then red, then
  # dark. floor and peak are lightness L*, 0 to 100: 10 is dim, 40 lights the bedside.
  light: {pattern: breath, colour: amber, floor: 4, peak: 40}
  # Breaths a minute, 4.5 to 16; [from, to] slides over the stage.
  pace: {breath: even, rate: 10}
  cues:
  # The first word comes 5 seconds or more after the bed.
  - {silence: 8}
  # pause: seconds after the last word, or flex: a share of what is left of the stage.
  - {say: "You have arrived. Nothing else is asked of you now.", pause: 5}
  # In the first 90 seconds people hear that they may leave something out.
  - {say: "Leave out whatever feels wrong. You may stop at any time.", pause: 5}
  - {say: "If your back would like it, bend your knees, or lie on one side.", pause: flex}

- id: longer-out
  kind: breath
  duration: "1:00"
  bed: {id: brown, under_voice_lu: 18}
  light: {pattern: breath, colour: amber, floor: 3, peak: [40, 34]}   # peak may slide too
  pace: {breath: long-out, rate: [10, 8]}     # begins where the stage before ended
  cues:
  - {silence: 4}
  - {say: "The lamp breathes beside you. Go along with it, if you like.", pause: flex}
  # sync: waits for the next inhale | hold | exhale | rest of the lamp.
  - {say: "And out, a little longer than in.", pause: flex, sync: exhale}
  # at: this cue begins so long after the stage began; the flex pauses before it adapt.
  - {at: "0:30", silence: 1}
  # repeat: the cues again and again, with a gap after each round.
  - repeat: 2
    gap: 1
    cues:
    - {say: "In.", pause: 1, sync: inhale}
    - {say: "And out.", pause: 1, sync: exhale}
  - {silence: flex}

- id: hands
  kind: scan
  duration: "1:00"
  bed: {id: brown, under_voice_lu: 18}
  light: {pattern: breath, colour: red, floor: 2, peak: 26, fade: 6}   # fade: seconds into it
  pace: {breath: long-out, rate: [8, 7.5]}
  cues:
  - {play: bowl, gain_db: -12, pause: 6}      # @STRUCK@, dB against the voice
  # note: for the person who records it. A cue is one breath of words: at most 220
  # characters, better under 25 words, and it ends with a full stop.
  - {say: "Now the hands. Each place gets a quiet moment.", pause: 4, note: "Slower from here on."}
  # each: a rotation; every item is a cue, with the gap after it.
  - each: [Right palm., "Right fingers, one by one.", Left palm., "Left fingers, one by one."]
    gap: 4
  # say_tts: the same words as a speech engine should read them.
  - say: "Both hands at once, warm and heavy."
    say_tts: "Both hands at once. Warm, and heavy."
    pause: flex

# Drift: 2 to 4 minutes in which the lamp goes out; its voice is 4 LU softer (-24) by itself.
- id: drift
  kind: drift
  duration: "2:00"
  bed: {id: brown, lufs: -38}
  light: {pattern: breath, colour: red, floor: 0, peak: [12, 0]}
  pace: {breath: long-out, rate: [7.5, 7]}
  cues:
  - {silence: 8}
  - {say: "There is nothing left to do.", pause: 25}
  - {say: "The lamp goes out by itself. The sound stays a little longer.", pause: 25}
  - {say: "Good night.", pause: flex}

# Sleep: dark, without a word, the bed at -30 LUFS or less. The last sleep stage fades to
# -90, which is silence, over a minute at least and better over five.
- id: leave
  kind: sleep
  duration: "5:00"
  bed: {id: brown, lufs: [-40, -90], fade_in: 20}
  light: {pattern: dark}                      # dark, never off: YAML reads off as false

# To wake instead: ending: wake, and in place of drift and leave something like
# - id: come-back
#   kind: return
#   duration: "2:00"
#   bed: {id: brown, under_voice_lu: 18}
#   light: {pattern: swell, colour: amber, floor: 2, peak: 45, fade: 4}
#   cues:
#   - {silence: 4}
#   - {say: "Let the breath grow a little. Move fingers and toes.", pause: flex}
#   - {say: "Stretch, and open your eyes when you like.", pause: flex}
#
# To play a recording of your own in a stage: track: my-recording.flac (from the library
# folder), or track: {file: my-recording.flac, gain_db: -3, breath: my-recording.cues}, whose
# lines (1:02.5 inhale) let the lamp breathe with that voice.
"""
