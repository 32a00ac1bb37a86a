"""The list of present faults."""

from __future__ import annotations


class Faults:
    """The faults of each part, the oldest first. Owner's thread only; others post entries."""

    def __init__(self) -> None:
        self._of: dict[str, list[str]] = {}

    def begins(self, part: str, reason: str) -> bool:
        """Add a fault of `part`. False if it is listed already."""
        reasons = self._of.setdefault(part, [])
        if reason in reasons:
            return False
        reasons.append(reason)
        return True

    def ends(self, part: str) -> bool:
        """Remove every fault of `part`. False if it had none."""
        return self._of.pop(part, None) is not None

    def ends_all(self, prefix: str) -> None:
        """Remove every fault of the parts whose names begin so."""
        for part in [part for part in self._of if part.startswith(prefix)]:
            del self._of[part]

    def has(self, part: str, reason: str) -> bool:
        """Whether `part` has this fault now."""
        return reason in self._of.get(part, ())

    def items(self) -> list[tuple[str, str]]:
        """(part, fault) for every fault."""
        return [(part, reason) for part, reasons in self._of.items() for reason in reasons]

    @property
    def standing(self) -> tuple[str, ...]:
        """The description of every fault."""
        return tuple(reason for _, reason in self.items())
