"""The books of the simulated gateway in a table of nobody's: each entry is durable by itself, whatever we do."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from adapters.payments.simulated import Entry
from domain.ordering.payment import Verb

_COLUMNS: Final = ("key", "payment_id", "verb", "amount", "currency", "decline_code", "landed_at")
_ALL: Final = f"SELECT {', '.join(_COLUMNS)} FROM simulated_ledger"  # noqa: S608 - names of ours
_ADD: Final = f"INSERT INTO simulated_ledger ({', '.join(_COLUMNS)}) VALUES ($1, $2, $3, $4, $5, $6, $7)"  # noqa: S608
_UNLESS_THERE: Final = " ON CONFLICT (key) DO NOTHING RETURNING key"
_LAND: Final = "UPDATE simulated_ledger SET landed_at = least(landed_at, $2) WHERE key = $1"


@dataclass(frozen=True, slots=True)
class PostgresLedger:
    """`lend` lends a connection that is in no transaction."""

    lend: Callable[[], AbstractAsyncContextManager[Any]]

    async def add(self, entry: Entry) -> bool:
        row = asdict(entry)
        values = (str(row[name]) if name == "verb" else row[name] for name in _COLUMNS)
        async with self.lend() as connection:
            return bool(await connection.fetch(_ADD + _UNLESS_THERE, *values))

    async def get(self, key: str) -> Entry | None:
        async with self.lend() as connection:
            found = await connection.fetch(f"{_ALL} WHERE key = $1", key)
        return _entry(found[0]) if found else None

    async def land(self, key: str, at: datetime) -> None:
        async with self.lend() as connection:
            await connection.fetch(_LAND, key, at)

    async def of_payment(self, payment_id: UUID) -> list[Entry]:
        async with self.lend() as connection:
            found = await connection.fetch(f"{_ALL} WHERE payment_id = $1", payment_id)
        return [_entry(row) for row in found]


def _entry(row: Mapping[str, Any]) -> Entry:
    return Entry(**{**{name: row[name] for name in _COLUMNS}, "verb": Verb(row["verb"])})
