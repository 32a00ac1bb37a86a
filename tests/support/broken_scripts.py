"""Scripts that break every rule once. A comment `# E12` stands on the line that `check` must
point at for rule E12 of docs/writing-a-programme.md; W is a warning, N a note.

There are six and not one, because some rules exclude each other:
READ     what is wrong with the script itself. It is not compiled, so nothing of NIGHT shows.
NIGHT    what only shows when the words have their places, which needs a script that can be
         read; and two warnings about values for which READ has errors (the first fade-in, the
         last fade).
BELL     one night has one first sound: in NIGHT it is a word, here a bell.
SILENT   light only, so that no rule about words and beds applies.
YAML     a mistake of writing hides no other one.
ALIASES  are refused before anything else is looked at, since they may unfold for ever.
"""

from tests.support.scripts import changed

LONG = ("Breathe in and out again and again and again, " * 5).strip(", ") + "."
MANY = "And so " + "on and on " * 9 + "it goes."

READ = f"""\
format: nidra-script/1                               # E1
id: Every Rule                                       # E5
kind: guided
activity: dancing                                    # E3
goal: back
colour: amber                                        # E2
licence: {{text: CC-BY-4.0, audio: personal}}          # E40
cautions: [leave-out-what-hurts]                     # E42
duration: "13:00:00"                                 # E12 E47
ending: sleep-through
voice:
  lufs: -10                                          # E34
  wpm: fast                                          # E4
breath:
  even: [5, 0, 5, 0]
  held: [3, 5, 3, 0]                                 # E31
stages:                                              # E25
- id: arrive
  kind: preparation
  duration: "6:00"
  bed: {{id: brown, under_voice_lu: 18, fade_in: 2}}   # E43
  light: {{pattern: breath, colour: amber, floor: 4, peak: 26}}
  pace: {{breath: even, rate: 10}}
- id: step
  kind: breath
  duration: "6:00"
  bed: {{id: brown, under_voice_lu: 5}}                # E35
  light: {{pattern: breath, colour: amber, floor: 4, peak: 45}}   # E24
  pace: {{breath: even, rate: [10, 20]}}               # E29
- {{id: after-a-wrong-rate, kind: breath, duration: "6:00", pace: {{breath: even, rate: 10}},
   light: {{pattern: breath, colour: amber, floor: 4, peak: 26, fade: 5}}}}
- id: faster
  kind: breath
  duration: "6:00"
  light: {{pattern: breath, colour: amber, floor: 4, peak: 26}}
  pace: {{breath: even, rate: 8}}                      # E30
- id: bright
  kind: scan
  duration: "6:00"
  light: {{pattern: breath, colour: amber, floor: 4, peak: 55}}   # E21
  pace: {{breath: even, rate: 8}}
- id: upside-down
  kind: scan
  duration: "6:00"
  light: {{pattern: breath, colour: amber, floor: 30, peak: 20}}  # E26
  pace: {{breath: odd, rate: 8}}                       # E32
- id: without-a-pace
  kind: scan
  duration: "6:00"
  light: {{pattern: steady, colour: amber, peak: 20}}
  cues: [{{repeat: 3, cues: [{{say: "Out.", sync: exhale}}]}}]     # E33
- id: breathless
  kind: scan
  duration: "6:00"
  light: {{pattern: breath, colour: red, floor: 4, peak: 20}}   # E27
- id: boolean
  kind: scan
  duration: "6:00"
  light: {{pattern: off}}                              # E8
- id: base-60
  kind: scan
  duration: 2:00                                     # E6
  light: {{pattern: steady, colour: red, peak: 20}}
- id: amber-again
  kind: scan
  duration: "6:00"
  light: {{pattern: steady, colour: amber, peak: 20}}  # E23
- {{id: and-again, kind: scan, duration: "6:00", light: {{pattern: steady, colour: amber, peak: 20}}}}
- id: words
  kind: scan
  duration: "6:00"
  light: {{pattern: steady, colour: red, peak: 20}}
  cues:
  - {{say: "Hello.", play: bowl}}                      # E10
  - {{say: "{LONG}"}}       # E37
  - {{say: "It has no end"}}                           # E38
  - {{say: "This heals."}}                             # E39
  - {{say: "{MANY}"}}       # W5
  - {{say: "Count to 3."}}                             # W6
  - {{say: "A hand, a foot, etc. and so on."}}         # W7
  - {{at: "7:00", say: "Too late."}}                   # E15
- id: words                                          # E11
  kind: scan
  duration: "6:00"
  bed: {{id: brown, lufs: -38}}
  light: {{pattern: steady, colour: red, peak: 20}}
- id: jump
  kind: scan
  duration: "6:00"
  bed: {{id: brown, lufs: -48, fade_in: 4}}            # E36
  light: {{pattern: steady, colour: red, peak: 10}}
- id: drift                                          # W4
  kind: drift
  duration: "6:00"
  bed: {{id: brown, lufs: -40}}
  light: {{pattern: breath, colour: red, floor: 0, peak: [12, 3]}}   # E22
  pace: {{breath: held, rate: 8}}
- id: talk
  kind: sleep
  duration: "6:00"
  bed: {{id: brown, lufs: -40}}
  light: {{pattern: dark}}
  cues: [{{say: "Still there?"}}]                      # E16
- id: lit
  kind: sleep
  duration: "6:00"
  bed: {{id: brown, lufs: -40}}
  light: {{pattern: steady, colour: red, peak: 20}}    # E17
- id: loud
  kind: sleep
  duration: "6:00"
  bed: {{id: brown, lufs: -25, fade_in: 4}}            # E18
  light: {{pattern: dark}}
- id: rising
  kind: sleep
  duration: "6:00"
  bed: {{id: brown, lufs: [-45, -35]}}                 # E19
  light: {{pattern: dark}}
- id: cut                                            # E20
  kind: sleep
  duration: "6:00"
  bed: {{id: brown, lufs: -35}}
  light: {{pattern: dark}}
"""

