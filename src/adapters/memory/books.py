"""All that an organization's books in memory say, subject after subject."""

from collections import defaultdict
from collections.abc import Iterator
from uuid import UUID

from adapters.memory.orders import rows_of_order
from adapters.memory.store import MemoryStore
from adapters.records.changes import Row
from adapters.records.facts import FEED, HELD, LEDGER_SUMS, ORGANIZATIONS, OWNERS, SUBJECTS, Facts
from adapters.records.rows import Rows
from adapters.records.stock_records import ORDER
from domain.identity.roles import Role
from domain.ids import OrderId


class MemoryBooks:
    """One look at an organization: what it holds of a subject is found at once, by what speaks of it."""

    def __init__(self, store: MemoryStore, organization: UUID) -> None:
        self._store = store
        self._organization = organization
        self._events: defaultdict[tuple[str, UUID], list[Row]] = defaultdict(list)
        self._moves: defaultdict[UUID, list[Row]] = defaultdict(list)
        for event in store.rows(organization, "events"):
            self._events[event["subject"], event["subject_id"]].append(event)
        for move in store.rows(organization, "stock_ledger"):
            self._moves[move["reference"]].append(move)

    def all(self) -> Iterator[Facts]:
        """Yield every subject once, and what events and the ledger speak of though it is not there."""
        yield self._house()
        subjects = {(kind, row["id"]) for kind, table in SUBJECTS.items() for row in self._rows(table)}
        of_orders = {
            ("order", move["reference"]) for moves in self._moves.values() for move in moves if _of_order(move)
        }
        for kind, subject in subjects | self._events.keys() | of_orders:
            yield self.of(kind, subject)

    def of(self, kind: str, id: UUID) -> Facts:
        events = self._events.get((kind, id), [])
        row = self._store.row(self._organization, SUBJECTS[kind], id) if kind in SUBJECTS else None
        if row is None:
            moves = [move for move in self._moves.get(id, []) if kind == "order" and _of_order(move)]
            return Facts(kind=kind, id=id, rows={"events": events, "stock_ledger": moves})
        return Facts(kind=kind, id=id, rows={SUBJECTS[kind]: [row], "events": events, **self._beside(kind, id)})

    def _beside(self, kind: str, id: UUID) -> Rows:
        if kind == "order":
            parts = rows_of_order(self._store, self._organization, OrderId(id))
            return {**parts, "stock_ledger": [move for move in self._moves.get(id, []) if _of_order(move)]}
        return self._of_product(id) if kind == "product" else {}

    def _of_product(self, id: UUID) -> Rows:
        ledger = self._rows("stock_ledger", product_id=id)
        sums = {name: sum(move[name] for move in ledger) for name in ("on_hand", "reserved")}
        adjustments = [move for move in ledger if not _of_order(move)]
        lines = [(line, self._order(line["order_id"])) for line in self._rows("order_lines", product_id=id)]
        held = [
            {"status": order["status"], "quantity": line["quantity"], "shipped": line["shipped"]}
            for line, order in lines
            if order
        ]
        return {"stock_ledger": adjustments, LEDGER_SUMS: [sums], HELD: held}

    def _house(self) -> Facts:
        row = self._store.row(self._organization, "organizations")
        members = self._rows("members")
        owners = [one for one in members if one["role"] == Role.OWNER.value and one["removed_at"] is None]
        places = [place for event in self._rows("events") if (place := event["position"]) is not None]
        feed = {"numbered": len(places), "first": min(places, default=None), "last": max(places, default=None)}
        rows: Rows = {"organizations": [row] if row else [], OWNERS: owners, FEED: [feed]}
        return Facts(kind=ORGANIZATIONS, id=self._organization, rows=rows)

    def _order(self, id: UUID) -> Row | None:
        return self._store.row(self._organization, "orders", id)

    def _rows(self, table: str, **reference: UUID) -> list[Row]:
        return self._store.rows(self._organization, table, **reference)


def _of_order(move: Row) -> bool:
    return bool(move["reference_to"] == ORDER)
