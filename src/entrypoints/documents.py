"""The documents that the code writes: drawings and tables. A stale one fails the check."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from adapters.drawing.lifecycle_svg import svg
from adapters.http.problem_examples import example_of
from adapters.http.problem_types import REGISTRY, ProblemType
from adapters.records.invariants import INVARIANTS
from application.access import OPERATIONS, PEOPLE_ONLY
from domain.customers.lifecycle import LIFECYCLE as CUSTOMER
from domain.identity.roles import Role
from domain.ordering.lifecycle import LIFECYCLE as ORDER
from entrypoints.checking import ROOT
from entrypoints.dependency_drawing import dependency_drawing

_INVARIANTS_HEAD: Final = (
    "# Invariants",
    "",
    "What must be so of everything that is stored, recomputed from ledgers and events. `GET /v1/orders/{id}/proof`",
    "checks those of one order, [`./orderwright invariants`](operations.md#truth-on-demand) all of a whole database.",
    "",
)


def problems_table() -> str:
    """The registry: an overview, and below it what each problem means, with one that is whole."""
    rows = (f"| [`{kind.slug}`](#{kind.slug}) | {kind.status} | {kind.title} |" for kind in REGISTRY.values())
    table = ["# Problems", "", "| slug | status | title |", "|---|---|---|", *rows]
    return "\n\n".join(["\n".join(table), *map(_problem_section, REGISTRY.values())]) + "\n"


def access_table() -> str:
    head = f"| operation | {' | '.join(Role)} |"
    rule = f"|---|{'---|' * len(Role)}"
    return "\n".join(["# Who may do what", "", head, rule, *map(_access_row, OPERATIONS)]) + "\n"


def invariants_table() -> str:
    rows = (f"| {', '.join(one.of)} | `{one.name}` | {one.says} |" for one in INVARIANTS)
    return "\n".join([*_INVARIANTS_HEAD, "| of | invariant | what must be so |", "|---|---|---|", *rows]) + "\n"


DOCUMENTS: Final[Mapping[str, Callable[[], str]]] = {
    "docs/access.md": access_table,
    "docs/customer-lifecycle.mmd": CUSTOMER.mermaid,
    "docs/dependencies.mmd": dependency_drawing,
    "docs/invariants.md": invariants_table,
    "docs/order-lifecycle.mmd": ORDER.mermaid,
    "docs/order-lifecycle.svg": lambda: svg(ORDER),
    "docs/problems.md": problems_table,
}
"""Where each document lies, and who writes it."""


def differing(root: Path = ROOT) -> list[str]:
    """Return the documents that are not what the code would write now."""
    return [path for path, make in DOCUMENTS.items() if _read(root / path) != make()]


def write(root: Path = ROOT) -> list[str]:
    """Write what differs; return which."""
    stale = differing(root)
    for path in stale:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(DOCUMENTS[path](), encoding="utf-8")
    return stale


def _read(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.exists() else None


def _problem_section(kind: ProblemType) -> str:
    example = json.dumps(example_of(kind, "https://orders.example.com"), indent=2, ensure_ascii=False)
    said = (kind.meaning, f"Cause: {kind.cause}", f"What to do: {kind.remedy}", f"```json\n{example}\n```")
    return "\n\n".join((f"## {kind.slug}", *said))


def _access_row(operation: str) -> str:
    roles = OPERATIONS[operation]
    marks = ("yes" if role in roles or not roles else "" for role in Role)
    beside = "" if roles else " (anybody)"
    if operation in PEOPLE_ONLY:
        beside = " (no API key)"
    return f"| {operation}{beside} | {' | '.join(marks)} |"
