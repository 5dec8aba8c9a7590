"""Hypothesis strategies for everything in the domain: what could really be there, and what must be refused.

All values fit PostgreSQL's rows: text without NUL and surrogates, instants in UTC with microseconds, counts within
32 bits and amounts within 64.
"""

from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any, Final
from uuid import UUID

from hypothesis import strategies as st

from domain.address import Address
from domain.catalogue.product import Product, ProductStatus
from domain.customers.customer import Customer
from domain.customers.lifecycle import Status
from domain.identity.api_key import GRANTABLE, ApiKey
from domain.identity.member import Member, PasswordReset
from domain.identity.organization import Organization
from domain.identity.roles import Role
from domain.identity.session import RefreshToken, RevokedBecause, Session
from domain.ids import LineId, MemberId, ProductId
from domain.ordering.basket import Basket
from domain.ordering.draft import Draft, Item
from domain.ordering.facts import Buyer, Offer
from domain.ordering.guards import possible
from domain.ordering.lifecycle import State
from domain.ordering.line import Line
from domain.ordering.number import BITS, order_number
from domain.ordering.order import Cancellation, CancelledBy, Order
from domain.ordering.parcels import Return, ReturnLine, Shipment, ShipmentLine, arriving
from domain.ordering.payment import Claimed, Operation, Outcome, Payment, PlannedShipment, Verb
from domain.ordering.payment_lifecycle import PaymentStatus
from domain.ordering.policy import Policy
from domain.shared.money import CURRENCIES, MAX_AMOUNT, Currency, Money
from domain.stock import MAX_STOCK, Stock

MAX_QUANTITY: Final = 999
"""The most units of one product that one line may hold."""

IN_ANY_STATE: Final = (CancelledBy.MEMBER, CancelledBy.EXPIRY)
"""Who may cancel wherever the lifecycle lets an order be cancelled. (A customer may while it is pending.)"""

PATHS: Final[dict[State, tuple[tuple[str, ...], ...]]] = {
    State.PENDING: ((),),
    State.CONFIRMED: (("confirm",),),
    State.SHIPPED: (("confirm", "ship"),),
    State.DELIVERED: (("confirm", "ship", "deliver"),),
    State.CANCELLED: (("cancel",), ("confirm", "cancel")),
    State.RETURNED: (("confirm", "ship", "send_back"), ("confirm", "ship", "deliver", "send_back")),
}
"""Every way of whole-order actions from a placed order to each state."""


@cache
def ids() -> st.SearchStrategy[UUID]:
    """Any UUID."""
    return st.uuids()


@cache
def texts(max_size: int = 24) -> st.SearchStrategy[str]:
    """Any text that a row can hold, of one character and more."""
    return st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), min_size=1, max_size=max_size)


@cache
def instants() -> st.SearchStrategy[datetime]:
    """Instants of this century, aware, in UTC, with microseconds."""
    return st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001


@cache
def currencies() -> st.SearchStrategy[Currency]:
    return st.sampled_from(sorted(CURRENCIES))


@cache
def amounts(max_value: int = MAX_AMOUNT) -> st.SearchStrategy[int]:
    """Minor units."""
    return st.integers(0, max_value)


@st.composite
def money(draw: st.DrawFn, currency: str | None = None, max_value: int = MAX_AMOUNT) -> Money:
    """Any amount, of any currency unless one is named."""
    return Money(draw(amounts(max_value)), Currency(currency) if currency else draw(currencies()))


@cache
def addresses() -> st.SearchStrategy[Address]:
    return st.builds(
        Address,
        name=texts(),
        line1=texts(),
        line2=st.none() | texts(),
        city=texts(),
        region=st.none() | texts(),
        postal_code=texts(12),
        country=st.sampled_from(("AT", "BR", "DE", "FR", "JP", "US")),
    )


@cache
def policies() -> st.SearchStrategy[Policy]:
    return st.builds(
        Policy,
        max_items_per_order=st.integers(1, 100),
        minimum_order_value=amounts(),
        auto_cancel_after_hours=st.integers(1, 8760),
    )


@cache
def stocks() -> st.SearchStrategy[Stock]:
    counts = st.integers(0, MAX_STOCK)
    return st.tuples(counts, counts).map(lambda pair: Stock(on_hand=max(pair), reserved=min(pair)))


@cache
def products() -> st.SearchStrategy[Product]:
    """Products as they are read: no events."""
    return st.builds(
        Product,
        id=ids(),
        sku=texts(),
        name=texts(),
        unit_price=money(),
        status=st.sampled_from(ProductStatus),
        stock=stocks(),
        created_at=instants(),
        updated_at=instants(),
        version=_versions(),
        events=st.just(()),
    )


