"""Refusals of ordering.

NotFound
├── OrderNotFound
└── ShipmentNotFound    the order has no such shipment

The rest of what ordering refuses is said with IllegalTransition, StaleVersion, RulesBroken and InventoryInsufficient.
"""

from typing import ClassVar

from domain.shared.errors import NotFound


class OrderNotFound(NotFound):
    resource: ClassVar[str] = "order"


class ShipmentNotFound(NotFound):
    resource: ClassVar[str] = "shipment"
