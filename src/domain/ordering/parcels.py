"""What leaves the house and what comes back: shipments and returns, each of some units of some lines."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from domain.ids import LineId, ReturnId, ShipmentId


@dataclass(frozen=True, slots=True, kw_only=True)
class ShipmentLine:
    """`quantity` (1 …) units of a line."""

    line_id: LineId
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shipment:
    """A parcel; `delivered_at` is None while it is on the way, and for ever when all of it turned back."""

    id: ShipmentId
    carrier: str | None
    tracking_number: str | None
    lines: tuple[ShipmentLine, ...]
    shipped_at: datetime
    delivered_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReturnLine:
    """`quantity` (1 …) units of a line that came back; `restock` says whether they can be sold again."""

    line_id: LineId
    quantity: int
    restock: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Goods that came back, and what was refunded for them, in minor units."""

    id: ReturnId
    reason: str | None
    lines: tuple[ReturnLine, ...]
    refund: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """The shipments that arrive, and how many units of which lines with them."""

    shipment_ids: tuple[ShipmentId, ...]
    lines: tuple[ShipmentLine, ...]


def arriving(parcels: Iterable[Shipment], on_the_way: Mapping[LineId, int]) -> Arrival:
    """Return what arrives when these parcels are delivered, one after the other: those of which nothing does, left out.

    A return names lines, not parcels: which parcel its units turned back from shows only in what arrives. So a parcel
    arrives whole as long as so much of a line is on the way, and the parcels that come last lack what turned back
    (docs/decisions/0018).
    """
    arrived: list[ShipmentId] = []
    units: dict[LineId, int] = {}
    for parcel in parcels:
        if parcel.delivered_at is None:
            left = {
                packed.line_id: on_the_way[packed.line_id] - units.get(packed.line_id, 0) for packed in parcel.lines
            }
            come = {packed.line_id: min(packed.quantity, left[packed.line_id]) for packed in parcel.lines}
            if any(come.values()):
                arrived.append(parcel.id)
                units |= {line: units.get(line, 0) + quantity for line, quantity in come.items() if quantity}
    return Arrival(tuple(arrived), tuple(ShipmentLine(line_id=line, quantity=n) for line, n in units.items()))
