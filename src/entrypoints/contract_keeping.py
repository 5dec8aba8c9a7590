"""Keeping the contract: what it and the application say differently, and taking over what the application says.

Examples (the `examples` of media types, parameters and headers, which are mappings) are the contract's alone, as are
members that begin with `x-` right below its root: the application says nothing of them.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from adapters.http.contract import HOMES, NAME, read
from adapters.http.openapi import as_yaml, document
from adapters.jwt import new_signing_key
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.keys import new_master_key
from entrypoints.settings import Settings

Json = dict[str, Any]

CONTRACT: Final = HOMES[0] / NAME

SHOWN: Final = 160
"""Characters of a value, at most, in a line that tells a difference."""


class _Nothing:
    def __repr__(self) -> str:
        return "nothing"


NOTHING: Final = _Nothing()


@dataclass(frozen=True, slots=True)
class Difference:
    """Where one says something else than the other (a JSON pointer), and what; `NOTHING` where one is silent."""

    pointer: str
    contract: Any
    application: Any

    def __str__(self) -> str:
        return f"{self.pointer}: the contract says {_brief(self.contract)}, the application {_brief(self.application)}"


class NoSuchOperation(LookupError):
    """The application has no operation of this name."""


@dataclass(frozen=True, slots=True)
class Adopted:
    """A contract that says what the application says: what was taken over, and the pointers of examples for which it
    has no place any more.
    """

    contract: Json
    taken: tuple[Difference, ...]
    homeless: tuple[str, ...]

    @classmethod
    def of(cls, contract: Json, application: Json) -> Self:
        kept = {name: value for name, value in contract.items() if name.startswith("x-")}
        new = {**_with_examples(application, contract), **kept}
        homeless = {pointer for pointer, _ in examples_of(contract)} - {pointer for pointer, _ in examples_of(new)}
        return cls(new, tuple(differences(contract, application)), tuple(sorted(homeless)))


def application() -> Json:
    """Return the OpenAPI document of the app as it is wired here."""
    throw_away = {
        "ORDERWRIGHT_MASTER_KEY": new_master_key(),
        "ORDERWRIGHT_SIGNING_KEY": new_signing_key(),
        "ORDERWRIGHT_PAYMENTS": "simulated",
    }
    settings = Settings.read(throw_away)
    said: Json = json.loads(json.dumps(document(create_app(container_of(settings, store="memory"), settings))))
    return said


def committed(path: Path = CONTRACT) -> Json:
    """Return the contract of this file."""
    return read(path.read_text(encoding="utf-8"))


def differences(contract: Any, application: Any, pointer: str = "") -> Iterator[Difference]:
    """Yield every difference, outermost first; the order of members does not count, that of elements does."""
    if isinstance(contract, dict) and isinstance(application, dict):
        for name in {**contract, **application}:
            if not _is_the_contracts(pointer, name, contract.get(name)):
                here = f"{pointer}/{_escaped(name)}"
                yield from differences(contract.get(name, NOTHING), application.get(name, NOTHING), here)
    elif _are_parameters(contract) and _are_parameters(application):
        both = {**_by_name(contract), **_by_name(application)}
        for name in both:
            ours, theirs = _by_name(contract).get(name, NOTHING), _by_name(application).get(name, NOTHING)
            yield from differences(ours, theirs, f"{pointer}/{_index(contract, application, name)}")
    elif _are_nested(contract) and _are_nested(application):
        for i in range(max(len(contract), len(application))):
            yield from differences(_at(contract, i), _at(application, i), f"{pointer}/{i}")
    elif contract != application or type(contract) is not type(application):
        yield Difference(pointer or "/", contract, application)


def adopt(path: Path = CONTRACT) -> Adopted:
    """Write into the contract what the application says, and keep its examples and the comment at its head."""
    adopted = Adopted.of(committed(path) if path.exists() else {}, application())
    if not adopted.homeless:
        write(adopted.contract, path)
    return adopted


def write(contract: Json, path: Path = CONTRACT) -> None:
    """Write the contract anew, below the comment at its head, which is the only one that stays."""
    head = "".join(_head(path.read_text(encoding="utf-8"))) if path.exists() else ""
    path.write_text(head + as_yaml(contract), encoding="utf-8")


def part(contract: Json, application: Json, operation: str) -> Json:
    """Return what the application says of one operation: its path, and the components that it needs and the contract
    lacks. Raises: NoSuchOperation.
    """
    for path, item in application["paths"].items():
        for method, described in item.items():
            if described["operationId"] == operation:
                new = _new_components(described, contract, application)
                return {"paths": {path: {method: described}}, **({"components": new} if new else {})}
    names = sorted(one["operationId"] for item in application["paths"].values() for one in item.values())
    raise NoSuchOperation(f"There is no operation {operation}; there are: {', '.join(names)}.")


def examples_of(contract: Any, pointer: str = "") -> Iterator[tuple[str, Json]]:
    """Yield every example (an Example Object) with its pointer; what is referred to, where it is described."""
    if isinstance(contract, dict):
        for name, value in contract.items():
            here = f"{pointer}/{_escaped(name)}"
            if pointer and _is_the_contracts(pointer, name, value):
                yield from ((f"{here}/{_escaped(key)}", example) for key, example in value.items())
            else:
                yield from examples_of(value, here)
    elif isinstance(contract, list):
        for i, value in enumerate(contract):
            here = f"{value['in']}:{value['name']}" if _are_parameters(contract) else str(i)
            yield from examples_of(value, f"{pointer}/{here}")


def _is_the_contracts(pointer: str, name: str, value: Any) -> bool:
    if not pointer:
        return name.startswith("x-")
    return name == "examples" and isinstance(value, dict) and not pointer.endswith("/properties")


def _with_examples(said: Any, contract: Any) -> Any:
    """Return what is said, with the examples of the contract at their places."""
    if isinstance(said, dict) and isinstance(contract, dict):
        grafted = {name: _with_examples(value, contract.get(name)) for name, value in said.items()}
        examples = contract.get("examples")
        return {**grafted, "examples": examples} if isinstance(examples, dict) and "schema" in said else grafted
    if _are_parameters(said) and _are_parameters(contract):
        return [_with_examples(value, _by_name(contract).get(name)) for name, value in _by_name(said).items()]
    if isinstance(said, list) and isinstance(contract, list):
        return [_with_examples(value, _at(contract, i)) for i, value in enumerate(said)]
    return said


def _new_components(node: Any, contract: Json, application: Json) -> Json:
    found: dict[str, Json] = {}
    ahead = list(_references(node))
    for reference in ahead:  # which grows while it is read
        _, _, kind, name = reference.split("/")
        if name not in contract.get("components", {}).get(kind, {}) and name not in found.get(kind, {}):
            found.setdefault(kind, {})[name] = application["components"][kind][name]
            ahead += _references(application["components"][kind][name])
    return found


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict) and isinstance(node.get("$ref"), str):
        yield node["$ref"]
    for value in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from _references(value)


def _are_parameters(node: Any) -> bool:
    return isinstance(node, list) and bool(node) and all(isinstance(one, dict) and "in" in one for one in node)


def _by_name(parameters: list[Json]) -> dict[tuple[str, str], Json]:
    return {(one["in"], one["name"]): one for one in parameters}


def _index(contract: list[Json], application: list[Json], name: tuple[str, str]) -> int:
    """Where the parameter stands in the contract; where the application has it, if it does not."""
    listed = [*_by_name(contract)] if name in _by_name(contract) else [*_by_name(application)]
    return listed.index(name)


def _are_nested(node: Any) -> bool:
    """Whether its elements are compared one by one; a list of plain values is one value."""
    return isinstance(node, list) and any(isinstance(one, dict | list) for one in node)


def _at(node: list[Any], i: int) -> Any:
    return node[i] if i < len(node) else NOTHING


def _brief(value: Any) -> str:
    text = "nothing" if value is NOTHING else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}… ({len(text)} characters)"


def _escaped(name: str) -> str:
    """RFC 6901, section 3."""
    return str(name).replace("~", "~0").replace("/", "~1")


def _head(text: str) -> Iterator[str]:
    for line in text.splitlines(keepends=True):
        if not line.startswith("#"):
            return
        yield line
