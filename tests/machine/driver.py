"""What the machine needs of whatever it drives: somebody who is asked, and who shows what there is."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from tests.machine.money import Movement

Json = dict[str, Any]

AT_ONCE: Final = 24
"""How many are answered at the same time, at most; the others wait for their turn, as they would at a door."""


@dataclass(frozen=True, slots=True)
class Ask:
    """An operation of the contract, asked for by the owner of a shop. `about` is the id of whatever it is done to;
    `body` as on the wire, ids as text. With a `key`, once; `version` is the one that is meant; `dry`, a rehearsal.
    """

    operation: str
    about: str | None = None
    body: Json = field(default_factory=dict)
    key: str | None = None
    version: int | None = None
    dry: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it. `slug` names the problem, and is empty where it was done; `body` is what `raw` says."""

    slug: str
    body: Json
    raw: bytes
    replayed: bool = False


class Driver(Protocol):
    """A new sandbox, in euros, with nothing in it, and its owner."""

    def ask(self, ask: Ask) -> Told:
        """Ask for one thing."""

    def together(self, asks: Sequence[Ask]) -> list[Told]:
        """Ask for all of it at the same time; the answers come in the order of the questions."""

    def orders(self, limit: int = 100, **filters: Any) -> list[Json]:
        """Walk through all orders that these filters find, by pages of so many. Filters are named as on the wire."""

    def products(self) -> list[Json]:
        """All products, in any order."""

    def timeline(self, order: str) -> list[Json]:
        """What happened to an order, the first thing first."""

    def ledger(self, product: str) -> list[Json]:
        """All that moved the stock of a product, the last move first."""

    def later(self, seconds: int) -> None:
        """Let time really pass, for the house and for the gateway. Nothing is done meanwhile."""

    def reconcile(self) -> list[str]:
        """Have the reconciler look after every order; return those of which it settled the payment."""

    def gateway(self) -> dict[str, list[Movement]]:
        """What the gateway's own books say it has done, in order, for each order with a payment."""

    def breaches(self) -> list[str]:
        """What does not hold of all that is stored of this shop."""

    def close(self) -> None:
        """It is over."""
