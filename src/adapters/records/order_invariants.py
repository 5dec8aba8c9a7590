"""What must be so of every order: its sums, its units, what it holds of the stock, and how it came to where it is."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from adapters.records.changes import Row
from adapters.records.documents import document
from adapters.records.facts import Facts, data_of
from adapters.records.judging import Invariant, last_told
from adapters.records.order_records import order_view
from application.shared.invariants import Stated
from domain.ordering.events import (
    OrderCancelled,
    OrderConfirmed,
    OrderDelivered,
    OrderExpired,
    OrderNoted,
    OrderPlaced,
    OrderReturned,
    OrderShipped,
)
from domain.ordering.lifecycle import LIFECYCLE, Action, State
from domain.ordering.payment_lifecycle import UNDER_WAY, PaymentStatus
from domain.stock import Cause

MONEY: Final = frozenset({"payment", "paymentStatus", "version", "updatedAt"})
"""What of an order changes, untold, while money is under way for it, and when what was held is let go."""

HOLDING: Final = frozenset({State.PENDING, State.CONFIRMED})
"""The states in which an order holds the stock of what has not shipped."""

ACTIONS: Final[Mapping[str, tuple[Action, ...]]] = {
    OrderConfirmed.type: (Action.CONFIRM,),
    OrderCancelled.type: (Action.CANCEL,),
    OrderExpired.type: (Action.EXPIRE,),
    OrderShipped.type: (Action.SHIP_PART, Action.SHIP),
    OrderDelivered.type: (Action.DELIVER_PART, Action.DELIVER),
    OrderReturned.type: (Action.RETURN_PART, Action.RETURN_LAST, Action.RETURN),
}
"""Which rows of the lifecycle an event may tell of; any other event leaves the state as it is."""

CAUSES: Final[Mapping[str, Cause]] = {
    OrderPlaced.type: Cause.RESERVED,
    OrderShipped.type: Cause.SHIPPED,
    OrderCancelled.type: Cause.RELEASED,
    OrderExpired.type: Cause.RELEASED,
    OrderReturned.type: Cause.RETURNED,
}
"""As what the stock moves that an event tells of."""


def held(status: str, quantity: int, shipped: int) -> int:
    """Return how many units an order of this status still holds, of so many that were ordered and have shipped."""
    return quantity - shipped if status in HOLDING else 0


def _total(facts: Facts) -> tuple[Stated, Stated]:
    return sum(line["unit_price"] * line["quantity"] for line in _lines(facts)), facts.root["total"]


def _ordered_at(facts: Facts) -> tuple[Stated, Stated]:
    created = str(document(facts.root["created_at"]))
    return _of_lines(facts, lambda _: created), _of_lines(facts, lambda line: str(document(line["ordered_at"])))


def _units(facts: Facts) -> tuple[Stated, Stated]:
    return _of_lines(facts, lambda _: "0 ≤ recalled ≤ returned ≤ arrived or recalled ≤ shipped ≤ quantity"), _of_lines(
        facts, _bounds
    )


def _bounds(line: Row) -> str:
    recalled, returned, shipped = line["recalled"], line["returned"], line["shipped"]
    gone = line["delivered"] + recalled
    rising = [0, recalled, returned, gone, shipped, line["quantity"]]
    if line["delivered"] >= 0 and line["quantity"] >= 1 and rising == sorted(rising):
        return "0 ≤ recalled ≤ returned ≤ arrived or recalled ≤ shipped ≤ quantity"
    return " ".join(f"{name}={line[name]}" for name in ("recalled", "returned", "delivered", "shipped", "quantity"))


def _shipped(facts: Facts) -> tuple[Stated, Stated]:
    return _units_in(facts, _parcels(facts)), _of_lines(facts, lambda line: line["shipped"])


def _delivered(facts: Facts) -> tuple[Stated, Stated]:
    """What arrived parcels hold, but for what came back before it arrived: no parcel knows which units those were."""
    arrived = _units_in(facts, (p for p in _parcels(facts, arrived=True)))
    expected = _of_lines(
        facts,
        lambda line: min(max(line["delivered"], arrived[str(line["id"])] - line["recalled"]), arrived[str(line["id"])]),
    )
    return expected, _of_lines(facts, lambda line: line["delivered"])


def _returned(facts: Facts) -> tuple[Stated, Stated]:
    own = {row["id"] for row in facts.rows["order_returns"]}
    back = (row for row in facts.rows["return_lines"] if row["return_id"] in own)
    return _units_in(facts, back), _of_lines(facts, lambda line: line["returned"])


def _recalled(facts: Facts) -> tuple[Stated, Stated]:
    """From event to event: a return takes what has arrived first, then what is on the way."""
    delivered: Counter[str] = Counter()
    returned: Counter[str] = Counter()
    recalled: Counter[str] = Counter()
    for event in facts.events:
        for line in data_of(event).get("lines", ()):
            name = line["id"]
            if event["type"] == OrderDelivered.type:
                delivered[name] = line["delivered"]
            if event["type"] == OrderReturned.type:
                in_hand = delivered[name] - (returned[name] - recalled[name])
                recalled[name] += max(0, line["returned"] - returned[name] - in_hand)
                returned[name] = line["returned"]
    expected = _of_lines(facts, lambda line: recalled[str(line["id"])])
    return expected, _of_lines(facts, lambda line: line["recalled"])


def _state(facts: Facts) -> tuple[Stated, Stated]:
    possible = _possible(facts)
    status = facts.root["status"]
    return status if status in possible else " or ".join(possible), status


def _possible(facts: Facts) -> tuple[str, ...]:
    """Return the states in which an order with these units can be."""
    lines = _lines(facts)
    ordered = sum(line["quantity"] for line in lines)
    shipped = sum(line["shipped"] for line in lines)
    returned = sum(line["returned"] for line in lines)
    under_way = shipped - sum(line["delivered"] + line["recalled"] for line in lines)
    if not lines:
        return ("none: it has no lines",)
    if shipped < ordered and returned:
        return ("none: nothing returns before all has shipped",)
    if returned == ordered:
        return (State.RETURNED,)
    if shipped == ordered:
        return (State.SHIPPED if under_way else State.DELIVERED,)
    if shipped:
        return (State.CONFIRMED,)
    return (State.CANCELLED,) if facts.root["cancelled_at"] else (State.PENDING, State.CONFIRMED)


def _cancellation(facts: Facts) -> tuple[Stated, Stated]:
    row = facts.root
    cancelled = row["status"] == State.CANCELLED
    expected = {"by": "somebody", "at": "some time"} if cancelled else {"by": "nobody", "at": "never"}
    by = "nobody" if row["cancelled_by"] is None else "somebody"
    return expected, {"by": by, "at": "never" if row["cancelled_at"] is None else "some time"}


def _reserved(facts: Facts) -> tuple[Stated, Stated]:
    status = facts.root["status"]
    expected = _by_product(
        (line["product_id"], held(status, line["quantity"], line["shipped"])) for line in _lines(facts)
    )
    return _compared(expected, _by_product((row["product_id"], row["reserved"]) for row in _ledger(facts)))


def _on_hand(facts: Facts) -> tuple[Stated, Stated]:
    expected = _by_product((line["product_id"], -line["shipped"]) for line in _lines(facts))
    expected.update(_by_product(_restocked(facts)))
    return _compared(expected, _by_product((row["product_id"], row["on_hand"]) for row in _ledger(facts)))


def _moves(facts: Facts) -> tuple[Stated, Stated]:
    """Every unit moves once for each cause: two moves that cancel each other out show here."""
    expected: Counter[str] = Counter()
    for line in _lines(facts):
        product, ordered, shipped = line["product_id"], line["quantity"], line["shipped"]
        expected[f"{product} {Cause.RESERVED} reserved"] += ordered
        expected[f"{product} {Cause.SHIPPED} reserved"] -= shipped
        expected[f"{product} {Cause.SHIPPED} on hand"] -= shipped
        if facts.root["status"] == State.CANCELLED:
            expected[f"{product} {Cause.RELEASED} reserved"] -= ordered - shipped
    for product, units in _restocked(facts):
        expected[f"{product} {Cause.RETURNED} on hand"] += units
    actual: Counter[str] = Counter()
    for row in _ledger(facts):
        actual[f"{row['product_id']} {row['cause']} reserved"] += row["reserved"]
        actual[f"{row['product_id']} {row['cause']} on hand"] += row["on_hand"]
    return _compared(expected, actual)


def _moves_told(facts: Facts) -> tuple[Stated, Stated]:
    """Stock moves because of events alone: at their time, by who did it, for their cause."""
    told = {(CAUSES.get(event["type"]), event["actor"], event["at"]) for event in facts.events}
    rows = _ledger(facts)
    untold = [row for row in rows if (row["cause"], row["actor"], row["at"]) not in told or row["note"] is not None]
    return len(rows), len(rows) - len(untold)


def _path(facts: Facts) -> tuple[Stated, Stated]:
    """Follow what happened through the lifecycle, and see whether it leads to where the order is."""
    states: set[State] = set()
    events = facts.events
    for place, event in enumerate(events):
        before, states = states, _after(states, event, first=place == 0)
        if _ends_a_change(facts, place) and (said := data_of(event).get("status")) is not None:
            states = {state for state in states if state == said}
        if not states:
            where = " or ".join(sorted(before)) or "nothing"
            return f"{event['type']} (event {event['sequence']}) does not lead on from {where}", facts.root["status"]
    status = facts.root["status"]
    return status if status in states else " or ".join(sorted(states)) or "nowhere: there are no events", status


def _after(states: set[State], event: Row, *, first: bool) -> set[State]:
    kind = event["type"]
    if first or kind == OrderPlaced.type:
        return {LIFECYCLE.initial} if first and kind == OrderPlaced.type else set()
    actions = ACTIONS.get(kind)
    if actions is None:
        return states
    return {
        LIFECYCLE.table[state, action] for state in states for action in actions if (state, action) in LIFECYCLE.table
    }


def _ends_a_change(facts: Facts, place: int) -> bool:
    """Several events of one change all tell how it ended."""
    versions = [data_of(event).get("version") for event in facts.events[place : place + 2]]
    return len(versions) == 1 or versions[0] != versions[1]


def _version(facts: Facts) -> tuple[Stated, Stated]:
    return sum(map(_raises_version, facts.events)) + _untold(facts), facts.root["version"]


def _as_told(facts: Facts) -> tuple[Stated, Stated]:
    """What is under way with its money, events tell only when it is over."""
    now = document(order_view(facts.rows))
    assert isinstance(now, dict)  # noqa: S101 - what a view is written as
    left_out = MONEY if _moves_money(facts) else frozenset()
    told = {name: value for name, value in now.items() if name not in left_out}
    return last_told(facts.events, told, _raises_version)


def _moves_money(facts: Facts) -> bool:
    """Whether the last change of its payment is one that no event tells."""
    last = [PaymentStatus(row["status"]) for row in facts.rows["payments"][-1:]]
    return any(status in UNDER_WAY or status is PaymentStatus.VOIDED for status in last)


def _untold(facts: Facts) -> int:
    return sum(payment["untold"] for payment in facts.rows["payments"])


def _raises_version(event: Row) -> bool:
    """Every event of an order does, but for notes."""
    return bool(event["type"] != OrderNoted.type)


def _lines(facts: Facts) -> list[Row]:
    return list(facts.rows["order_lines"])


def _ledger(facts: Facts) -> list[Row]:
    return list(facts.rows["stock_ledger"])


def _parcels(facts: Facts, *, arrived: bool = False) -> Iterable[Row]:
    """Return what lies in the order's own shipments, or in those of them that have arrived."""
    own = {row["id"] for row in facts.rows["shipments"] if row["delivered_at"] or not arrived}
    return [row for row in facts.rows["shipment_lines"] if row["shipment_id"] in own]