@cache
def emails() -> st.SearchStrategy[str]:
    """Addresses in the order in which somebody might write them: any case, some beyond ASCII."""
    local = st.text("abcdeéßABCDEÉ0123456789.+-", min_size=1, max_size=12)
    return local.map(lambda text: f"{text}@example.com")


@cache
def customers(*statuses: Status) -> st.SearchStrategy[Customer]:
    """Customers as they are read: no events. In one of these states, or in any."""
    return st.builds(
        Customer,
        id=ids(),
        email=emails(),
        name=texts(),
        status=st.sampled_from(statuses or tuple(Status)),
        shipping_address=st.none() | addresses(),
        created_at=instants(),
        updated_at=instants(),
        version=_versions(),
        events=st.just(()),
    )


@cache
def organizations() -> st.SearchStrategy[Organization]:
    return st.builds(
        Organization,
        id=ids(),
        name=texts(),
        slug=st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=3, max_size=20),
        currency=currencies(),
        sandbox=st.booleans(),
        created_at=instants(),
    )


@cache
def hashes() -> st.SearchStrategy[bytes]:
    """SHA-256 of something."""
    return st.binary(min_size=32, max_size=32)


@st.composite
def members(draw: st.DrawFn) -> Member:
    """Members of every role, there or gone, with their sessions; those of role customer, and only those, act for a
    customer record.
    """
    role = draw(st.sampled_from(Role))
    own = draw(ids())
    return Member(
        id=own,
        email=draw(emails()),
        name=draw(texts()),
        role=role,
        customer_id=draw(ids()) if role is Role.CUSTOMER else None,
        password_hash=f"$argon2id$v=19$m=65536,t=3,p=4${draw(st.text('abcABC019+/', min_size=22, max_size=22))}$hash",
        created_at=draw(instants()),
        removed_at=draw(st.none() | instants()),
        reset=draw(st.none() | st.builds(PasswordReset, secret_hash=hashes(), expires_at=instants())),
        logins=draw(_versions()),
        version=draw(_versions()),
        sessions=tuple(draw(st.lists(sessions(own), max_size=3, unique_by=lambda session: session.id))),
    )


@st.composite
def sessions(draw: st.DrawFn, member: MemberId | None = None) -> Session:
    """Sessions as they are read: nothing issued, no events."""
    over = draw(st.none() | st.tuples(instants(), st.sampled_from(RevokedBecause)))
    return Session(
        id=draw(ids()),
        member_id=member or draw(ids()),
        user_agent=draw(st.none() | texts()),
        head_id=draw(ids()),
        created_at=draw(instants()),
        last_used_at=draw(instants()),
        revoked_at=over[0] if over else None,
        revoked_because=over[1] if over else None,
        version=draw(_versions()),
    )


@st.composite
def refresh_tokens(draw: st.DrawFn) -> RefreshToken:
    """First tokens, and those that follow another, which are sealed under it."""
    first = draw(st.booleans())
    return RefreshToken(
        id=draw(ids()),
        parent_id=None if first else draw(ids()),
        secret_hash=draw(hashes()),
        sealed=None if first else draw(st.binary(min_size=1, max_size=200)),
        issued_at=draw(instants()),
    )


@cache
def api_keys() -> st.SearchStrategy[ApiKey]:
    return st.builds(
        ApiKey,
        id=ids(),
        name=texts(),
        role=st.sampled_from(sorted(GRANTABLE)),
        prefix=texts(),
        secret_hash=hashes(),
        created_at=instants(),
        last_used_at=st.none() | instants(),
        revoked_at=st.none() | instants(),
        version=_versions(),
    )


