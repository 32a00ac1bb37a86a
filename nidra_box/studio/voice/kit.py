"""The sheet to record a programme from: one HTML file that needs nothing else and prints on A4.

Every word of the script is escaped: a script is somebody's file.
"""

from __future__ import annotations

from html import escape
from itertools import groupby

from nidra_box.score.script import Script, Stage
from nidra_box.score.vocabulary import StageKind
from nidra_box.studio.voice.cues import NumberedCue, file_stem
from nidra_box.words import format_duration

STYLE = """
@page { size: A4; margin: 16mm 15mm 18mm;
  @bottom-right { content: counter(page) " / " counter(pages); font: 9pt sans-serif; color: #666; }
}
* { box-sizing: border-box; }
body { font-family: Georgia, "DejaVu Serif", serif; color: #111; background: #fff;
  max-width: 180mm; margin: 0 auto; padding: 6mm 2mm; line-height: 1.35; }
@media print { body { padding: 0; } }
h1 { font-size: 22pt; margin: 0 0 1mm; }
h2 { font: bold 12pt sans-serif; margin: 8mm 0 0; padding-bottom: 1mm;
  border-bottom: 1.5pt solid #111; break-after: avoid; }
h2 span { font-weight: normal; color: #555; }
.about { font: 10pt/1.4 sans-serif; color: #333; margin: 0 0 4mm; }
.advice { font: 9.5pt/1.45 sans-serif; border: 0.75pt solid #999; padding: 3mm 4mm 3mm 9mm;
  margin: 0; }
.advice li { margin: 0 0 1mm; }
code { font: 9pt "DejaVu Sans Mono", monospace; overflow-wrap: anywhere; }
.cue { display: grid; grid-template-columns: 14mm 1fr 34mm; column-gap: 4mm; padding: 3.5mm 0;
  border-bottom: 0.5pt solid #bbb; break-inside: avoid; }
.number { font: bold 20pt sans-serif; text-align: right; }
.words { font-size: 17pt; margin: 0; overflow-wrap: anywhere; }
.note { font: italic 10.5pt sans-serif; color: #444; margin: 1.5mm 0 0; overflow-wrap: anywhere; }
.facts { font: 9.5pt/1.4 sans-serif; color: #333; }
.facts b { font-size: 13pt; }
.box { display: inline-block; width: 4mm; height: 4mm; border: 1pt solid #111;
  vertical-align: -0.7mm; margin-right: 1.5mm; }
"""

BEGINS_WITH = {
    "inhale": "Begins with an in-breath of the light.",
    "exhale": "Begins with an out-breath of the light.",
    "hold": "Begins where the breath is held.",
    "rest": "Begins in the rest after an out-breath.",
}


def kit_html(script: Script, cues: tuple[NumberedCue, ...]) -> str:
    """The whole sheet."""
    words = sum(len(cue.say.text.split()) for cue in cues)
    length = format_duration(sum(cue.target_s for cue in cues))
    stages = "\n".join(
        _stage(stage, list(group), len(cues)) for stage, group in groupby(cues, lambda c: c.stage)
    )
    return f"""<!DOCTYPE html>
<html lang="{escape(script.language)}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(script.title)}: the words to record</title>
<style>{STYLE}</style>
</head>
<body>
<h1>{escape(script.title)}</h1>
<p class="about"><code>{escape(script.id)}</code> · {len(cues)} cues · {words} words, about
{length} when spoken at {script.voice.words_per_minute:g} words a minute</p>
{_advice(script, cues)}
{stages}
</body>
</html>
"""


def _advice(script: Script, cues: tuple[NumberedCue, ...]) -> str:
    first, last = (file_stem(cue.number, len(cues)) for cue in (cues[0], cues[-1]))
    name = escape(script.id)
    drift = [cue.number for cue in cues if cue.stage.kind is StageKind.DRIFT]
    quieter = (
        f" The box itself plays cues {drift[0]} to {drift[-1]} more quietly."
        if len(drift) > 1
        else ""
    )
    return f"""<ol class="advice">
<li>A quiet room with curtains, bed or clothes in it; fridge, fan and telephone off.</li>
<li>The microphone a hand's length (20 cm) from your mouth and a little to one side, in the
same place for all cues. Speak as to one person who lies beside you; do not whisper.{quieter}</li>
<li>WAV or FLAC, 44.1 or 48 kHz, one channel, no effects, no noise removal. The loudest word
reaches about −12&nbsp;dB and never the end of the scale.</li>
<li>First ten seconds of the room with nobody speaking: <code>room.wav</code>.</li>
<li>Then one file for each cue, <code>{first}.wav</code> to <code>{last}.wav</code>, with one
second of silence before and after the words. Or one long recording of all cues in this order,
with three seconds of silence between them and shorter pauses within.</li>
<li>The seconds on the right: the length at the script's pace, and the most that there is room
for while the other cues keep to theirs. The pauses adapt to how you speak.</li>
<li>At the end: <code>nidra-box voice take {name} FOLDER</code></li>
</ol>"""


def _stage(stage: Stage, cues: list[NumberedCue], count: int) -> str:
    title = escape(stage.id.replace("-", " ").capitalize())
    about = f"{stage.kind}, {format_duration(stage.duration_s)}"
    rows = "\n".join(_cue(cue, count) for cue in cues)
    return f"<section>\n<h2>{title} <span>· {escape(about)}</span></h2>\n{rows}\n</section>"


def _cue(cue: NumberedCue, count: int) -> str:
    notes = [cue.say.note, BEGINS_WITH.get(cue.say.sync, "")]
    if cue.times > 1:
        notes.append(f"Heard {cue.times} times; record it once.")
    note = " ".join(escape(text) for text in notes if text)
    shown = f'\n<p class="note">{note}</p>' if note else ""
    return f"""<div class="cue" id="cue-{cue.number}">
<div class="number">{cue.number}</div>
<div><p class="words">{escape(cue.say.text)}</p>{shown}</div>
<div class="facts"><b>{cue.target_s:.1f} s</b><br>at most {cue.longest_s:.1f} s<br>
<span class="box"></span><code>{file_stem(cue.number, count)}.wav</code></div>
</div>"""
