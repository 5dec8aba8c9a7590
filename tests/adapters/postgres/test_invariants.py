"""Whoever changes what is written, by raw SQL and past every constraint, is found out, and what he changed is named."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from uuid import UUID

import asyncpg
import pytest
from rich.console import Console

from adapters.postgres import PostgresOrderProofs, TenantPool
from adapters.postgres import books as books_module
from adapters.postgres.books import PostgresBooks, organizations_of
from adapters.records.chain import link
from adapters.records.facts import SUBJECTS, columns_of
from adapters.records.invariants import INVARIANTS, Breach, breaches
from adapters.records.tables import WALLED
from adapters.system import new_id
from domain.ids import OrderId, ProductId
from entrypoints.invariants import Wish, invariants
from tests.adapters.postgres.shop import OWNER, Shop
from tests.books import mark
from tests.postgres import Database

KEPT: Final = ("organizations", "members", "customers", "products", "orders", "order_lines", "shipments",
               "shipment_lines", "order_returns", "return_lines", "payments", "payment_operations",
               "stock_ledger", "events")  # fmt: skip
"""What a test may change, and what is put back when it is over."""

STRANGER: Final = UUID("01900000-0000-7000-8000-00000000dead")
"""An organization that there is not."""


@dataclass(frozen=True)
class Scene:
    """A shop with orders in every state, a superuser behind it whom no constraint stops, and who looks through it."""

    shop: Shop
    behind: asyncpg.Connection
    product: ProductId
    other: ProductId
    orders: dict[str, OrderId]

    async def breaches(self, organization: UUID | None = None) -> list[Breach]:
        whose = organization or self.shop.organization
        return [breach async for batch in PostgresBooks(self.shop.pool).of(whose) for breach in breaches(whose, batch)]

    async def broken(self, subject: object) -> set[str]:
        """Return what does not hold of one subject, by its name or by its id."""
        return {breach.check.name for breach in await self.breaches() if breach.subject.endswith(str(subject))}

    async def disproved(self, order: str) -> set[str]:
        """Return what the proof of an order says does not hold."""
        proof = await PostgresOrderProofs(self.shop.pool).of(self.shop.organization, self.orders[order])
        return {check.name for check in proof.checks if not check.holds}

    async def event(self, subject: UUID, place: int) -> asyncpg.Record:
        """Return an event of a subject: 0 is the first, -1 the last."""
        found = await self.behind.fetch("SELECT * FROM events WHERE subject_id = $1 ORDER BY sequence", subject)
        return found[place]


@pytest.fixture(scope="module")
async def opened(database: Database) -> AsyncIterator[Scene]:
    pool = TenantPool.to(database.dsn, size=2)
    shop = await Shop.open(pool)
    mark(shop.organization)
    product, other = await shop.products(100, 50)
    orders = {"pending": await shop.place((product, 2), (other, 1))}
    for name, verbs in {
        "confirmed": (shop.confirm,),
        "cancelled": (shop.confirm, shop.cancel),
        "shipped": (shop.confirm, shop.ship),
        "delivered": (shop.confirm, shop.ship, shop.deliver),
        "returned": (shop.confirm, shop.ship, shop.deliver, shop.send_back),
        "recalled": (shop.confirm, shop.ship, shop.send_back),
    }.items():
        order = await shop.place((product, 2), (other, 1))
        for verb in verbs:
            order = await verb(order)
        orders[name] = order
    await shop.people.log_in(OWNER)
    await shop.people.log_out_everywhere(shop.owner)
    behind = await asyncpg.connect(database.superuser)
    await behind.execute("SET session_replication_role = replica")  # neither triggers nor foreign keys
    for table in KEPT:
        await behind.execute(
            f"CREATE TEMP TABLE kept_{table} AS SELECT * FROM {table} WHERE {_whose(table)} = '{shop.organization}'"
        )
    yield Scene(shop, behind, product, other, {name: order.id for name, order in orders.items()})
    await behind.close()
    await pool.close()


@pytest.fixture
async def scene(opened: Scene) -> AsyncIterator[Scene]:
    """Whatever a test has done, is undone."""
    yield opened
    for table in KEPT:
        whose = f"{_whose(table)} = ANY($1::uuid[])"
        await opened.behind.execute(f"DELETE FROM {table} WHERE {whose}", [opened.shop.organization, STRANGER])
        await opened.behind.execute(f"INSERT INTO {table} SELECT * FROM kept_{table}")


def _whose(table: str) -> str:
    return "id" if table == "organizations" else "organization_id"


async def test_what_the_service_has_written_holds(scene: Scene) -> None:
    assert await scene.breaches() == []
    assert {name: await scene.disproved(name) for name in scene.orders} == {name: set() for name in scene.orders}


# Events

EVENT_COLUMNS: Final = {
    "organization_id": f"'{STRANGER}'",
    "id": "gen_random_uuid()",
    "subject": "'customer'",
    "subject_id": "gen_random_uuid()",
    "sequence": "sequence + 100",
    "type": "'order.noted'",
    "at": "at + interval '1 microsecond'",
    "actor": "actor || '0'",
    "request_id": "request_id || '0'",
    "body": "body || ' '",
    "personal": "replace(personal, '\"said\"', '\"said\" ')",
    "hash": "sha256(hash)",
}
"""Every column, and what becomes of it. (`position` is the relay's to write: see below.)"""

PLACES: Final = {"first": 0, "middle": 2, "last": -1}


def test_every_column_of_events_is_edited() -> None:
    assert {*EVENT_COLUMNS, "position"} == {"organization_id", *columns_of("events")}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("column", EVENT_COLUMNS)
async def test_an_edited_event_is_named(scene: Scene, column: str, place: str) -> None:
    order = scene.orders["returned"]
    event = await scene.event(order, PLACES[place])
    await scene.behind.execute(f"UPDATE events SET {column} = {EVENT_COLUMNS[column]} WHERE id = $1", event["id"])
    broken = await scene.broken(order)
    assert broken - {"exists"} == await scene.disproved("returned") != set()


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("kind", SUBJECTS)
async def test_bytes_that_say_the_same_but_are_others_are_found_by_their_hash(
    scene: Scene, kind: str, place: str
) -> None:
    found = await scene.behind.fetchrow(
        "SELECT subject_id FROM events WHERE organization_id = $1 AND subject = $2 GROUP BY 1 ORDER BY count(*) DESC",
        scene.shop.organization,
        kind,
    )
    assert found, "nothing was told of it"
    events = await scene.behind.fetch("SELECT id FROM events WHERE subject_id = $1 ORDER BY sequence", found[0])
    chosen = events[min(PLACES[place], len(events) - 1)]
    await scene.behind.execute("UPDATE events SET body = body || ' ' WHERE id = $1", chosen["id"])
    assert await scene.broken(found[0]) == {"events-chained"}


async def test_words_about_people_that_were_never_chained_are_found(scene: Scene) -> None:
    """The bytes are as they were; what stands beside them is somebody else's."""
    order = scene.orders["returned"]
    event = await scene.event(order, 2)
    forged = event["personal"].replace('"said":{', '"said":{"/data/note":"a gift",', 1)
    await scene.behind.execute("UPDATE events SET personal = $2 WHERE id = $1", event["id"], forged)
    assert "events-vouched" in await scene.broken(order) == await scene.disproved("returned")


@pytest.mark.parametrize("place", PLACES)
async def test_a_missing_event_is_noticed(scene: Scene, place: str) -> None:
    order = scene.orders["returned"]
    event = await scene.event(order, PLACES[place])
    await scene.behind.execute("DELETE FROM events WHERE id = $1", event["id"])
    assert {"events-counted", "events-chained"} <= await scene.broken(order) == await scene.disproved("returned")


async def test_a_last_event_that_was_taken_away_with_care_is_missed(scene: Scene) -> None:
    """The chain is whole: it is the order that says more than its events."""
    order = scene.orders["cancelled"]
    last, before = await scene.event(order, -1), await scene.event(order, -2)
    await scene.behind.execute("DELETE FROM events WHERE id = $1", last["id"])
    await scene.behind.execute(
        "UPDATE orders SET events_count = events_count - 1, events_head = $2 WHERE id = $1", order, before["hash"]
    )
    broken = await scene.broken(order)
    assert not broken & {"events-counted", "events-chained"}
    assert {"version", "as-told", "path", "stock-told"} <= broken == await scene.disproved("cancelled")


@pytest.mark.parametrize("place", PLACES)
async def test_an_event_that_was_rewritten_with_care_is_told_by_the_next(scene: Scene, place: str) -> None:
    """Bytes, the columns beside them and the hash agree; the next link, or the order's own end, does not."""
    order = scene.orders["returned"]
    event = await scene.event(order, PLACES[place])
    body = event["body"].replace('"requestid":"', '"requestid":"x')
    previous = await scene.event(order, event["sequence"] - 2) if event["sequence"] > 1 else {"hash": b""}
    forged = link(previous["hash"], event["sequence"], body)
    await scene.behind.execute(
        "UPDATE events SET body = $2, hash = $3, request_id = 'x' || request_id WHERE id = $1",
        event["id"],
        body,
        forged,
    )
    assert await scene.broken(order) == {"events-chained"} == await scene.disproved("returned")


@pytest.mark.parametrize("place", PLACES)
async def test_an_inserted_event_is_noticed(scene: Scene, place: str) -> None:
    """It takes the number of another, or the next one."""
    order = scene.orders["returned"]
    event = await scene.event(order, PLACES[place])
    await scene.behind.execute(
        "UPDATE events SET sequence = -sequence WHERE subject_id = $1 AND sequence > $2", order, event["sequence"]
    )
    await scene.behind.execute(
        "UPDATE events SET sequence = 1 - sequence WHERE subject_id = $1 AND sequence < 0", order
    )
    await _insert(scene, {**event, "id": new_id(), "sequence": event["sequence"] + 1})
    assert {"events-counted", "events-chained"} <= await scene.broken(order) == await scene.disproved("returned")


async def test_an_event_that_was_added_with_care_is_one_version_too_many(scene: Scene) -> None:
    order = scene.orders["shipped"]
    last = await scene.event(order, -1)
    sequence, own = last["sequence"] + 1, new_id()
    body = json.dumps({**json.loads(last["body"]), "id": str(own), "type": "order.changed"})
    head = link(last["hash"], sequence, body)
    forged = {**last, "id": own, "type": "order.changed", "sequence": sequence, "body": body, "hash": head}
    await _insert(scene, forged)
    await scene.behind.execute(
        "UPDATE orders SET events_count = $2, events_head = $3 WHERE id = $1", order, sequence, head
    )
    assert await scene.broken(order) == {"version"} == await scene.disproved("shipped")


@pytest.mark.parametrize("column", ["subject", "subject_id", "organization_id"])
async def test_an_event_of_nothing_is_noticed(scene: Scene, column: str) -> None:
    """Of a kind, a thing or an organization that there is not."""
    event = await scene.event(scene.orders["pending"], 0)
    nothing = {"subject": "parcel", "subject_id": STRANGER, "organization_id": STRANGER}[column]
    await _insert(scene, {**event, "id": new_id(), column: nothing})
    whose = STRANGER if column == "organization_id" else scene.shop.organization
    assert "exists" in {breach.check.name for breach in await scene.breaches(whose)}


async def test_organizations_that_only_events_name_are_looked_at(scene: Scene, database: Database) -> None:
    event = await scene.event(scene.orders["pending"], 0)
    await _insert(scene, {**event, "id": new_id(), "organization_id": STRANGER})
    assert {STRANGER, scene.shop.organization} <= set(await organizations_of(database.dsn))


async def test_places_in_the_feed_rise_with_the_numbers(scene: Scene) -> None:
    order = scene.orders["shipped"]
    for sequence, position in ((1, 12), (2, 11)):
        await scene.behind.execute(
            "UPDATE events SET position = $3 WHERE subject_id = $1 AND sequence = $2", order, sequence, position
        )
    assert await scene.broken(order) == {"events-positioned"}


async def _insert(scene: Scene, row: dict[str, object]) -> None:
    names = ", ".join(row)
    values = ", ".join(f"${place}" for place in range(1, len(row) + 1))
    await scene.behind.execute(f"INSERT INTO events ({names}) VALUES ({values})", *row.values())


# The ledger

LEDGER_COLUMNS: Final = {
    "organization_id": f"'{STRANGER}'",
    "product_id": "gen_random_uuid()",
    "cause": "CASE cause WHEN 'correction' THEN 'damaged' ELSE 'correction' END",
    "on_hand": "on_hand + 1000",
    "reserved": "reserved + 1000",
    "reference": "gen_random_uuid()",
    "reference_to": "CASE reference_to WHEN 'order' THEN 'adjustment' ELSE 'order' END",
    "note": "'an afterthought'",
    "actor": "actor || '0'",
    "at": "at + interval '1 microsecond'",
}
"""Every column but the row's own id, which nothing else names."""


def test_every_column_of_the_ledger_is_edited() -> None:
    assert {*LEDGER_COLUMNS, "id"} == {"organization_id", *columns_of("stock_ledger")}


@pytest.mark.parametrize("cause", ["correction", "reserved", "released", "shipped", "returned"])
@pytest.mark.parametrize("column", [*LEDGER_COLUMNS, None], ids=str)
async def test_an_edited_or_missing_row_of_the_ledger_is_named(scene: Scene, column: str | None, cause: str) -> None:
    row = await scene.behind.fetchrow(
        "SELECT id, reference, product_id FROM stock_ledger WHERE organization_id = $1 AND cause = $2 LIMIT 1",
        scene.shop.organization,
        cause,
    )
    change = f"UPDATE stock_ledger SET {column} = {LEDGER_COLUMNS[column]}" if column else "DELETE FROM stock_ledger"
    try:
        await scene.behind.execute(f"{change} WHERE id = $1", row["id"])
    except asyncpg.CheckViolationError:
        return  # so much the better
    named = {breach.subject.partition("/")[2] for breach in await scene.breaches()}
    assert {str(row["product_id"]), str(row["reference"])} & named
    if cause != "correction":
        assert str(row["reference"]) in named


@pytest.mark.parametrize("cause", ["correction", "reserved", "released", "shipped", "returned"])
async def test_an_inserted_row_of_the_ledger_is_named(scene: Scene, cause: str) -> None:
    """Twice the same move, and one of an order that there is not."""
    row = await scene.behind.fetchrow(
        "SELECT * FROM stock_ledger WHERE organization_id = $1 AND cause = $2 LIMIT 1", scene.shop.organization, cause
    )
    await scene.behind.execute(
        "INSERT INTO stock_ledger SELECT (jsonb_populate_record(l, jsonb_build_object('id', $2::uuid))).*"
        " FROM stock_ledger l WHERE id = $1",
        row["id"],
        new_id(),
    )
    subject = row["product_id"] if cause == "correction" else row["reference"]
    assert await scene.broken(subject)
    await scene.behind.execute("UPDATE stock_ledger SET reference = $2 WHERE id = $1", row["id"], STRANGER)
    broken = await scene.breaches()
    assert {breach.check.name for breach in broken} & {"exists", "adjustments"}


# What things say of themselves

EDITS: Final = (
    ("orders", "total", "total + 1", "pending", {"total", "as-told"}),
    ("orders", "status", "'confirmed'", "shipped", {"state", "path"}),
    ("orders", "status", "'confirmed'", "pending", {"path", "as-told"}),
    ("orders", "status", "'shipped'", "delivered", {"state", "path"}),
    ("orders", "version", "version + 1", "confirmed", {"version", "as-told"}),
    ("orders", "note", "'forged'", "delivered", {"as-told"}),
    ("orders", "number", "'7KQ2-9XMB-9'", "delivered", {"as-told"}),
    ("orders", "currency", "'USD'", "delivered", {"as-told"}),
    ("orders", "customer_id", "gen_random_uuid()", "delivered", {"as-told"}),
    ("orders", "shipping_address", "'{}'", "pending", {"as-told"}),
    ("orders", "expires_at", "expires_at + interval '1 s'", "pending", {"as-told"}),
    ("orders", "events_count", "events_count + 1", "pending", {"events-counted"}),
    ("orders", "events_head", "sha256(events_head)", "pending", {"events-chained"}),
    ("order_lines", "unit_price", "unit_price + 1", "pending", {"total"}),
    ("order_lines", "quantity", "quantity + 1", "pending", {"total", "stock-reserved", "stock-moves"}),
    ("order_lines", "sku", "sku || '0'", "pending", {"as-told"}),
    ("order_lines", "ordered_at", "ordered_at - interval '1 s'", "pending", {"ordered-at"}),
    ("order_lines", "shipped", "shipped - 1", "shipped", {"shipped", "state", "stock-on-hand"}),
    ("order_lines", "delivered", "delivered + 1", "shipped", {"delivered", "as-told"}),
    ("order_lines", "delivered", "delivered - 1", "delivered", {"delivered", "state"}),
    ("order_lines", "returned", "returned - 1", "returned", {"returned", "state"}),
    ("order_lines", "returned", "returned + 1", "delivered", {"returned", "as-told"}),
    ("order_lines", "recalled", "1, delivered = delivered - 1", "returned", {"recalled"}),
    ("shipment_lines", "quantity", "quantity + 1", "shipped", {"shipped"}),
    ("shipments", "delivered_at", "NULL", "delivered", {"delivered"}),
    ("return_lines", "quantity", "quantity + 1", "returned", {"returned", "stock-on-hand"}),
    ("return_lines", "restock", "false", "recalled", {"stock-on-hand", "stock-moves"}),
    ("order_returns", "refund", "refund + 1", "recalled", {"as-told"}),
    ("payments", "captured", "captured - 1", "shipped", {"payment-counters", "as-told"}),
    ("payments", "status", "'capturing'", "confirmed", {"payment-open"}),
    ("payment_operations", "amount", "amount + 1", "confirmed", {"payment-counters"}),
)


@pytest.mark.parametrize(("table", "column", "value", "order", "names"), EDITS)
async def test_an_edited_order_is_disproved(
    scene: Scene, table: str, column: str, value: str, order: str, names: set[str]
) -> None:
    which = "id" if table == "orders" else "order_id"
    one = f"ctid = (SELECT max(ctid) FROM {table} WHERE {which} = $1)"
    done = await scene.behind.execute(f"UPDATE {table} SET {column} = {value} WHERE {one}", scene.orders[order])
    assert done == "UPDATE 1"
    assert names <= await scene.broken(scene.orders[order]) == await scene.disproved(order)


async def test_a_removed_part_is_missed(scene: Scene) -> None:
    for table in ("shipment_lines", "order_lines"):
        order = scene.orders["shipped"]
        await scene.behind.execute(
            f"DELETE FROM {table} WHERE ctid = (SELECT max(ctid) FROM {table} WHERE order_id = $1)", order
        )
        assert await scene.broken(order) == await scene.disproved("shipped") != set()


@pytest.mark.parametrize(
    ("column", "value", "names"),
    [
        ("on_hand", "on_hand + 1", {"stock-counters"}),
        ("reserved", "reserved + 1", {"stock-counters", "stock-held"}),
        ("unit_price", "unit_price + 1", {"as-told"}),
        ("name", "'forged'", {"as-told"}),
        ("status", "'archived'", {"as-told"}),
        ("version", "version + 1", {"version", "as-told"}),
        ("events_count", "events_count - 1", {"events-counted"}),
        ("events_head", "''", {"events-chained"}),
    ],
)
async def test_an_edited_product_is_named(scene: Scene, column: str, value: str, names: set[str]) -> None:
    await scene.behind.execute(f"UPDATE products SET {column} = {value} WHERE id = $1", scene.product)
    assert names <= await scene.broken(scene.product)


@pytest.mark.parametrize("column", ["email", "name", "status", "version", "events_head", "mailbox"])
async def test_an_edited_customer_is_named(scene: Scene, column: str) -> None:
    value = {"status": "'suspended'", "version": "version + 1", "events_head": "''"}.get(column, "'forged'")
    customer = scene.shop.customer
    await scene.behind.execute(f"UPDATE customers SET {column} = {value} WHERE id = $1", customer)
    assert await scene.broken(customer)


async def test_owners_are_counted(scene: Scene) -> None:
    organization = scene.shop.organization
    await scene.behind.execute("UPDATE organizations SET owners = owners + 1 WHERE id = $1", organization)
    assert await scene.broken(organization) == {"owners"}


async def test_places_in_the_feed_leave_no_gap(scene: Scene) -> None:
    """The first of two places is not there, or one between them."""
    event = await scene.event(scene.orders["pending"], 0)
    give = "UPDATE events SET position = $2 WHERE id = $1"
    await scene.behind.execute(give, event["id"], 2)
    assert await scene.broken(scene.shop.organization) == {"feed-places"}
    other = await scene.event(scene.orders["cancelled"], 0)
    await scene.behind.execute(give, other["id"], 1)
    assert await scene.broken(scene.shop.organization) == set()
    last = await scene.event(scene.orders["confirmed"], 0)
    await scene.behind.execute(give, last["id"], 4)
    assert await scene.broken(scene.shop.organization) == {"feed-places"}


async def test_an_order_that_was_removed_whole_leaves_traces(scene: Scene) -> None:
    order = scene.orders["pending"]
    await scene.behind.execute("DELETE FROM order_lines WHERE order_id = $1", order)
    await scene.behind.execute("DELETE FROM orders WHERE id = $1", order)
    assert await scene.broken(order) == {"exists"}
    assert await scene.broken(scene.product) == {"stock-held"}


# The command


@pytest.mark.parametrize("as_json", [False, True])
async def test_the_command_names_what_does_not_hold(
    scene: Scene,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    as_json: bool,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database.dsn)
    order, ours = scene.orders["pending"], str(scene.shop.organization)

    async def ran() -> tuple[int, str]:
        code = await asyncio.to_thread(invariants, Wish(Path(), json=as_json), Console(width=200))
        return code, capsys.readouterr().out

    _, clean = await ran()
    assert ours not in clean
    await scene.behind.execute("UPDATE orders SET total = total + 1 WHERE id = $1", order)
    code, said = await ran()
    assert code == 1
    assert f"orders/{order}" in said
    assert ours in said
    if as_json:
        *found, summary = map(json.loads, said.splitlines())
        assert {one["check"] for one in found if one["organization"] == ours} == {"total", "as-told"}
        assert all(one.keys() == {"organization", "subject", "check", "expected", "actual"} for one in found)
        assert summary["violations"] == len(found)
        assert summary["checked"]["orders"] >= len(scene.orders)


async def test_the_command_ends_well_where_all_holds(
    own_database: Database, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pool = TenantPool.to(own_database.dsn, size=1)
    shop = await Shop.open(pool)
    (product,) = await shop.products(5)
    await shop.place((product, 2))
    await pool.close()
    monkeypatch.setenv("DATABASE_URL", own_database.dsn)
    assert await asyncio.to_thread(invariants, Wish(Path(), json=False), Console(width=40)) == 0
    counted = "1 organizations, 1 orders, 1 products, 1 customers, 1 members, 4 events"
    assert f"{counted} checked: all invariants hold.\n" in capsys.readouterr().out, "one line, however narrow"


# How it is gone through


async def test_batches_miss_nobody(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two orders at a time, then as many as have six events; strays lie between and behind them."""
    event = await scene.event(scene.orders["pending"], 0)
    strays = [UUID(int=scene.orders["cancelled"].int + 1), UUID(int=2**128 - 1), UUID(int=0)]
    for stray in strays:
        await _insert(scene, {**event, "id": new_id(), "subject_id": stray})
    for batch, most in ((2, 5_000), (500, 6)):
        monkeypatch.setattr(books_module, "BATCH", batch)
        monkeypatch.setattr(books_module, "EVENTS", most)
        found = [facts async for facts in PostgresBooks(scene.shop.pool).of(scene.shop.organization)]
        seen = [facts.id for some in found for facts in some if facts.kind == "order"]
        assert sorted(seen) == sorted([*scene.orders.values(), *strays])
        assert max(map(len, found)) <= 5


async def test_rows_that_nobody_can_read_do_not_hold(scene: Scene) -> None:
    order = scene.orders["pending"]
    await scene.behind.execute("UPDATE events SET body = '[not json' WHERE subject_id = $1", order)
    await scene.behind.execute("UPDATE orders SET shipping_address = '[]' WHERE id = $1", order)
    assert {"as-told", "events-as-written", "events-chained"} <= await scene.broken(order)


def test_every_invariant_is_broken_somewhere_above() -> None:
    above = Path(__file__).read_text(encoding="utf-8")
    unbroken = {invariant.name for invariant in INVARIANTS if f'"{invariant.name}"' not in above}
    assert unbroken <= {"units", "cancellation", "stock-bounds", "mailbox", "payment-live", "payment-bounds"}, (
        "constraints keep raw SQL from these"
    )


def test_all_tables_are_put_back() -> None:
    assert set(KEPT) == set(WALLED) - {
        "sessions", "refresh_tokens", "api_keys", "idempotency_keys",
        "webhook_endpoints", "deliveries", "delivery_attempts",
    }  # fmt: skip
