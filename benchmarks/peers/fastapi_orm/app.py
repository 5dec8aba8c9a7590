"""FastAPI, pydantic, SQLAlchemy's ORM over asyncpg, PyJWT: as their documentation would have it written.

Places, gets and lists orders. No ledger, no events, no Idempotency-Key, no tenant wall.
"""

import base64
import json
import os
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

import jwt
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from sqlalchemy import ForeignKeyConstraint, select, tuple_
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship, selectinload
from uuid_utils.compat import uuid7

SECRET = os.environ["JWT_SECRET"]
INSTANT = TIMESTAMP(timezone=True)

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=0)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()


class Base(DeclarativeBase):
    pass


class Customer(Base):
    __tablename__ = "customers"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    status: Mapped[str]


class Product(Base):
    __tablename__ = "products"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    sku: Mapped[str]
    name: Mapped[str]
    unit_price: Mapped[int]
    currency: Mapped[str]
    status: Mapped[str]
    on_hand: Mapped[int]
    reserved: Mapped[int]


class OrderLine(Base):
    __tablename__ = "order_lines"
    __table_args__ = (ForeignKeyConstraint(["organization_id", "order_id"], ["orders.organization_id", "orders.id"]),)
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int]
    product_id: Mapped[UUID]
    ordered_at: Mapped[datetime] = mapped_column(INSTANT)
    sku: Mapped[str]
    name: Mapped[str]
    unit_price: Mapped[int]
    quantity: Mapped[int]


class Order(Base):
    __tablename__ = "orders"
    organization_id: Mapped[UUID] = mapped_column(primary_key=True)
    id: Mapped[UUID] = mapped_column(primary_key=True)
    number: Mapped[str]
    customer_id: Mapped[UUID]
    status: Mapped[str]
    currency: Mapped[str]
    total: Mapped[int]
    shipping_address: Mapped[dict[str, Any]] = mapped_column(JSONB)
    expires_at: Mapped[datetime] = mapped_column(INSTANT)
    created_at: Mapped[datetime] = mapped_column(INSTANT)
    updated_at: Mapped[datetime] = mapped_column(INSTANT)
    version: Mapped[int]
    lines: Mapped[list[OrderLine]] = relationship(order_by=OrderLine.position)


class Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class Item(Wire):
    product_id: UUID
    quantity: Annotated[int, Field(ge=1, le=999)]


class Address(Wire):
    name: str
    line1: str
    city: str
    postal_code: str
    country: str


class PlaceOrder(Wire):
    customer_id: UUID
    items: Annotated[list[Item], Field(min_length=1, max_length=100)]
    shipping_address: Address


class LineShown(Wire):
    id: UUID
    product_id: UUID
    sku: str
    name: str
    unit_price: int
    quantity: int


class OrderShown(Wire):
    id: UUID
    number: str
    customer_id: UUID
    status: str
    currency: str
    total: int
    lines: list[LineShown]
    shipping_address: Address
    created_at: datetime
    updated_at: datetime
    version: int


class Pagination(Wire):
    has_next_page: bool
    end_cursor: str | None


class OrdersPage(Wire):
    data: list[OrderShown]
    pagination: Pagination


async def session() -> AsyncIterator[AsyncSession]:
    async with sessions() as opened:
        yield opened


def organization(authorization: Annotated[str, Header()] = "") -> UUID:
    try:
        claims = jwt.decode(authorization.removeprefix("Bearer "), SECRET, algorithms=["HS256"])
    except jwt.InvalidTokenError as error:
        raise HTTPException(401, "invalid token") from error
    return UUID(claims["org"])


Session = Annotated[AsyncSession, Depends(session)]
Organization = Annotated[UUID, Depends(organization)]


@app.post("/v1/orders", status_code=201)
async def place_order(body: PlaceOrder, session: Session, organization: Organization) -> OrderShown:
    customer = await session.get(Customer, (organization, body.customer_id))
    if customer is None or customer.status != "active":
        raise HTTPException(422, "unknown customer")
    wanted = {item.product_id: item.quantity for item in body.items}
    chosen = select(Product).where(Product.organization_id == organization, Product.id.in_(wanted))
    locked = await session.scalars(chosen.order_by(Product.id).with_for_update(key_share=True))
    products = {product.id: product for product in locked}
    if any(one not in products or products[one].status != "active" for one in wanted):
        raise HTTPException(422, "unknown product")
    for one, quantity in wanted.items():
        if products[one].on_hand - products[one].reserved < quantity:
            raise HTTPException(409, "not enough in stock")
        products[one].reserved += quantity
    now = datetime.now(UTC)
    order = Order(
        organization_id=organization,
        id=uuid7(),
        number=f"B-{secrets.token_hex(8)}",
        customer_id=customer.id,
        status="pending",
        currency=products[body.items[0].product_id].currency,
        total=sum(products[one].unit_price * quantity for one, quantity in wanted.items()),
        shipping_address=body.shipping_address.model_dump(),
        expires_at=now + timedelta(hours=24),
        created_at=now,
        updated_at=now,
        version=1,
        lines=[
            OrderLine(
                id=uuid7(),
                position=position,
                product_id=one,
                ordered_at=now,
                sku=products[one].sku,
                name=products[one].name,
                unit_price=products[one].unit_price,
                quantity=quantity,
            )
            for position, (one, quantity) in enumerate(wanted.items())
        ],
    )
    session.add(order)
    await session.commit()
    return OrderShown.model_validate(order)


@app.get("/v1/orders/{id}")
async def get_order(id: UUID, session: Session, organization: Organization) -> OrderShown:
    order = await session.get(Order, (organization, id), options=[selectinload(Order.lines)])
    if order is None:
        raise HTTPException(404, "unknown order")
    return OrderShown.model_validate(order)


@app.get("/v1/orders")
async def list_orders(
    session: Session,
    organization: Organization,
    customerId: UUID | None = None,  # noqa: N803 - as it stands in the query
    status: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Field(ge=1, le=100)] = 20,
) -> OrdersPage:
    wanted = select(Order).where(Order.organization_id == organization).options(selectinload(Order.lines))
    if customerId:
        wanted = wanted.where(Order.customer_id == customerId)
    if status:
        wanted = wanted.where(Order.status == status)
    if cursor:
        at, last = json.loads(base64.urlsafe_b64decode(cursor))
        wanted = wanted.where(tuple_(Order.created_at, Order.id) < (datetime.fromisoformat(at), UUID(last)))
    newest = wanted.order_by(Order.created_at.desc(), Order.id.desc()).limit(limit + 1)
    orders = (await session.scalars(newest)).all()
    shown, more = orders[:limit], len(orders) > limit
    end = json.dumps([shown[-1].created_at.isoformat(), str(shown[-1].id)]) if shown else None
    return OrdersPage(
        data=[OrderShown.model_validate(order) for order in shown],
        pagination=Pagination(
            has_next_page=more, end_cursor=base64.urlsafe_b64encode(end.encode()).decode() if end else None
        ),
    )
