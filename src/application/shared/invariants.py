"""What a check of the books says: what must be so, and what is so. Knows no context."""

from collections.abc import Mapping
from dataclasses import dataclass

Stated = int | str | Mapping[str, int | str]
"""A number, a text, or several of them by name."""


@dataclass(frozen=True, slots=True)
class Check:
    """`expected` is recomputed from ledgers and events, `actual` is what is written; it holds when they are equal."""

    name: str
    expected: Stated
    actual: Stated

    @property
    def holds(self) -> bool:
        return self.expected == self.actual
