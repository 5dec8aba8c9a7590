"""The documents that the code writes: drawings, tables, the contract. A stale one fails the check."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from adapters.drawing.lifecycle_svg import svg
from adapters.http.openapi import as_yaml, document
from adapters.http.problems import REGISTRY
from adapters.jwt import new_signing_key
from application.access import OPERATIONS, PEOPLE_ONLY
from domain.customers.lifecycle import LIFECYCLE as CUSTOMER
from domain.identity.roles import Role
from domain.ordering.lifecycle import LIFECYCLE as ORDER
from entrypoints.api import create_app
from entrypoints.checking import ROOT
from entrypoints.container import container_of
from entrypoints.dependency_drawing import dependency_drawing
from entrypoints.keys import new_master_key
from entrypoints.settings import Settings


def problems_table() -> str:
    rows = (f"| `{kind.slug}` | {kind.status} | {kind.meaning} | {kind.remedy} |" for kind in REGISTRY.values())
    return "\n".join(["# Problems", "", "| slug | status | meaning | what to do |", "|---|---|---|---|", *rows]) + "\n"


def access_table() -> str:
    head = f"| operation | {' | '.join(Role)} |"
    rule = f"|---|{'---|' * len(Role)}"
    return "\n".join(["# Who may do what", "", head, rule, *map(_access_row, OPERATIONS)]) + "\n"


def contract() -> Any:
    """The OpenAPI document of the app as it is wired here."""
    throw_away = {"ORDERWRIGHT_MASTER_KEY": new_master_key(), "ORDERWRIGHT_SIGNING_KEY": new_signing_key()}
    settings = Settings.read(throw_away)
    return document(create_app(container_of(settings, store="memory"), settings))


def contract_json() -> str:
    return json.dumps(contract(), indent=2, ensure_ascii=False)


def contract_yaml() -> str:
    return as_yaml(contract())


DOCUMENTS: Final[Mapping[str, Callable[[], str]]] = {
    "contracts/orderwright.openapi.yaml": contract_yaml,
    "docs/access.md": access_table,
    "docs/customer-lifecycle.mmd": CUSTOMER.mermaid,
    "docs/dependencies.mmd": dependency_drawing,
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


def _access_row(operation: str) -> str:
    roles = OPERATIONS[operation]
    marks = ("yes" if role in roles or not roles else "" for role in Role)
    beside = "" if roles else " (anybody)"
    if operation in PEOPLE_ONLY:
        beside = " (no API key)"
    return f"| {operation}{beside} | {' | '.join(marks)} |"
