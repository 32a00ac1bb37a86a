"""What a promise that was not kept says of itself."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Breach:
    """Promise number `promise` (1 to 7) was broken at `at_s`."""

    promise: int
    at_s: float
    what: str

    def __str__(self) -> str:
        return f"promise {self.promise} broken at {self.at_s:.2f} s: {self.what}"
