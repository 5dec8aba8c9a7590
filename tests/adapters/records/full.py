"""Aggregates in which no field is empty, and who stamps what is written of them."""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Final
from uuid import UUID

from adapters.records.stamp import Stamp
from application.shared.caller import Caller, Principal, PrincipalKind
from domain.address import Address
from domain.catalogue.product import Product, ProductStatus
from domain.customers.customer import Customer
from domain.customers.lifecycle import Status
from domain.identity.api_key import ApiKey
from domain.identity.member import Member, PasswordReset
from domain.identity.roles import Role
from domain.identity.session import RefreshToken, RevokedBecause, Session
from domain.ids import (
    ApiKeyId,
    CustomerId,
    LineId,
    MemberId,
    OrderId,
    PaymentId,
    ProductId,
    RefreshTokenId,
    ReturnId,
    SessionId,
    ShipmentId,
    WebhookEndpointId,
)
from domain.ordering.lifecycle import State
from domain.ordering.line import Line
from domain.ordering.number import order_number
from domain.ordering.order import Cancellation, CancelledBy, Order
from domain.ordering.parcels import Return, ReturnLine, Shipment, ShipmentLine
from domain.ordering.payment import Claimed, Operation, Outcome, Payment, PlannedShipment, Verb
from domain.ordering.payment_lifecycle import PaymentStatus
from domain.shared.money import Currency, Money
from domain.stock import Stock
from domain.webhooks.endpoint import Because, Endpoint, EndpointStatus
from domain.webhooks.event_filter import EventFilter

AT: Final = datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=UTC)
ORGANIZATION: Final = UUID(int=0xA)
ADDRESS: Final = Address(
    name="Ada", line1="1 Main Street", line2="Back", city="Köln", region="NRW", postal_code="50667", country="DE"
)

FULL_ORDER: Final = Order(
    id=OrderId(UUID(int=1)),
    number=order_number(1234),
    external_reference="PO-1",
    customer_id=CustomerId(UUID(int=2)),
    state=State.SHIPPED,
    currency=Currency("EUR"),
    lines=tuple(
        Line(
            id=LineId(UUID(int=10 + n)),
            product_id=ProductId(UUID(int=20 + n)),
            sku=f"SKU-{n}",
            name=f"Product {n}",
            unit_price=Money(100 + n, Currency("EUR")),
            quantity=9,
            shipped=7,
            delivered=4,
            returned=3,
            recalled=2,
        )
        for n in range(2)
    ),
    shipping_address=ADDRESS,
    note="Ring twice",
    shipments=(
        Shipment(
            id=ShipmentId(UUID(int=30)),
            carrier="DHL",
            tracking_number="00340",
            lines=tuple(ShipmentLine(line_id=LineId(UUID(int=10 + n)), quantity=7) for n in range(2)),
            shipped_at=AT,
            delivered_at=AT,
        ),
    ),
    cancellation=Cancellation(reason="too late", by=CancelledBy.MEMBER, at=AT),
    returns=(
        Return(
            id=ReturnId(UUID(int=40)),
            reason="too small",
            lines=tuple(ReturnLine(line_id=LineId(UUID(int=10 + n)), quantity=3, restock=True) for n in range(2)),
            refund=50,
            at=AT,
        ),
    ),
    payments=(
        Payment(
            id=PaymentId(UUID(int=90)),
            method="pm_ok",
            status=PaymentStatus.CAPTURED,
            authorized=300,
            captured=200,
            refunded=50,
            decline_code="card_declined",
            reference="pi_1",
            operations=(
                Operation(
                    n=1,
                    verb=Verb.CAPTURE,
                    amount=200,
                    outcome=Outcome.SUCCEEDED,
                    decline_code="card_declined",
                    holder=UUID(int=91),
                    lease_until=AT,
                    claimed=Claimed(principal="user:1", key=b"k" * 32, fingerprint=b"f" * 32),
                    plan=PlannedShipment(
                        id=ShipmentId(UUID(int=31)),
                        carrier="DHL",
                        tracking_number="00341",
                        lines=tuple(ShipmentLine(line_id=LineId(UUID(int=10 + n)), quantity=2) for n in range(2)),
                    ),
                ),
            ),
            untold=2,
        ),
    ),
    expires_at=AT,
    created_at=AT,
    updated_at=AT,
    version=4,
)
"""Not an order that could come about, but one in which no field is empty."""

FULL_PRODUCT: Final = Product(
    id=ProductId(UUID(int=1)),
    sku="SKU",
    name="Product",
    unit_price=Money(100, Currency("EUR")),
    status=ProductStatus.ACTIVE,
    stock=Stock(on_hand=5, reserved=2),
    created_at=AT,
    updated_at=AT,
    version=3,
)

FULL_CUSTOMER: Final = Customer(
    id=CustomerId(UUID(int=1)),
    email="Ada@example.com",
    name="Ada",
    status=Status.ACTIVE,
    shipping_address=ADDRESS,
    created_at=AT,
    updated_at=AT,
    version=3,
)

FULL_TOKEN: Final = RefreshToken(
    id=RefreshTokenId(UUID(int=70)),
    parent_id=RefreshTokenId(UUID(int=71)),
    secret_hash=bytes(range(32)),
    sealed=b"sealed",
    issued_at=AT,
)

FULL_SESSION: Final = Session(
    id=SessionId(UUID(int=60)),
    member_id=MemberId(UUID(int=50)),
    user_agent="A Browser",
    head_id=FULL_TOKEN.id,
    created_at=AT,
    last_used_at=AT,
    revoked_at=AT,
    revoked_because=RevokedBecause.LOGOUT,
    version=3,
)

FULL_MEMBER: Final = Member(
    id=MemberId(UUID(int=50)),
    email="Mia@example.com",
    name="Mia",
    role=Role.CUSTOMER,
    customer_id=CustomerId(UUID(int=51)),
    password_hash="$plain$x",
    created_at=AT,
    removed_at=AT,
    reset=PasswordReset(secret_hash=bytes(32), expires_at=AT),
    logins=7,
    version=3,
    sessions=(FULL_SESSION,),
)
"""Not a member that there could be, but one in which no field is empty."""

FULL_API_KEY: Final = ApiKey(
    id=ApiKeyId(UUID(int=80)),
    name="A Machine",
    role=Role.OPERATOR,
    prefix="ow_1.2.abcd",
    secret_hash=bytes(32),
    created_at=AT,
    last_used_at=AT,
    revoked_at=AT,
    version=3,
)


FULL_ENDPOINT: Final = Endpoint(
    id=WebhookEndpointId(UUID(int=100)),
    url="https://hooks.example.com/orders",
    event_types=(EventFilter.ORDER, EventFilter.STOCK_ADJUSTED),
    status=EndpointStatus.DISABLED,
    disabled_because=Because.GONE,
    secret=b"sealed",
    previous_secret=b"sealed before",
    previous_until=AT,
    created_at=AT,
    removed_at=AT,
    version=3,
)


def ids() -> Callable[[], UUID]:
    numbers = count(0x1000)
    return lambda: UUID(int=next(numbers))


def stamp() -> Stamp:
    user = Principal(PrincipalKind.USER, id=UUID(int=7), role="owner")
    return Stamp(Caller(organization=ORGANIZATION, principal=user, request_id="request-1"), ids())
