"""One group of touched rows within the statement of a flush: its lock, its guard, its writes."""

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, Final

from sqlalchemy import (
    CTE,
    BigInteger,
    BindParameter,
    ColumnElement,
    Integer,
    Select,
    Table,
    bindparam,
    func,
    insert,
    literal_column,
    select,
    update,
)
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.sql.dml import UpdateBase
from sqlalchemy.types import TypeEngine

from adapters.postgres.given import Given
from adapters.postgres.shapes import TouchShape, parameter
from adapters.postgres.wall import of_organization, organization
from adapters.records.schema import metadata, tenant_column

Keys = Mapping[str, ColumnElement[Any]] | ReadOnlyColumnCollection[str, Any]

ONE: Final[ColumnElement[Any]] = literal_column("1")
UTF8: Final[ColumnElement[Any]] = literal_column("'UTF8'")


class Touching:
    """Alike rows of one table, at their place among the groups of a flush."""

    def __init__(self, place: int, shape: TouchShape) -> None:
        self.shape = shape
        self.given = Given(f"t{place}", self._types(shape), many=shape.many)
        self._name = f"t{place}"
        self._table = metadata.tables[shape.table]
        self._locked: CTE | None = None

    @property
    def rows(self) -> BindParameter[int]:
        """How many rows there are: a parameter, so that the statement is the same for two and for ten."""
        return bindparam(f"{self._name}_rows", type_=Integer())

    @property
    def holds(self) -> ColumnElement[bool]:
        """Every row was found, and everything that must be true of it is."""
        found = self._found().subquery() if self._locked is None else self._locked
        return select(func.count()).select_from(found).scalar_subquery() == self.rows

    def lock(self, after: ColumnElement[bool]) -> None:
        """Lock the rows, in the order of their keys, once it holds `after` which they come: others are all locked.

        Rows that are not written, but awaited, as a foreign key locks what it refers to: so that they are looked at
        again, once whoever keeps others from referring to them is done.
        """
        found = self._found().order_by(*self._keys(self._table)).where(after)
        locked = found.with_for_update(read=not self.shape.writes, key_share=True, of=self._table)
        self._locked = locked.cte(f"{self._name}_locked")

    def writes(self, go: CTE) -> Iterator[UpdateBase]:
        """Yield the update of the rows, and the inserts of their events. One update a row, or one would be lost."""
        table = self._table
        values: dict[str, Any] = {name: table.c[name] + self.given[parameter("by", name)] for name in self.shape.by}
        values |= {name: self.given[parameter("set", name)] for name in self.shape.set}
        change = update(table).where(go.c.go == ONE, of_organization(table), *self._same(table, self.given_keys))
        if not self.shape.events:
            yield change.values(values)
            return
        chain, links = self._chain(), len(self.shape.events)
        values |= {
            "events_count": chain.c.events_count + literal_column(str(links)),
            "events_head": chain.c[f"hash_{links}"],
        }
        yield change.where(*self._same(table, chain.c)).values(values)
        for link in range(1, links + 1):
            yield self._event(link, chain, go)

    @property
    def given_keys(self) -> dict[str, ColumnElement[Any]]:
        return {name: self.given[parameter("key", name)] for name in self.shape.key}

    def _found(self) -> Select[Any]:
        """The rows that are as they should be."""
        table, given = self._table, self.given
        chain = (table.c.events_count, table.c.events_head) if self.shape.events else ()
        keys = self._keys(table) or [ONE]
        conditions = [*self._same(table, self.given_keys), *self._as_seen(), *self._within_bounds()]
        return select(*keys, *chain).select_from(table, *given.froms).where(of_organization(table), *conditions)

    def _as_seen(self) -> Iterator[ColumnElement[bool]]:
        for name in self.shape.seen:
            column, value = self._table.c[name], self.given[parameter("seen", name)]
            yield column.is_not_distinct_from(value) if column.nullable else column == value

    def _within_bounds(self) -> Iterator[ColumnElement[bool]]:
        bounds = self.shape.bounds
        if bounds is None:
            return
        after: list[ColumnElement[Any]] = [
            self._table.c[name] + self.given[parameter("by", name)] if name in self.shape.by else self._table.c[name]
            for name in bounds.columns
        ]
        rising = [literal_column(str(bounds.least)), *after, literal_column(str(bounds.most))]
        for low, high in pairwise(rising):
            yield low <= high

    def _chain(self) -> CTE:
        """Each subject's events so far, and the hash of each event that now follows (see `records.chain`)."""
        assert self._locked is not None  # noqa: S101 - what writes is locked
        count: ColumnElement[Any] = self._locked.c.events_count
        hash_: ColumnElement[Any] = self._locked.c.events_head
        hashes = []
        for link in range(len(self.shape.events)):
            body = func.convert_to(self.given[parameter(f"e{link}", "body")], UTF8)
            hash_ = func.sha256(hash_.op("||")(func.int4send(count + literal_column(str(link + 1)))).op("||")(body))
            hashes.append(hash_.label(f"hash_{link + 1}"))
        chain = select(*self._keys(self._locked), count, *hashes)
        return (
            chain.select_from(self._locked, *self.given.froms)
            .where(*self._same(self._locked, self.given_keys))
            .cte(f"{self._name}_chain")
        )

    def _event(self, link: int, chain: CTE, go: CTE) -> UpdateBase:
        """The row of one new event: what is given, and its place in the chain."""
        events = metadata.tables["events"]
        part = f"e{link - 1}"
        columns = self.shape.events[link - 1]
        row = [
            organization(),
            *(self.given[parameter(part, name)] for name in columns),
            chain.c.events_count + literal_column(str(link)),
            chain.c[f"hash_{link}"],
        ]
        rows = select(*row).select_from(go, chain, *self.given.froms).where(*self._same(chain, self.given_keys))
        return insert(events).from_select([tenant_column("events"), *columns, "sequence", "hash"], rows)

    def _keys(self, rows: Table | CTE) -> list[ColumnElement[Any]]:
        return [rows.c[name] for name in self.shape.key]

    def _same(self, rows: Table | CTE, keys: Keys) -> list[ColumnElement[bool]]:
        return [rows.c[name] == keys[name] for name in self.shape.key]

    @staticmethod
    def _types(shape: TouchShape) -> dict[str, TypeEngine[Any]]:
        columns = metadata.tables[shape.table].c
        parts = {"key": shape.key, "seen": shape.seen, "by": shape.by, "set": shape.set}
        types = {parameter(part, name): columns[name].type for part, names in parts.items() for name in names}
        types |= {parameter("by", name): BigInteger() for name in shape.by}  # so that no sum overflows unseen
        for place, event in enumerate(shape.events):
            types |= {parameter(f"e{place}", name): metadata.tables["events"].c[name].type for name in event}
        return types
