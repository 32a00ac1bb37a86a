"""The one list of what is wrong with the box now."""

from __future__ import annotations


class Faults:
    """Which parts have which faults, the oldest first. Owner's thread only: others post entries."""

    def __init__(self) -> None:
        self._of: dict[str, list[str]] = {}

    def begins(self, part: str, reason: str) -> bool:
        """From now on `part` has this fault, in words. False if it has it already."""
        reasons = self._of.setdefault(part, [])
        if reason in reasons:
            return False
        reasons.append(reason)
        return True

    def ends(self, part: str) -> bool:
        """Every fault of `part` is over. False if it had none."""
        return self._of.pop(part, None) is not None

    def has(self, part: str, reason: str) -> bool:
        """Whether `part` has this fault now."""
        return reason in self._of.get(part, ())

    def items(self) -> list[tuple[str, str]]:
        """Each part with each of its faults."""
        return [(part, reason) for part, reasons in self._of.items() for reason in reasons]

    @property
    def standing(self) -> tuple[str, ...]:
        """Every fault in words."""
        return tuple(reason for _, reason in self.items())
