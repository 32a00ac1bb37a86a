"""How the picture lies on the screen: its pieces, their style, and what goes first where
there is no room."""

from __future__ import annotations

from collections.abc import Callable

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import ModalScreen
from textual.widget import Widget

PIECES = ("head", "box", "panel", "words", "curve", "diary", "keys")

STYLE = """
Screen { background: #12101a; color: #d8d2c8; overflow: hidden; layers: base; }
#head, #keys { height: 1; padding: 0 1; }
#middle { height: 1fr; padding: 0 1; }
#box { width: 30; height: 100%; max-height: 22; }
#panel { width: 1fr; height: 100%; padding: 0 0 0 3; }
#words { height: 3; padding: 0 4; content-align: center middle; }
#curve { height: 4; padding: 0 1; }
#diary { height: 4; padding: 1 1 0 1; }
.huge #box { width: 52; }
.tall #words { height: 5; }
.tall #curve { height: 8; }
.tall #diary { height: 9; }
.low #diary { display: none; }
.low #words { height: 2; }
.lower #curve { display: none; }
.lower #words { height: 1; }
.lowest #words { display: none; }
.narrow #box { width: 18; }
.narrow #panel { padding: 0 0 0 1; }
.narrowest #box { display: none; }
Help { align: center middle; background: #12101a 60%; }
Help Pane {
    width: 64; max-width: 100%; height: auto; padding: 1 3; background: #1b1826; color: #d8d2c8;
    border: round #4a4456;
}
"""

CLASSES: dict[str, Callable[[int, int], bool]] = {
    "low": lambda width, height: height < 20,
    "lower": lambda width, height: height < 14,
    "lowest": lambda width, height: height < 9,
    "narrow": lambda width, height: width < 66,
    "narrowest": lambda width, height: width < 44,
    "tall": lambda width, height: height >= 34,
    "huge": lambda width, height: height >= 44 and width >= 100,
}

KEYS = (
    ("? help", "q quit"),
    ("space press", "h hold", "d second", "←→ turn", "p push", "bB light", "sS speed", "0 first"),
)
"""What always stands at the end of the line; before it, as many as there is room for."""
KEYS_LEAVING = "fading out …  q again: at once"

HELP = """\
space     press the button: start, pause, go on;
          in the dark: two minutes of red light
h         hold it: stop; when idle, the light alone
d, enter  press it twice: the next programme,
          in the first minute of a start
← → - +   turn the knob by a detent; with shift,
          or PgUp and PgDn, by five
p         push the knob: light off and on
b B       push it and turn it: less, more light
0         back to the first programme
s S       time runs faster, without sound; slower
q         end softly; again: at once

any key goes back"""


def keys_line(leaving: bool, width: int) -> str:
    if leaving:
        return KEYS_LEAVING
    last, keys = "  ".join(KEYS[0]), list(KEYS[1])
    while keys and len("  ".join([*keys, last])) > width:
        keys.pop()
    return "  ".join([*keys, last]) if len(last) <= width else KEYS[0][1]


class Pane(Widget):
    """A piece of the screen. It is drawn when its `key` has changed and sent when its text
    has: that keeps the processor cool and a dark night quiet on a slow line."""

    def __init__(self, name: str) -> None:
        super().__init__(id=name)
        self.text = Text()
        self._key: object = None

    def show(self, draw: Callable[[int, int], Text], key: object = None) -> None:
        """Show what `draw(width, height)` gives; with a `key` only if that is a new one."""
        key = None if key is None else (key, self.size)
        if key is not None and key == self._key:
            return
        self._key = key
        text = draw(*self.size)
        if text != self.text:
            self.text = text
            self.refresh()

    def render(self) -> Text:
        return self.text


class Help(ModalScreen[None]):
    """The keys in words; any key goes back."""

    def compose(self) -> ComposeResult:
        pane = Pane("keys-in-words")
        pane.text = Text(HELP)
        yield pane

    def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        self.dismiss()


def lay_out(panes: dict[str, Pane]) -> ComposeResult:
    """The pieces from top to bottom, the picture and its panel side by side."""
    yield panes["head"]
    yield Horizontal(panes["box"], panes["panel"], id="middle")
    for name in ("words", "curve", "diary", "keys"):
        yield panes[name]
