"""The circle: what second presses move through, by the settings and what there is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from nidra_box.library.names import id_of, names_meant
from nidra_box.library.record import is_id
from nidra_box.library.recordings import is_recording
from nidra_box.library.stock import Stock
from nidra_box.library.titles import NUMBERS


@dataclass(frozen=True, slots=True)
class Circle:
    """`programmes` are ids in their order. `titled` are the first recordings among them, whose
    place is said. `missing` are (name, hint) of what the settings name and nobody has."""

    programmes: tuple[str, ...] = ()
    titled: tuple[str, ...] = ()
    missing: tuple[tuple[str, str], ...] = ()
    meant: Mapping[str, str] = field(default_factory=dict)
    """What the settings name → id."""

    def place(self, programme: str) -> int:
        """Its place among the recordings, from 1 on; 0 for none that is said."""
        return self.titled.index(programme) + 1 if programme in self.titled else 0


def circle_of(named: Sequence[str], scripts: Sequence[str], stock: Stock) -> Circle:
    """The circle of `named` (ids, titles, file names), or of all: first scripts, in their order.
    While the stock is not whole, a name may yet turn out to be there, and stays."""
    if not named:
        return _titled((*scripts, *stock.circle), scripts)
    meant: dict[str, str] = {}
    found: list[str] = []
    coming: list[str] = []
    missing: list[tuple[str, str]] = []
    for name in named:
        programme = id_of(name, scripts, stock.named) or id_of(name, stock.waiting, ())
        if programme is not None:
            found.append(programme)
            meant[name] = programme
        elif not stock.is_whole:
            found.append(name)
        elif id_of(name, stock.coming, ()):
            coming.append(name)
        else:
            missing.append((name, names_meant(name, scripts, stock.named)))
    if not found:  # a press says then what is wrong
        found = coming or [name for name, _ in missing]
    circle = _titled(tuple(dict.fromkeys(found)), scripts)
    return replace(circle, missing=tuple(missing), meant=meant)


def _titled(programmes: tuple[str, ...], scripts: Sequence[str]) -> Circle:
    written, titled = set(scripts), []
    for programme in programmes:
        if programme not in written:
            titled.append(programme)
        if len(titled) == len(NUMBERS):
            break
    return Circle(programmes, tuple(titled))


def called_now(name: str, circle: Circle, stock: Stock) -> str:
    """The id of what was called `name` before the recordings were known, or before it was taken
    in; else `name`."""
    return circle.meant.get(name) or stock.by_name.get(name, name)


def chosen_now(chosen: str, circle: Circle, is_all: bool, stock: Stock) -> str:
    """What a press plays from now on, if `chosen` was it. It stays while it is in the circle or
    waits to be taken in, and while nobody knows: its disk may not be there yet."""
    chosen = called_now(chosen, circle, stock)
    waits = is_all and chosen in stock.waiting
    unknown = not stock.has_index and (is_id(chosen) or is_recording(chosen))
    if chosen in circle.programmes or waits or unknown or not circle.programmes:
        return chosen
    return circle.programmes[0]
