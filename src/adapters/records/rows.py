"""The rows of one aggregate, and what differs between two states of it."""

from collections.abc import Iterator, Mapping, Sequence

from adapters.records.changes import Insert, Row, Touch
from adapters.records.schema import own_key

Rows = Mapping[str, Sequence[Row]]
"""The rows of an aggregate by table, the root's table first, without the organization."""


def inserts(rows: Rows) -> list[Insert]:
    return [Insert(table, row) for table, some in rows.items() for row in some]


def differences(
    before: Rows, after: Rows, together: Mapping[str, tuple[str, ...]] | None = None
) -> Iterator[Touch | Insert]:
    """Yield an insert for each row that is new, a touch for each that has changed. Rows of aggregates never vanish.

    `together`: columns of a table of which all are written when one has changed.
    """
    for table, some in after.items():
        key, always = own_key(table), (together or {}).get(table, ())
        known = {tuple(row[name] for name in key): row for row in before[table]}
        for row in some:
            old = known.get(tuple(row[name] for name in key))
            if old is None:
                yield Insert(table, row)
            elif changed := {name for name, value in row.items() if value != old[name]}:
                wanted = changed.union(always) if changed.intersection(always) else changed
                said = {name: value for name, value in row.items() if name in wanted}
                yield Touch(table=table, key={name: row[name] for name in key}, set=said)
