"""What stands beside the picture, in the words of the field: programme, phase, stage, time,
volume, light, breath. Pure: a Look in, lines of text out."""

from __future__ import annotations

from rich.style import Style
from rich.text import Text

from nidra_box.score.score import Score
from nidra_box.score.vocabulary import Part
from nidra_box.session.events import Phase
from nidra_box.session.session import Session
from nidra_box.studio.terminal.owner import Look
from nidra_box.studio.terminal.picture import (
    FAINT,
    INK,
    QUIET,
    Depth,
    Face,
    Rgb,
    lamp_colour,
    style_of,
)
from nidra_box.units import RATE_HZ
from nidra_box.words import fitted, format_duration, printable

LABEL_COLUMNS = 10
BAR_COLUMNS = 24
VOLUME: Rgb = (127, 179, 200)
LINGER_S = 5.0  # spoken words stay this long, quieter, for somebody who reads slowly
SLOW_ENOUGH = 8.0  # at a faster clock single breaths are a flicker and are not shown
PARTS = {Part.INHALE: "in", Part.HOLD: "hold", Part.EXHALE: "out", Part.REST: "rest"}


def draw_panel(look: Look, width: int, height: int, depth: Depth) -> Text:
    """As many lines as fit, the most important first."""
    session, score = look.session, look.score
    rows = [
        Text(_title(look), style_of(INK, depth, bold=True)),
        Text(_about(score), style_of(QUIET, depth)),
        Text(""),
        _row("phase", Text(_phase(look)), depth),
        _row("stage", Text(_stage(look, width - LABEL_COLUMNS)), depth),
        _row("time", Text(_time(look)), depth),
        _row("volume", _volume(look, _bar_columns(width), depth), depth),
        _row("light", _light(look, _bar_columns(width), depth), depth),
        _row("breath", _breath(look, _bar_columns(width), depth), depth),
        _row("timer", Text(_timer(session, look.now)), depth),
        _row("sound", Text(look.sound), depth),
    ]
    if height < len(rows):
        rows = [row for row in rows if row.plain][: max(height, 0)]
    for row in rows:
        row.no_wrap = True
        row.truncate(max(width, 0), overflow="ellipsis")
    return Text("\n").join(rows)


def draw_head(look: Look, width: int, depth: Depth) -> Text:
    """One line: whose picture this is, and how fast time runs if not as usual."""
    name = "nidra box"
    speed = "" if look.speed == 1.0 else f"{look.speed:g} times as fast"
    row = name + speed.rjust(max(width - len(name), 0))
    return Text(row, style_of(QUIET, depth), no_wrap=True)


def draw_diary(look: Look, width: int, depth: Depth) -> Text:
    """The last lines of the diary, each with its time since the box was switched on."""
    rows = []
    for number, line in enumerate(look.lines):
        newest = number == len(look.lines) - 1
        at = format_duration(max(line.at - look.began_at, 0.0))
        row = Text(f"{at:>8}  ", style_of(FAINT, depth), no_wrap=True)
        row.append(line.text, style_of(QUIET if newest else FAINT, depth))
        row.truncate(max(width, 0), overflow="ellipsis")
        rows.append(row)
    return Text("\n").join(rows)


def draw_words(look: Look, depth: Depth) -> Text:
    """The words being spoken, and quieter for a while after them."""
    words, spoken = words_of(look)
    return Text(words, style_of(INK if spoken else FAINT, depth), justify="center")


def words_of(look: Look) -> tuple[str, bool]:
    """The words of the current cue, and whether they are being spoken or just were."""
    score, session = look.score, look.session
    if score is None or session.phase in (Phase.IDLE, Phase.PAUSED):
        return "", False
    position = look.position_s
    words = score.words_at(position)
    if words:
        return words, True
    frame = round(position * RATE_HZ)
    recent = score.clips_between(frame - round(LINGER_S * RATE_HZ), frame)
    said = [clip.words for clip in recent if clip.words]
    return (said[-1], False) if said else ("", False)


def _row(label: str, value: Text, depth: Depth) -> Text:
    if not value.style and depth is not Depth.NONE:
        value.style = style_of(INK)
    # A Text around the value would hand its style down: the label is a span of its own.
    row = Text(no_wrap=True)
    row.append(label.ljust(LABEL_COLUMNS), style_of(QUIET, depth))
    return row.append_text(value)


def _bar_columns(width: int) -> int:
    return max(min(BAR_COLUMNS, width - LABEL_COLUMNS - 21), 4)


def _title(look: Look) -> str:
    session = look.session
    if session.outline is not None:
        return printable(session.outline.title)
    if look.score is not None:
        return printable(look.score.title)
    return printable(session.chosen) or "no programme"


