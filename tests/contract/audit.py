"""What is true of an organization's rows at any time, recomputed from scratch. Every contract test ends with it."""

from collections import Counter, defaultdict
from hashlib import sha256
from uuid import UUID

from adapters.records.personal import vouched
from domain.identity.session import ABSOLUTE, IDLE
from tests.contract.backend import Backend, Row

ROOTS = {"order": "orders", "product": "products", "customer": "customers", "user": "members"}
HOLDING = {"pending", "confirmed"}
"""States in which an order holds its stock."""


TABLES = (
    "organizations",
    "products",
    "orders",
    "order_lines",
    "shipment_lines",
    "order_returns",
    "return_lines",
    "stock_ledger",
    "events",
    "payments",
    "payment_operations",
    "customers",
    "members",
    "sessions",
    "refresh_tokens",
)


async def audit(backend: Backend, organization: UUID) -> None:
    tables = {name: await backend.rows(organization, name) for name in TABLES}
    counters_are_the_sums_of_the_ledger(tables)
    reserved_is_what_open_orders_hold(tables)
    lines_say_what_shipments_and_returns_say(tables)
    the_ledger_says_what_left_and_what_can_be_sold_again(tables)
    chains_have_no_gap(tables)
    every_change_of_an_order_is_an_event(tables)
    money_is_the_sum_of_what_was_done(tables)
    refresh_tokens_form_one_chain_a_session(tables)
    owners_are_counted(tables)
    who_is_gone_has_no_session(tables)


def counters_are_the_sums_of_the_ledger(tables: dict[str, list[Row]]) -> None:
    for product in tables["products"]:
        moves = [row for row in tables["stock_ledger"] if row["product_id"] == product["id"]]
        assert product["on_hand"] == sum(move["on_hand"] for move in moves)
        assert product["reserved"] == sum(move["reserved"] for move in moves)
        assert 0 <= product["reserved"] <= product["on_hand"]


def reserved_is_what_open_orders_hold(tables: dict[str, list[Row]]) -> None:
    status = {order["id"]: order["status"] for order in tables["orders"]}
    held: defaultdict[UUID, int] = defaultdict(int)
    for line in tables["order_lines"]:
        if status[line["order_id"]] in HOLDING:
            held[line["product_id"]] += line["quantity"] - line["shipped"]
    assert {row["id"]: row["reserved"] for row in tables["products"]} == {
        row["id"]: held[row["id"]] for row in tables["products"]
    }


def lines_say_what_shipments_and_returns_say(tables: dict[str, list[Row]]) -> None:
    for counter, parts in (("shipped", "shipment_lines"), ("returned", "return_lines")):
        counted: defaultdict[tuple[UUID, UUID], int] = defaultdict(int)
        for part in tables[parts]:
            counted[part["order_id"], part["line_id"]] += part["quantity"]
        assert {
            (line["order_id"], line["id"]): line[counter] for line in tables["order_lines"] if line[counter]
        } == counted


def the_ledger_says_what_left_and_what_can_be_sold_again(tables: dict[str, list[Row]]) -> None:
    """A return that is not restocked moves no counter, so it is no row of the ledger: its own row says so."""
    product = {(line["order_id"], line["id"]): line["product_id"] for line in tables["order_lines"]}
    expected: defaultdict[tuple[UUID, UUID], int] = defaultdict(int)
    for parts, sign in (("shipment_lines", -1), ("return_lines", 1)):
        for part in tables[parts]:
            order, line = part["order_id"], part["line_id"]
            expected[order, product[order, line]] += sign * part["quantity"] * part.get("restock", True)
    moved: defaultdict[tuple[UUID, UUID], int] = defaultdict(int)
    for row in tables["stock_ledger"]:
        if (row["reference"], row["product_id"]) in expected:
            moved[row["reference"], row["product_id"]] += row["on_hand"]
    assert moved == expected


