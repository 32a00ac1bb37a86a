"""What is said on a second press to a recording: its place among the recordings of the circle,
"recording one" to "recording twenty". Nobody spoke its own title, and in the dark a place helps."""

from __future__ import annotations

from collections.abc import Mapping

from nidra_box.score.compile import title_clip
from nidra_box.score.score import Clip, ClipFacts

VOICE = "recordings"
"""The folder of these clips among the voices."""
NUMBERS = (
    *("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    *("eleven", "twelve", "thirteen", "fourteen", "fifteen"),
    *("sixteen", "seventeen", "eighteen", "nineteen", "twenty"),
)


def words_of(place: int) -> str:
    """What is said of the recording at `place`, from 1 on; empty beyond the twentieth."""
    return f"Recording {NUMBERS[place - 1]}." if 1 <= place <= len(NUMBERS) else ""


def all_words() -> list[str]:
    """All that can be said."""
    return [words_of(place) for place in range(1, len(NUMBERS) + 1)]


def clip_of(place: int, facts: Mapping[str, ClipFacts]) -> Clip | None:
    """The clip that says `place`, of a voice by its `facts`; None where there is none."""
    return title_clip(words_of(place), facts)