def _about(score: Score | None) -> str:
    if score is None:
        return ""
    return f"{score.kind} · {format_duration(score.duration_s)} · {score.ending}"


def _phase(look: Look) -> str:
    session = look.session
    if look.leaving:
        return "ending"
    if session.sleeps(look.now):
        return f"{session.phase}, in the dark" if session.comfort is None else "comfort light"
    if session.phase is Phase.IDLE:
        return "idle: silent and dark"
    return str(session.phase)


def _stage(look: Look, columns: int) -> str:
    """The time that is left is never cut, the kind only told where the name does not say it."""
    score, session = look.score, look.session
    stage = None
    if score is not None and session.phase is not Phase.IDLE:
        stage = score.stage_at(look.position_s)
    if stage is None:
        return "–"
    left = f"  {format_duration(stage.end_s - look.position_s)} left"
    room = max(columns - len(left), 1)
    name = f"{stage.id} ({stage.kind})"
    if str(stage.kind) in stage.id.split("-") or len(name) > room:
        name = stage.id
    return (name if len(name) <= room else fitted(name, room)) + left


def _time(look: Look) -> str:
    outline = look.session.outline
    if outline is None:
        return "–"
    left = max(outline.duration_s - look.position_s, 0.0)
    return f"{format_duration(look.position_s)}  ·  {format_duration(left)} left"


def _timer(session: Session, now: float) -> str:
    if not session.settings.timer_s:
        if session.phase is Phase.WINDING_DOWN and session.ends_at is not None:
            return f"silent in {format_duration(session.ends_at - now)}"
        return "none: plays to its own end"
    if session.remaining_s is not None:
        return f"{format_duration(session.remaining_s)} left, stands still"
    if session.ends_at is None:
        return f"{format_duration(session.settings.timer_s)} from the next start"
    left = format_duration(max(session.ends_at - now, 0.0))
    return f"silent in {left}" if session.phase is Phase.WINDING_DOWN else f"{left} left"


def face_of(look: Look) -> Face:
    """What the picture shows; the knob's pointer stands where the volume does."""
    share = _share(look.session, look.session.volume_db)
    return Face.showing(look.lightness, look.redness, look.pressed, look.pushed, share)


def _share(session: Session, db: float) -> float:
    low, high = session.settings.floor_db, session.settings.ceiling_db
    return min(max((db - low) / (high - low), 0.0), 1.0) if high > low else 0.0


def _volume(look: Look, columns: int, depth: Depth) -> Text:
    """The level that may sound now; behind it, quieter, what waits over the ceiling."""
    session = look.session
    heard = session.target_db(look.now)
    mark = round(_share(session, session.settings.night_ceiling_db) * (columns - 1))
    full, set_to = (round(_share(session, db) * columns) for db in (heard, session.volume_db))
    text = Text()
    text.append("━" * full, style_of(VOLUME, depth))
    text.append("╌" * max(set_to - full, 0), style_of(QUIET, depth))
    text.append("·" * (columns - max(full, set_to)), style_of(FAINT, depth))
    before, after = text[:mark], text[mark + 1 :]
    text = before.append("┊", style_of(INK, depth)).append_text(after)
    return text.append(f"  {_db(heard)}", style_of(INK, depth))


def _db(level: float) -> str:
    return f"{level:g} dB".replace("-", "−")


def _light(look: Look, columns: int, depth: Depth) -> Text:
    level = look.lightness
    colour = lamp_colour(look.redness)
    text = _bar(level / 60.0, columns, style_of(colour, depth), depth)
    if level <= 0.0:
        words = "dark" if look.session.light_on else "off"
    else:
        words = f"L* {level:.0f} " + ("red" if look.redness > 0.5 else "amber")
    return text.append(f"  {words} · {look.session.brightness:g} %", style_of(INK, depth))


def _breath(look: Look, columns: int, depth: Depth) -> Text:
    score = look.score
    breath = None
    if score is not None and look.session.is_running:
        breath = score.breath_at(look.position_s)
    if breath is None:
        return Text("–")
    rate = f"{60.0 / breath.period_s:.1f} a minute"
    if look.speed > SLOW_ENOUGH:
        return Text(rate)
    text = _bar(breath.fullness, columns, style_of(QUIET, depth), depth)
    return text.append(f"  {PARTS[breath.part]:<4} {rate}", style_of(INK, depth))


def _bar(share: float, columns: int, full: Style, depth: Depth) -> Text:
    filled = round(min(max(share, 0.0), 1.0) * columns)
    text = Text().append("━" * filled, full)
    return text.append("·" * (columns - filled), style_of(FAINT, depth))