def _restocked(facts: Facts) -> Iterable[tuple[object, int]]:
    product = {line["id"]: line["product_id"] for line in _lines(facts)}
    return [(product[row["line_id"]], row["quantity"]) for row in facts.rows["return_lines"] if row["restock"]]


def _of_lines(facts: Facts, value: Callable[[Row], int | str]) -> dict[str, int | str]:
    return {str(line["id"]): value(line) for line in _lines(facts)}


def _units_in(facts: Facts, parts: Iterable[Row]) -> dict[str, int]:
    """Sum the units of parts by line, lines without any included."""
    units = Counter({str(line["id"]): 0 for line in _lines(facts)})
    for part in parts:
        units[str(part["line_id"])] += part["quantity"]
    return dict(units)


def _by_product(units: Iterable[tuple[object, int]]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for product, count in units:
        sums[str(product)] += count
    return sums


def _compared(expected: Counter[str], actual: Counter[str]) -> tuple[Stated, Stated]:
    """What is nought on both sides is not said."""
    names = sorted(name for name in expected.keys() | actual.keys() if expected[name] or actual[name])
    return {name: expected[name] for name in names}, {name: actual[name] for name in names}


_ORDER: Final = ("order",)

ORDERS: Final = (
    Invariant("total", _ORDER, "The total is Σ unit price × quantity.", _total),
    Invariant("ordered-at", _ORDER, "Each line knows when its order was made.", _ordered_at),
    Invariant(
        "units", _ORDER, "No unit of a line is in two places, and none in a place that it has not reached.", _units
    ),
    Invariant("shipped", _ORDER, "What a line has shipped is the sum of its shipments.", _shipped),
    Invariant(
        "delivered",
        _ORDER,
        "What has arrived of a line is the sum of its delivered shipments, less at most what was recalled on its way.",
        _delivered,
    ),
    Invariant("returned", _ORDER, "What has come back of a line is the sum of its returns.", _returned),
    Invariant(
        "recalled", _ORDER, "Units came back from their way only when all that had arrived had come back.", _recalled
    ),
    Invariant("state", _ORDER, "The state is the one that units and cancellation make.", _state),
    Invariant("cancellation", _ORDER, "It is cancelled if, and only if, it says when and by whom.", _cancellation),
    Invariant("stock-reserved", _ORDER, "The ledger's reservations for it are what it still holds.", _reserved),
    Invariant("stock-on-hand", _ORDER, "The ledger's goods for it are what was restocked less what shipped.", _on_hand),
    Invariant("stock-moves", _ORDER, "The ledger moved each unit for each cause as often as it happened.", _moves),
    Invariant(
        "stock-told", _ORDER, "Each row of the ledger has an event: its cause, its time, who did it.", _moves_told
    ),
    Invariant("path", _ORDER, "Its events walk through the lifecycle, from the start to the state it has.", _path),
    Invariant(
        "version", _ORDER, "The version counts the events, notes aside, and what its payments changed untold.", _version
    ),
    Invariant("as-told", _ORDER, "It is as its last event tells, notes and money under way aside.", _as_told),
)
