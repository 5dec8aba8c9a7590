"""What a basket was read from, and the guards that hold it until commit."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Final

from adapters.records.changes import Changes, Row, Touch
from adapters.records.policy_records import POLICY_COLUMNS, policy_from
from domain.ids import ProductId
from domain.ordering.basket import Basket
from domain.ordering.facts import Buyer, Offer
from domain.shared.money import Money

BUYER_COLUMNS: Final = ("status",)
OFFER_COLUMNS: Final = ("sku", "name", "unit_price", "currency", "status")


def basket_from(policy: Row, buyer: Row | None, products: Iterable[Row]) -> Basket:
    return Basket(
        buyer=_buyer(buyer) if buyer else None,
        offers={row["id"]: _offer(row) for row in products},
        policy=policy_from(policy),
    )


def basket_guards(policy: Row, buyer: Row | None, products: Mapping[ProductId, Row]) -> Changes:
    """What was read must still be so when the order is written. (Availability is guarded by the counters.)"""
    whose = [_seen("organizations", {}, policy, POLICY_COLUMNS)]
    who = [replace(_seen("customers", {"id": buyer["id"]}, buyer, BUYER_COLUMNS), awaited=True)] if buyer else []
    what = [_seen("products", {"id": product}, row, OFFER_COLUMNS) for product, row in products.items()]
    return Changes.of([*whose, *who, *what])


def _seen(table: str, key: Row, row: Row, columns: Iterable[str]) -> Touch:
    return Touch(table=table, key=key, seen={name: row[name] for name in columns})


def _buyer(row: Row) -> Buyer:
    return Buyer(id=row["id"], suspended=row["status"] == "suspended", erased=row["status"] == "erased")


def _offer(row: Row) -> Offer:
    return Offer(
        id=row["id"],
        sku=row["sku"],
        name=row["name"],
        unit_price=Money(row["unit_price"], row["currency"]),
        archived=row["status"] == "archived",
        available=row["on_hand"] - row["reserved"],
    )
