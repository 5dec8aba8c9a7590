"""G1 … G10: what is to be reached, as ratios between servers of one run, or as counts."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from benchmarks.environments import FASTAPI, PRISMA, RAW
from benchmarks.rounds import Medians

PRODUCT: Final = "orderwright"
SMALL: Final = "orderwright, few orders"
FLOOR: Final = "floor"
OWN: Final = "pgbench, own statements"
BARE: Final = "pgbench, bare"

MANY: Final = "W1 x64"
FIRST_PAGE: Final = "first page"
DEEP_PAGE: Final = "deep page"

MIB: Final = 1024 * 1024
NOISE: Final = 0.05
"""Statements a request that are nobody's: a connection that is opened says first whom it serves."""


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that goals are judged by. `sizes` are bytes, a second apart, under W1; `ready` is in seconds."""

    medians: Medians
    driver_trips: int
    stock_exact: bool
    invariants_hold: bool
    sizes: list[int]
    ready: float


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure that must be at least (or, with `most`, at most) its target."""

    name: str
    what: str
    target: float
    figure: Callable[[Found], float | None]
    most: bool = False
    slack: float = 0.0

    def judged(self, found: Found) -> dict[str, Any]:
        figure = self.figure(found)
        shown = None if figure is None else round(figure, 3)
        return {
            "goal": self.name,
            "what": self.what,
            "figure": shown,
            "target": f"{'≤' if self.most else '≥'} {self.target:g}",
            "holds": None if shown is None else self._reached(shown),
        }

    def _reached(self, figure: float) -> bool:
        return figure <= self.target + self.slack if self.most else figure >= self.target


def _against(
    one: tuple[str, str], other: tuple[str, str], figure: str = "per_second"
) -> Callable[[Found], float | None]:
    return lambda found: found.medians.ratio(one, other, figure)


def _ours(workload: str, server: str, theirs: str = "") -> Callable[[Found], float | None]:
    return _against((PRODUCT, workload), (server, theirs or workload))


def _statements(workload: str) -> Callable[[Found], float | None]:
    return lambda found: found.medians(PRODUCT, workload, "statements")


def _largest(found: Found) -> float | None:
    return max(found.sizes) / MIB if found.sizes else None


def _growth(found: Found) -> float | None:
    """How much larger the last third is than the second one: in the first, caches fill."""
    third = len(found.sizes) // 3
    if not third:
        return None
    return sum(found.sizes[-third:]) / sum(found.sizes[third : 2 * third])


GOALS: Final = (
    Goal("G1", "W1 : pgbench with the product's statements", 0.5, _ours("W1", OWN)),
    Goal("G1", "W1 : pgbench, bare", 0.3, _ours("W1", BARE)),
    Goal("G1", "W1 of 64 : pgbench with the product's statements (groups)", 1.0, _ours(MANY, OWN, "W1")),
    Goal("G1", "W1 of 64 : pgbench, bare (groups)", 0.5, _ours(MANY, BARE, "W1")),
    Goal("G2", "W1 : FastAPI", 5, _ours("W1", FASTAPI.title)),
    Goal("G2", "W1 of 64 : FastAPI (groups)", 8, _ours(MANY, FASTAPI.title, "W1")),
    Goal("G2", "W2 : FastAPI", 8, _ours("W2", FASTAPI.title)),
    Goal("G2", "W3 : FastAPI", 5, _ours("W3", FASTAPI.title)),
    Goal("G3", "W1 : Prisma", 5, _ours("W1", PRISMA.title)),
    Goal("G3", "W1 of 64 : Prisma (groups)", 8, _ours(MANY, PRISMA.title, "W1")),
    Goal("G3", "W2 : Prisma", 2.5, _ours("W2", PRISMA.title)),
    Goal("G3", "W3 : Prisma", 2, _ours("W3", PRISMA.title)),
    Goal("G4", "W1 : node-postgres", 1.0, _ours("W1", RAW.title)),
    Goal("G4", "W2 : node-postgres", 0.9, _ours("W2", RAW.title)),
    Goal("G4", "W3 : node-postgres", 0.9, _ours("W3", RAW.title)),
    Goal("G5", "W4 : pgbench, bare", 0.3, _ours("W4", BARE, "W1")),
    Goal("G5", "W5 : W1", 1.0, _ours("W5", PRODUCT, "W1")),
    Goal("G6", "W6 (64 buyers of one product) : W1", 0.9, _ours("W6", PRODUCT, "W1")),
    Goal("G6", "stock is exact, and every invariant holds", 1, lambda f: float(f.stock_exact and f.invariants_hold)),
    Goal("G7", "a deep page : the first page", 0.9, _ours(DEEP_PAGE, PRODUCT, FIRST_PAGE)),
    Goal("G7", "W1 : W1 with few orders", 0.95, _ours("W1", SMALL)),
    Goal("G8", "W1: round trips, at the driver", 2, lambda f: float(f.driver_trips), most=True),
    *(
        Goal("G8", f"{workload}: statements", most, _statements(workload), most=True, slack=NOISE)
        for workload, most in {"W1": 2, "W2": 1, "W3": 1, "W4": 2, "W5": 1}.items()
    ),
    Goal("G9", "W1: app CPU : that of the floor", 1.5, _against((PRODUCT, "W1"), (FLOOR, "W1"), "app_us"), most=True),
    Goal("G10", "memory under W1, MiB", 150, _largest, most=True),
    Goal("G10", "memory, last third : second third", 1.03, _growth, most=True),
    Goal("G10", "start to ready, s", 1.5, lambda f: f.ready, most=True),
)


def judged(found: Found) -> list[Mapping[str, Any]]:
    """Return every goal with its figure; `holds` is None where it was not measured."""
    return [goal.judged(found) for goal in GOALS]