def chains_have_no_gap(tables: dict[str, list[Row]]) -> None:
    events: defaultdict[tuple[str, UUID], list[Row]] = defaultdict(list)
    for event in tables["events"]:
        events[event["subject"], event["subject_id"]].append(event)
    for subject, table in ROOTS.items():
        for root in tables[table]:
            own = sorted(events.pop((subject, root["id"]), []), key=lambda event: event["sequence"])
            assert [event["sequence"] for event in own] == list(range(1, root["events_count"] + 1))
            head = b""
            for event in own:
                head = sha256(head + event["sequence"].to_bytes(4, "big") + event["body"].encode()).digest()
                assert event["hash"] == head
                assert vouched(event["body"], event["personal"])
            assert root["events_head"] == head
    assert not events, "events of subjects that do not exist"


def every_change_of_an_order_is_an_event(tables: dict[str, list[Row]]) -> None:
    """And every event but a note is a change; but changes of its payment that tell nothing are counted there."""
    untold: Counter[UUID] = Counter()
    for payment in tables["payments"]:
        untold[payment["order_id"]] += payment["untold"]
    notes = Counter(event["subject_id"] for event in tables["events"] if event["type"] == "order.noted")
    for order in tables["orders"]:
        assert order["version"] == order["events_count"] - notes[order["id"]] + untold[order["id"]]


def money_is_the_sum_of_what_was_done(tables: dict[str, list[Row]]) -> None:
    """What a payment says is what its operations say; what an order says has come back was asked to be given back."""
    counters = {"authorize": "authorized", "capture": "captured", "refund": "refunded"}
    done: defaultdict[tuple[UUID, str], int] = defaultdict(int)
    for operation in tables["payment_operations"]:
        if operation["outcome"] == "succeeded" and operation["verb"] in counters:
            done[operation["payment_id"], counters[operation["verb"]]] += operation["amount"]
    total = {order["id"]: order["total"] for order in tables["orders"]}
    asked: defaultdict[UUID, int] = defaultdict(int)
    for back in tables["order_returns"]:
        asked[back["order_id"]] += back["refund"]
    for payment in tables["payments"]:
        own = [payment[counter] for counter in counters.values()]
        assert own == [done[payment["id"], counter] for counter in counters.values()]
        authorized, captured, refunded = own
        assert total[payment["order_id"]] >= authorized >= captured >= refunded >= 0
        open_ones = [
            o for o in tables["payment_operations"] if o["payment_id"] == payment["id"] and o["outcome"] == "open"
        ]
        under_way = payment["status"] in {"authorizing", "capturing", "voiding", "refunding", "unknown"}
        assert len(open_ones) == under_way
        if not under_way and payment["status"] not in {"declined", "voided"}:
            assert refunded == asked[payment["order_id"]]


def refresh_tokens_form_one_chain_a_session(tables: dict[str, list[Row]]) -> None:
    """From the first token every one leads to the next, and the last is the session's newest."""
    sessions = {row["id"]: row for row in tables["sessions"]}
    tokens: defaultdict[UUID, list[Row]] = defaultdict(list)
    for token in tables["refresh_tokens"]:
        tokens[token["session_id"]].append(token)
    assert tokens.keys() == sessions.keys()
    for session, own in tokens.items():
        child = {token["parent_id"]: token["id"] for token in own}
        assert len(child) == len(own), "a token has two successors"
        chain = [child[None]]
        while chain[-1] in child:
            chain.append(child[chain[-1]])
        assert len(chain) == len(own), "a token follows none of its session"
        assert sessions[session]["head_id"] == chain[-1]
        revoked = sessions[session]["revoked_at"] is not None
        assert sessions[session]["version"] == len(own) + revoked, "every change of a session raises its version, once"


def owners_are_counted(tables: dict[str, list[Row]]) -> None:
    (organization,) = tables["organizations"]
    owners = [row for row in tables["members"] if row["role"] == "owner" and row["removed_at"] is None]
    assert organization["owners"] == len(owners) >= 1


def who_is_gone_has_no_session(tables: dict[str, list[Row]]) -> None:
    gone = {member["id"]: member["removed_at"] for member in tables["members"] if member["removed_at"] is not None}
    for session in tables["sessions"]:
        if (left := gone.get(session["member_id"])) is not None and session["revoked_at"] is None:
            over = min(session["last_used_at"] + IDLE, session["created_at"] + ABSOLUTE)
            assert over <= left, "a session outlives its member"
