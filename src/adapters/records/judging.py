"""What invariants are made of: a name, a sentence, and a pure function over facts; and how what differs is said."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from adapters.records.changes import Row
from adapters.records.documents import document
from adapters.records.facts import Facts, data_of
from application.shared.invariants import Check, Stated

Judge = Callable[[Facts], tuple[Stated, Stated]]
"""Returns what must be so, recomputed, and what is so."""

UNREADABLE: Final = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What rows that no mapper has written can do to a function that reads them."""

LONGEST: Final = 100
"""Characters of a text that are shown of it."""


@dataclass(frozen=True, slots=True)
class Invariant:
    """`of` are the kinds of subjects that it is true of; `says` is for people."""

    name: str
    of: tuple[str, ...]
    says: str
    judge: Judge

    def check(self, facts: Facts) -> Check:
        try:
            return Check(self.name, *self.judge(facts))
        except UNREADABLE as error:
            return Check(self.name, "rows that can be read", f"{type(error).__name__}: {error}"[:LONGEST])


def counted(expected: Counter[str], actual: Counter[str]) -> tuple[Stated, Stated]:
    """Say how many there are where both are the same, else what only one of them has, and how often."""
    if expected == actual:
        return expected.total(), actual.total()
    return dict(expected - actual), dict(actual - expected)


def last_told(events: Sequence[Row], now: object, of: Callable[[Row], bool]) -> tuple[Stated, Stated]:
    """Compare what the last event `of` some kind tells of the resource with what its rows say now.

    What an older release did not tell yet, or tells no longer, is not compared.
    """
    last = next((event for event in reversed(events) if of(event)), None)
    if last is None:
        return "an event that tells of it", "none"
    differing = dict(_differences(data_of(last), document(now)))
    if not differing:
        return last["sequence"], last["sequence"]
    return {path: said for path, (said, _) in differing.items()}, {path: is_ for path, (_, is_) in differing.items()}


def short(value: object) -> str:
    return str(value)[:LONGEST]


def _differences(said: Any, now: Any, path: str = "") -> Iterable[tuple[str, tuple[str, str]]]:
    if said == now:
        return
    if isinstance(said, dict) and isinstance(now, dict):
        for name in said.keys() & now.keys():
            yield from _differences(said[name], now[name], f"{path}/{name}")
    elif isinstance(said, list) and isinstance(now, list) and len(said) == len(now):
        for place, (one, other) in enumerate(zip(said, now, strict=True)):
            yield from _differences(one, other, f"{path}/{place}")
    else:
        yield path, (short(said), short(now))
