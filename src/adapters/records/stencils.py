"""Stencils: rows that the mappers made once, to be made again with other ids, at another time, for somebody else.

A million orders are too many to take each through domain and mappers (a millisecond each). What differs between two
orders that had the same life are ids, instants, the number, whose they are, and the hashes that follow from these. A
stencil finds all of them in the rows of one order, whatever the tables and columns, and fills in others.
"""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from adapters.records.carried_out import CarriedOut, Group, Groups
from adapters.records.chain import START, link
from adapters.records.documents import document

Pick = Callable[[Sequence[Any]], tuple[Any, ...]]
"""Takes what stands at some places."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)


def id_at(milliseconds: int, chance: random.Random) -> UUID:
    """Return a UUIDv7 (RFC 9562) of that time, in milliseconds since 1970."""
    bits = chance.getrandbits(74)
    return UUID(int=milliseconds << 80 | 7 << 76 | bits >> 62 << 64 | 2 << 62 | bits & (1 << 62) - 1)


def milliseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MILLISECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What tells one thing from another that had the same life: when it began, its number, whose it is."""

    at: datetime
    number: str
    owner: UUID


class Stencil:
    """The rows of one thing, with holes. `counted` is what it adds to other rows, each time that it is filled in."""

    def __init__(self, done: CarriedOut, marks: Marks, ids: Sequence[UUID]) -> None:
        """`ids` were all made for this one thing; every other id in its rows is somebody else's, and stays."""
        self.counted = done.counted
        rows = list(done)
        instants = list(dict.fromkeys(v for r in rows for v in r.row.values() if isinstance(v, datetime)))
        self._ages = [(made.int >> 80) - milliseconds(marks.at) for made in ids]
        self._spans = [at - marks.at for at in instants]
        self._holes: dict[object, int] = {}
        self._open([*ids, *instants, marks.number, marks.owner])
        self._segments: list[str] = []
        self._texts = self._cut(dict.fromkeys(v for r in rows for v in r.row.values() if isinstance(v, str)))
        if any(r.row.get("personal") in self._holes for r in rows):
            raise ValueError("what differs stands in what is personal, and the hash of that in the body")
        self._chains = list(self._chained([r.row for r in rows if r.table == "events"]))
        self._constants: list[object] = []
        self._rows: dict[Group, list[Pick]] = {}
        for insert in rows:
            self._rows.setdefault((insert.table, tuple(insert.row)), []).append(self._pick(insert.row.values()))

    def fill(self, marks: Marks, chance: random.Random) -> Groups:
        """Return every row of another thing that had the same life, parents before children."""
        begun = milliseconds(marks.at)
        values: list[Any] = [id_at(begun + age, chance) for age in self._ages]
        values += [marks.at + span for span in self._spans]
        values += [marks.number, marks.owner]
        said = [*map(document, values), *self._segments]
        values += ["".join(pick(said)) for pick in self._texts]
        for bodies in self._chains:
            head = START
            for sequence, body in enumerate(bodies, start=1):
                head = link(head, sequence, values[body])
                values.append(head)
        values += self._constants
        return {group: [pick(values) for pick in picks] for group, picks in self._rows.items()}

    def _open(self, values: Iterable[object]) -> None:
        """Make holes where these values stand."""
        for value in values:
            self._holes.setdefault(value, len(self._holes))

    def _cut(self, texts: Iterable[str]) -> list[Pick]:
        """Make a hole of every text that says what differs, and return how it is put together."""
        words = {str(document(value)): place for value, place in self._holes.items()}
        cut = {text: pieces for text in texts if text not in words and len(pieces := _parted(text, words)) > 1}
        first, picks = len(self._holes), []
        for pieces in cut.values():
            segments = [piece for piece in pieces if piece not in words]
            places = iter(range(first + len(self._segments), first + len(self._segments) + len(segments)))
            picks.append(_picking([words[p] if p in words else next(places) for p in pieces]))
            self._segments += segments
        self._open(cut)
        return picks

    def _chained(self, events: Sequence[Any]) -> Iterator[list[int]]:
        """Make holes of the hashes, and yield where the bodies of each chain stand."""
        chains: dict[object, list[Any]] = {}
        for event in sorted(events, key=itemgetter("sequence")):
            chains.setdefault((event["subject"], event["subject_id"]), []).append(event)
        for chain in chains.values():
            self._open(event["hash"] for event in chain)
            yield [self._holes[event["body"]] for event in chain]

    def _pick(self, row: Iterable[object]) -> Pick:
        """What is no hole is the same in every filling."""
        places = []
        for value in row:
            hole = self._holes.get(value)
            if hole is None:
                hole = len(self._holes) + len(self._constants)
                self._constants.append(value)
            places.append(hole)
        return _picking(places)


def _parted(text: str, words: Iterable[str]) -> list[str]:
    """Return the text in pieces, each of which is one of the words, or has none in it."""
    for word in words:
        before, found, after = text.partition(word)
        if found:
            return [*_parted(before, words), word, *_parted(after, words)]
    return [text]


def _picking(places: Sequence[int]) -> Pick:
    """An itemgetter returns a tuple only for two places and more."""
    if len(places) == 1:
        (place,) = places
        return lambda values: (values[place],)
    pick: Pick = itemgetter(*places)
    return pick