@st.composite
def placements(draw: st.DrawFn, max_items: int = 4) -> tuple[Basket, Draft]:
    """A basket and a draft that breaks no rule of it and finds all the stock it needs."""
    currency = draw(currencies())
    dearest = draw(st.sampled_from((1, 10_000, MAX_AMOUNT // (2 * max_items * MAX_QUANTITY))))
    chosen = draw(st.lists(ids(), min_size=1, max_size=max_items, unique=True))
    offers = [_offer(draw, one, Money(draw(amounts(dearest)), currency)) for one in chosen]
    items = [_item(draw, offer) for offer in offers]
    value = _value(offers, items)
    in_stock = [draw(st.sampled_from((item.quantity, item.quantity + 1, MAX_STOCK))) for item in items]
    offers = [replace(offer, available=available) for offer, available in zip(offers, in_stock, strict=True)]
    policy = Policy(
        max_items_per_order=draw(st.integers(len(items), 100)),
        minimum_order_value=draw(st.integers(0, value)),
        auto_cancel_after_hours=draw(st.integers(1, 8760)),
    )
    buyer = Buyer(id=draw(ids()), suspended=False)
    return Basket(buyer=buyer, offers={offer.id: offer for offer in offers}, policy=policy), _draft(draw, buyer, items)


@dataclass(frozen=True)
class Broken:
    """A placement that must be refused, and why: `(pointer, code)` and how often."""

    basket: Basket
    draft: Draft
    violations: Counter[tuple[str, str]]


@st.composite
def broken_placements(draw: st.DrawFn) -> Broken:
    """A placement in which one to all rules are broken, each at a place of hypothesis' choice."""
    basket, wanted = draw(placements())
    offers, items, why = dict(basket.offers), list(wanted.items), Counter[tuple[str, str]]()

    for item in draw(st.lists(st.sampled_from(items), max_size=2)):
        items.append(replace(item, line_id=draw(ids())))
        why[f"/items/{len(items) - 1}/productId", "duplicate-product"] += 1

    fate = _fates(draw, items)
    _fulfil(draw, fate, offers)
    codes = {"unknown": "product-not-found", "archived": "product-archived", "foreign": "currency-mismatch"}
    for i, item in enumerate(items):
        if code := codes.get(fate[item.product_id]):
            why[f"/items/{i}/productId", code] += 1

    most = max(len(items) - draw(st.integers(0, 1)), 1)
    if len(items) > most:
        why["/items", "max-items-exceeded"] += 1

    least, value_is_known = 0, not {"unknown", "foreign"} & set(fate.values())
    match draw(st.sampled_from(("enough", "too little", "beyond"))):
        case "too little":
            least = _value(basket.offers.values(), items) + 1
            why["/items", "minimum-order-value"] += value_is_known
        case "beyond":
            items[0] = replace(items[0], quantity=2)
            if dear := offers.get(items[0].product_id):
                offers[dear.id] = replace(dear, unit_price=replace(dear.unit_price, amount=MAX_AMOUNT))
            why["/items", "amount-out-of-range"] += value_is_known

    buyer = draw(st.sampled_from((basket.buyer, None, Buyer(id=wanted.customer_id, suspended=True))))
    buyer = buyer if why.total() else None
    if buyer is None or buyer.suspended:
        why["/customerId", "customer-not-found" if buyer is None else "customer-suspended"] += 1
    policy = replace(basket.policy, max_items_per_order=most, minimum_order_value=least)
    return Broken(Basket(buyer=buyer, offers=offers, policy=policy), replace(wanted, items=tuple(items)), +why)


def _fates(draw: st.DrawFn, items: list[Item]) -> dict[ProductId, str]:
    """What becomes of each product; the first that exists says the currency, so it is never the foreign one."""
    each = st.sampled_from(("sold", "sold", "unknown", "archived", "foreign"))
    fate = {item.product_id: draw(each) for item in items}
    first = next((product for product, what in fate.items() if what != "unknown"), None)
    return {product: "sold" if product == first and what == "foreign" else what for product, what in fate.items()}


def _fulfil(draw: st.DrawFn, fate: dict[ProductId, str], offers: dict[ProductId, Offer]) -> None:
    other_money = st.sampled_from(("EUR", "USD", "JPY")).filter(lambda code: code != _currency(offers))
    foreign = Currency(draw(other_money))
    for product, what in fate.items():
        offer = offers[product]
        if what == "unknown":
            del offers[product]
        elif what == "archived":
            offers[product] = replace(offer, archived=True)
        elif what == "foreign":
            offers[product] = replace(offer, unit_price=replace(offer.unit_price, currency=foreign))


def _currency(offers: dict[ProductId, Offer]) -> Currency:
    return next(iter(offers.values())).unit_price.currency


@st.composite
def orders(draw: st.DrawFn, *states: State) -> Order:
    """Orders that were really placed and led to where they are, their events with them.

    Of any state, unless some are named.
    """
    basket, draft = draw(placements())
    at = draw(instants())
    order = basket.place(draft, at=at)
    for action in draw(st.sampled_from(PATHS[draw(st.sampled_from(states or tuple(State)))])):
        at += draw(st.timedeltas(timedelta(), timedelta(days=30)))
        order = take(order, action, at=at, **draw(arguments(action)))
    return order


@st.composite
def steps(draw: st.DrawFn, order: Order) -> Order:
    """An order in which something has shipped, one step further: some units of it have left, arrived or come back.

    The same order, when nothing more can be done with it.
    """
    at = order.updated_at + draw(st.timedeltas(timedelta(), timedelta(days=30)))
    verbs = [verb for verb in possible(order.state, order.progress) if verb in {"ship", "deliver", "return"}]
    if not verbs:
        return order
    match draw(st.sampled_from(verbs)):
        case "ship":
            some = _units(draw, {line.id: line.to_ship for line in order.lines})
            sent = tuple(ShipmentLine(line_id=line, quantity=n) for line, n in some)
            return order.ship(draw(ids()), at=at, carrier=None, tracking_number=None, lines=sent)
        case "return":
            some = _units(draw, {line.id: line.to_return for line in order.lines})
            back = tuple(ReturnLine(line_id=line, quantity=n, restock=draw(st.booleans())) for line, n in some)
            return order.send_back(draw(ids()), at=at, reason=None, lines=back)
        case _:
            on_the_way = {line.id: line.on_the_way for line in order.lines}
            parcels = [parcel.id for parcel in order.shipments if arriving([parcel], on_the_way).lines]
            return order.deliver(at=at, shipment_id=draw(st.none() | st.sampled_from(parcels)))


@st.composite
def orders_under_way(draw: st.DrawFn, most: int = 8) -> Order:
    """Confirmed orders of which some units may have left, arrived and come back, in any number of steps."""
    order = draw(orders(State.CONFIRMED))
    for _ in range(draw(st.integers(0, most))):
        order = draw(steps(order))
    return order


def _units(draw: st.DrawFn, left: dict[LineId, int]) -> list[tuple[LineId, int]]:
    lines = [line for line, quantity in left.items() if quantity]
    chosen = draw(st.lists(st.sampled_from(lines), min_size=1, unique=True))
    return [(line, draw(st.integers(1, left[line]))) for line in chosen]


@cache
def arguments(action: str) -> st.SearchStrategy[dict[str, Any]]:
    """What `take` may be given for an action, the instant aside."""
    words = st.none() | texts()
    return {
        "confirm": st.fixed_dictionaries({"payment_method": st.sampled_from(("pm_ok", "pm_late")) | texts()}),
        "cancel": st.fixed_dictionaries({"by": st.sampled_from(IN_ANY_STATE), "reason": words}),
        "ship": st.fixed_dictionaries({"id": ids(), "carrier": words, "tracking_number": words}),
        "deliver": st.just({}),
        "send_back": st.fixed_dictionaries({"id": ids(), "reason": words}),
    }[action]


def take(order: Order, action: str, *, at: datetime, **given: Any) -> Order:
    """Do to the order what `action` names (`confirm`, `cancel`, `ship`, `deliver`, `send_back`).

    Raises: IllegalTransition.
    """
    positional = [given.pop("id")] if "id" in given else []
    changed: Order = getattr(order, action)(*positional, at=at, **given)
    return changed


@st.composite
def arbitrary_orders(draw: st.DrawFn) -> Order:
    """Orders as a row could hold them, field by field, whatever the lifecycle says; no events.

    One currency an order, each product once, counters of a line that can be, a total within bounds: no more sense.
    """
    currency = draw(currencies())
    chosen = draw(st.lists(ids(), min_size=1, max_size=4, unique=True))
    lines = tuple(_line(draw, product, currency) for product in chosen)
    return Order(
        id=draw(ids()),
        number=order_number(draw(st.integers(0, 2**BITS - 1))),
        external_reference=draw(st.none() | texts()),
        customer_id=draw(ids()),
        state=draw(st.sampled_from(State)),
        currency=currency,
        lines=lines,
        shipping_address=draw(addresses()),
        note=draw(st.none() | texts(100)),
        shipments=tuple(
            Shipment(
                id=own,
                carrier=draw(st.none() | texts()),
                tracking_number=draw(st.none() | texts()),
                lines=tuple(ShipmentLine(line_id=ln.id, quantity=n) for ln, n in _some(draw, lines)),
                shipped_at=draw(instants()),
                delivered_at=draw(st.none() | instants()),
            )
            for own in draw(st.lists(ids(), max_size=2, unique=True))
        ),
        cancellation=draw(
            st.none()
            | st.builds(Cancellation, reason=st.none() | texts(), by=st.sampled_from(CancelledBy), at=instants())
        ),
        returns=tuple(
            Return(
                id=own,
                reason=draw(st.none() | texts()),
                lines=tuple(
                    ReturnLine(line_id=ln.id, quantity=n, restock=draw(st.booleans())) for ln, n in _some(draw, lines)
                ),
                refund=draw(amounts()),
                at=draw(instants()),
            )
            for own in draw(st.lists(ids(), max_size=2, unique=True))
        ),
        payments=tuple(_payment(draw, own, lines) for own in draw(st.lists(ids(), max_size=2, unique=True))),
        expires_at=draw(instants()),
        created_at=draw(instants()),
        updated_at=draw(instants()),
        version=draw(_versions()),
    )


@cache
def _versions() -> st.SearchStrategy[int]:
    return st.integers(1, 2**31 - 1)


def _offer(draw: st.DrawFn, id: Any, price: Money) -> Offer:
    return Offer(id=id, sku=draw(texts()), name=draw(texts()), unit_price=price, archived=False, available=MAX_STOCK)


def _item(draw: st.DrawFn, offer: Offer) -> Item:
    return Item(line_id=draw(ids()), product_id=offer.id, quantity=draw(st.integers(1, MAX_QUANTITY)))


def _value(offers: Any, items: list[Item]) -> int:
    prices = {offer.id: offer.unit_price.amount for offer in offers}
    return sum(prices[item.product_id] * item.quantity for item in items)


def _draft(draw: st.DrawFn, buyer: Buyer, items: list[Item]) -> Draft:
    return Draft(
        id=draw(ids()),
        number=order_number(draw(st.integers(0, 2**BITS - 1))),
        customer_id=buyer.id,
        items=tuple(items),
        shipping_address=draw(addresses()),
        note=draw(st.none() | texts(100)),
        external_reference=draw(st.none() | texts()),
    )


def _line(draw: st.DrawFn, product: Any, currency: Currency) -> Line:
    quantity = draw(st.integers(1, MAX_QUANTITY))
    shipped = draw(st.integers(0, quantity))
    delivered = draw(st.integers(0, shipped))
    recalled = draw(st.integers(0, shipped - delivered))
    return Line(
        id=draw(ids()),
        product_id=product,
        sku=draw(texts()),
        name=draw(texts()),
        unit_price=Money(draw(amounts(MAX_AMOUNT // (4 * MAX_QUANTITY))), currency),
        quantity=quantity,
        shipped=shipped,
        delivered=delivered,
        returned=draw(st.integers(recalled, recalled + delivered)),
        recalled=recalled,
    )


def _payment(draw: st.DrawFn, id: Any, lines: tuple[Line, ...]) -> Payment:
    authorized = draw(amounts())
    captured = draw(amounts(authorized))
    codes = st.none() | texts()
    return Payment(
        id=id,
        method=draw(texts()),
        status=draw(st.sampled_from(PaymentStatus)),
        authorized=authorized,
        captured=captured,
        refunded=draw(amounts(captured)),
        decline_code=draw(codes),
        reference=draw(codes),
        operations=tuple(_operation(draw, n, lines) for n in range(1, 1 + draw(st.integers(1, 2)))),
        untold=draw(st.integers(0, 9)),
    )


def _operation(draw: st.DrawFn, n: int, lines: tuple[Line, ...]) -> Operation:
    hashes = st.binary(min_size=32, max_size=32)
    verb, outcome = draw(st.sampled_from(Verb)), draw(st.sampled_from(Outcome))
    plan = PlannedShipment(
        id=draw(ids()),
        carrier=draw(st.none() | texts()),
        tracking_number=draw(st.none() | texts()),
        lines=tuple(ShipmentLine(line_id=ln.id, quantity=n) for ln, n in _some(draw, lines)),
    )
    return Operation(
        n=n,
        verb=verb,
        amount=draw(amounts()),
        outcome=outcome,
        decline_code=draw(texts()) if outcome is Outcome.DECLINED else None,
        holder=draw(ids()),
        lease_until=draw(instants()),
        claimed=draw(st.none() | st.builds(Claimed, principal=texts(), key=hashes, fingerprint=hashes)),
        plan=plan if verb is Verb.CAPTURE and draw(st.booleans()) else None,
    )


def _some(draw: st.DrawFn, lines: tuple[Line, ...]) -> list[tuple[Line, int]]:
    chosen = draw(st.lists(st.sampled_from(lines), min_size=1, max_size=len(lines), unique_by=lambda line: line.id))
    return [(line, draw(st.integers(1, line.quantity))) for line in chosen]