NIGHT = """\
format: nidra-script/1                               # N1
id: other-name                                       # E49
title: Night
kind: guided
activity: yoga-nidra
goal: sleep
licence: {text: CC-BY-4.0, audio: CC-BY-4.0}
duration: "11:00"
ending: sleep-through
breath: {even: [5, 0, 5, 0]}
stages:
- id: full                                           # E13
  kind: breath
  duration: "1:00"
  bed: {id: brown, under_voice_lu: 18, fade_in: 4}   # W8
  light: {pattern: breath, colour: amber, floor: 4, peak: 44}   # E28
  pace: {breath: even, rate: 16}
  cues:
  - {say: "Good evening.", pause: 59}                # E41 E44
  - {say: "Lie down."}
- id: next
  kind: breath
  duration: "1:00"
  bed: {id: brown, under_voice_lu: 18}
  light: {pattern: steady, colour: amber, peak: 30}
  cues: [{say: "Listen.", pause: flex}]
- id: empty                                          # E14
  kind: breath
  duration: "1:00"
  bed: {id: brown, under_voice_lu: 18}
  light: {pattern: steady, colour: amber, peak: 30}
  cues: [{say: "Listen.", pause: 1}]
- id: tight                                          # W1
  kind: breath
  duration: "1:00"
  bed: {id: brown, under_voice_lu: 18}
  light: {pattern: steady, colour: amber, peak: 30}
  cues: [{say: "Listen.", pause: 57}, {say: "Listen.", pause: flex}]
- id: crowded                                        # W2
  kind: breath
  duration: "1:00"
  bed: {id: brown, under_voice_lu: 18}
  light: {pattern: steady, colour: amber, peak: 30}
  cues: [{repeat: 10, cues: [{say: "And one and two and three and four."}]}, {silence: flex}]
- id: drift
  kind: drift
  duration: "2:00"
  bed: {id: brown, lufs: -40}
  light: {pattern: swell, colour: red, floor: 0, peak: [12, 0], fade: 4}
- id: leave                                          # W3
  kind: sleep
  duration: "4:00"
  bed: {id: brown, lufs: [-40, -90]}
  light: {pattern: dark}
"""

BELL = """\
format: nidra-script/1                               # N1
id: bell
title: Bell
kind: guided
activity: yoga-nidra
goal: break
licence: {text: CC-BY-4.0, audio: CC-BY-4.0}
duration: "1:00"
ending: open
stages:
- id: only
  kind: quiet
  duration: "1:00"
  bed: {id: brown, under_voice_lu: 18}
  track: gone.flac                                   # E50
  light: {pattern: steady, colour: amber, peak: 20}
  cues:
  - {play: bowl, pause: 12}                          # E45
  - {say: "Leave out whatever hurts.", pause: flex}
"""

SILENT = """\
format: nidra-script/1
id: silent
title: Silent
kind: light-only
activity: breath
goal: break
licence: {text: CC-BY-4.0, audio: CC-BY-4.0}
duration: "1:00"
ending: open
stages:
- id: only
  kind: quiet
  duration: "1:00"
  light: {pattern: steady, colour: amber, peak: 20}
  bed: {id: brown, lufs: -38}                        # E46
"""

TWICE = """\
language: !!python/name:os.system en                 # E7
title: Two                                           # E9
goal: off-colour                                     # E9
"""
YAML = changed(
    ("id: small", "id: yaml"),
    ("language: en\n", TWICE),
    ("- id: leave", "- id: leave  # W3"),
)

ALIASES = """\
id: &name aliases                                     # E7
title: *name                                         # E7
"""
