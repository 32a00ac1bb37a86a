"""The book of programmes: what people read before they choose, written from the scripts. Pure.

Every chapter ends with a hash of its script and its voice's manifest, so that a check can say
whether the page is current without drawing a chart.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass

from nidra_box.score.score import Score, StageSpan
from nidra_box.score.script import Script, Stage
from nidra_box.score.vocabulary import CAUTION_WORDS, Pattern
from nidra_box.studio.writing.measures import Measures, of_score
from nidra_box.units import RATE_HZ
from nidra_box.words import format_duration

HEAD = """\
# The programmes

Written by `nidra-box book` from the scripts in `audio/programmes`: what is changed here is
lost with the next one. How to write one of your own: [Writing a programme](writing-a-programme.md).

Words a minute are counted while somebody speaks; speech is its share of the stages before
sleep; light is the time with the lamp on; breaths are the slowest and the fastest of a minute.
"""

_CHART = re.compile(r"^!\[.*\]\((.+)/([^/]+\.png)\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One programme. `sources` are the bytes of its script and of its voice's manifest."""

    script: Script
    score: Score
    sources: tuple[bytes, ...]
    picture: str


def page(chapters: list[Chapter]) -> str:
    """The whole book."""
    return "\n".join([HEAD, _overview(chapters), *(_chapter(chapter) for chapter in chapters)])


def digest(sources: tuple[bytes, ...]) -> str:
    """A hash that changes with any of the sources."""
    found = hashlib.sha256()
    for source in sources:
        found.update(len(source).to_bytes(8, "big") + source)
    return found.hexdigest()[:16]


def _overview(chapters: list[Chapter]) -> str:
    lines = [
        "| programme | length | ending | words | words/min | speech | light | breaths/min |",
        "|---|---:|---|---:|---:|---:|---:|---:|",
    ]
    for chapter in chapters:
        score, found = chapter.score, of_score(chapter.score)
        cells = (
            f"[{_plain(score.title)}](#{score.id})",
            format_duration(score.duration_s),
            str(score.ending),
            *_numbers(found),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _numbers(found: Measures) -> tuple[str, ...]:
    about = "≈ " if found.estimated else ""
    breaths = "—"
    if found.slowest_breath is not None:
        breaths = f"{found.slowest_breath:.1f}–{found.fastest_breath:.1f}"
    wpm, share = found.words_per_minute, found.speech_share
    return (
        str(found.words) if found.words else "—",
        "—" if wpm is None else f"{about}{wpm:.0f}",
        "—" if share is None else f"{about}{share:.0%}",
        format_duration(found.lit_s),
        breaths,
    )


def _chapter(chapter: Chapter) -> str:
    script, score = chapter.script, chapter.score
    about = f"{script.kind}, {script.activity}; ending: {script.ending}; for {script.goal}"
    parts = [
        f'<a id="{script.id}"></a>\n\n## {_plain(script.title)}\n',
        f"`{script.id}` · {format_duration(score.duration_s)} · {about}  ",
        f"For {', '.join(script.suitable_for)}. Tags: {_plain(', '.join(script.tags)) or '—'}.\n",
    ]
    parts += [f"> {CAUTION_WORDS.get(caution, caution)}  " for caution in script.cautions]
    parts += [
        f"\n![Sound and light of {_plain(script.title)} over time]({chapter.picture})\n",
        _stages(script, score),
        _words(score),
        f"<!-- script and voice: {digest(chapter.sources)} -->\n",
    ]
    return "\n".join(part for part in parts if part)


def _stages(script: Script, score: Score) -> str:
    lines = [
        "| from | stage | kind | length | breaths/min | light L\\* | bed LUFS |",
        "|---:|---|---|---:|---:|---:|---|",
    ]
    for stage, span in zip(script.stages, score.stages, strict=True):
        rates = "—"
        if stage.pace is not None:
            rates = _slide(stage.pace.rate_from, stage.pace.rate_to)
        cells = (
            format_duration(span.start_s),
            stage.id,
            str(stage.kind),
            format_duration(stage.duration_s),
            rates,
            _light(stage),
            _beds(stage),
        )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _light(stage: Stage) -> str:
    light = stage.light
    if light.pattern is Pattern.DARK:
        return "dark"
    top = _slide(light.peak_from, light.peak_to)
    low = "" if light.pattern is Pattern.STEADY else f"{light.floor:g} to "
    return f"{light.colour} {low}{top}"


def _beds(stage: Stage) -> str:
    found = [f"{bed.id} {_slide(bed.from_lufs, bed.to_lufs)}" for bed in stage.beds]
    if stage.track is not None:
        found.append(_plain(stage.track.file))
    return ", ".join(found) or "—"


def _slide(first: float, last: float) -> str:
    return f"{first:g}" if first == last else f"{first:g} → {last:g}"


def _words(score: Score) -> str:
    if not score.clips:
        return ""
    lines = ["<details><summary>Every word, and when it is said</summary>\n"]
    for stage in score.stages:
        said = _said(stage, score)
        if said:
            lines += [f"**{stage.id}**\n", *said, ""]
    return "\n".join([*lines, "</details>\n"])


def _said(stage: StageSpan, score: Score) -> list[str]:
    return [
        f"- {format_duration(clip.start / RATE_HZ)} "
        + (_plain(clip.words) or f"*{clip.source.partition(':')[2]}*")
        for clip in score.clips
        if stage.start <= clip.start < stage.end
    ]


def _plain(text: str) -> str:
    """Words of a script, none of which is Markdown or a tag."""
    for mark in "\\`*_[]<>|#":
        text = text.replace(mark, f"\\{mark}")
    return text


def charts_in(text: str, folder: str) -> set[str]:
    """The names of the charts in `folder` that this page shows; none if it is no page of ours."""
    found = _CHART.findall(text) if text.startswith(HEAD) else []
    return {name for place, name in found if place == folder}
