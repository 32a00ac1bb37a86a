"""A small complete script to break in every way, and short cuts to read and compile it."""

from nidra_box.documents.load import parse_document
from nidra_box.documents.node import Problems
from nidra_box.score import rules
from nidra_box.score.compile import compile_script
from nidra_box.score.parse import parse_script
from nidra_box.sound.beds import KNOWN_SOUNDS

SMALL = """\
format: nidra-script/1
id: small
title: Small Night
kind: guided
activity: yoga-nidra
goal: back
language: en
licence: {text: CC-BY-4.0, audio: CC-BY-4.0}
suitable_for: [adults]
cautions: [red-flags]
tags: [sleep, lower back]
duration: "9:00"
ending: sleep-through
voice: {lufs: -20, true_peak_db: -3, wpm: 112}
breath:
  even: [5, 0, 5, 0]
  long-out: [4, 0, 6, 0]
stages:
- id: arrive
  kind: preparation
  duration: "1:00"
  bed: {id: brown, under_voice_lu: 18, fade_in: 10}
  light: {pattern: breath, colour: amber, floor: 4, peak: 26}
  pace: {breath: even, rate: 10}
  cues:
  - {silence: 8}
  - {say: "Leave out whatever hurts.", pause: 10}
  - {say: "Breathe out.", pause: flex, sync: exhale}
- id: drift
  kind: drift
  duration: "2:00"
  bed: {id: brown, lufs: -40}
  light: {pattern: breath, colour: red, floor: 0, peak: [12, 0]}
  pace: {breath: long-out, rate: [10, 8]}
  cues:
  - {say: "Nothing more to do.", pause: flex}
- id: night
  kind: sleep
  duration: "3:00"
  bed: {id: brown, lufs: -42}
  light: {pattern: dark}
- id: leave
  kind: sleep
  duration: "3:00"
  bed: {id: brown, lufs: [-42, -90]}
  light: {pattern: dark}
"""


def read(text=SMALL, file="small.yaml", shipped=False, known=KNOWN_SOUNDS):
    """(script, problems) after parsing and the rules over the script."""
    problems = Problems(file)
    script = parse_script(parse_document(text, problems), problems, known)
    rules.check_script(script, problems, shipped)
    return script, problems


def compiled(text=SMALL, clips=None, marks=None):
    """(score, problems), the latter with everything that only shows in the whole night."""
    script, problems = read(text)
    assert not problems.errors, problems.errors
    result = compile_script(script, clips or {}, problems, marks or {})
    rules.check_score(script, result.score, problems)
    return result.score, problems


def changed(*pairs, text=SMALL):
    """SMALL with (old, new) replaced, each of which must be there."""
    for old, new in pairs:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def line_of(text, part):
    """The number of the first line that holds `part`."""
    return next(n for n, line in enumerate(text.splitlines(), start=1) if part in line)
