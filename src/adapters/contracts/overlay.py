"""OpenAPI Overlay 1.0.0: actions on what a JSONPath (RFC 9535) finds."""

import copy
from collections.abc import Iterator, Mapping
from typing import Any

import jsonpath_rfc9535 as jsonpath

from domain.generation.contract import Json


class OverlayInvalid(Exception):
    """The overlay says something that cannot be done. `pointer` is a place in it."""

    def __init__(self, pointer: str, why: str, remedy: str) -> None:
        super().__init__(f"{pointer}: {why}")
        self.pointer = pointer
        self.why = why
        self.remedy = remedy


def applied(document: Mapping[str, Json], overlay: Json) -> tuple[Mapping[str, Json], list[OverlayInvalid]]:
    """Return the document after every action, in order, and what could not be done: nothing is passed over."""
    changed: Any = thawed(document)
    wrong: list[OverlayInvalid] = []
    for index, action in enumerate(_actions(overlay, wrong)):
        pointer = f"/actions/{index}"
        try:
            _act(changed, action, pointer)
        except OverlayInvalid as error:
            wrong.append(error)
    return frozen(changed), wrong


def _actions(overlay: Json, wrong: list[OverlayInvalid]) -> Iterator[Mapping[str, Json]]:
    said = overlay if isinstance(overlay, Mapping) else {}
    if not str(said.get("overlay", "")).startswith("1."):
        wrong.append(OverlayInvalid("/overlay", "It is no overlay of version 1.", "Write `overlay: 1.0.0`."))
    actions = said.get("actions")
    if not isinstance(actions, tuple) or not actions:
        wrong.append(OverlayInvalid("/actions", "It has no actions.", "Write at least one."))
        return
    for index, action in enumerate(actions):
        if isinstance(action, Mapping):
            yield action
        else:
            wrong.append(OverlayInvalid(f"/actions/{index}", "An action is an object.", "Write target and update."))


def _act(document: Any, action: Mapping[str, Json], pointer: str) -> None:
    target = action.get("target")
    unknown = set(action) - {"target", "description", "update", "remove"}
    if unknown:
        raise OverlayInvalid(pointer, f"{min(unknown)!r} is no word of an action.", "Say target, update or remove.")
    if not isinstance(target, str):
        raise OverlayInvalid(f"{pointer}/target", "The target is missing.", "Write a JSONPath (RFC 9535).")
    try:
        nodes = jsonpath.find(target, document)
    except jsonpath.JSONPathError as error:
        raise OverlayInvalid(f"{pointer}/target", f"{target} is no JSONPath: {error}", "See RFC 9535.") from None
    if not nodes:
        raise OverlayInvalid(f"{pointer}/target", f"{target} matches nothing.", "Correct it, or remove the action.")
    for node in reversed(nodes):  # the last of a list first, so that what is removed moves nothing that is yet to go
        if action.get("remove") is True:
            _remove(document, node.location, pointer)
        elif "update" in action:
            _update(document, node.location, node.value, thawed(action["update"]), pointer)


def _remove(document: Any, location: tuple[str | int, ...], pointer: str) -> None:
    if not location:
        raise OverlayInvalid(f"{pointer}/target", "The document itself cannot be removed.", "Name a part of it.")
    del _at(document, location[:-1])[location[-1]]


def _update(document: Any, location: tuple[str | int, ...], value: Any, update: Any, pointer: str) -> None:
    if isinstance(value, dict) and isinstance(update, dict):
        _merge(value, update)
    elif isinstance(value, list):
        value.append(copy.deepcopy(update))
    elif location:
        _at(document, location[:-1])[location[-1]] = copy.deepcopy(update)
    else:
        raise OverlayInvalid(f"{pointer}/update", "An update of the document is an object.", "Write an object.")


def _merge(value: dict[str, Any], update: dict[str, Any]) -> None:
    """Objects are merged, lists are appended to, everything else is replaced (Overlay 1.0.0, 4.4.3)."""
    for key, new in update.items():
        old = value.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            _merge(old, new)
        elif isinstance(old, list) and isinstance(new, list):
            old.extend(copy.deepcopy(new))
        else:
            value[key] = copy.deepcopy(new)


def _at(document: Any, location: tuple[str | int, ...]) -> Any:
    for key in location:
        document = document[key]
    return document


def thawed(value: Json) -> Any:
    """Return the value in dicts and lists of its own."""
    if isinstance(value, Mapping):
        return {key: thawed(each) for key, each in value.items()}
    return [thawed(each) for each in value] if isinstance(value, tuple) else value


def frozen(value: Any) -> Any:
    """Return the value with tuples for lists."""
    if isinstance(value, dict):
        return {key: frozen(each) for key, each in value.items()}
    return tuple(frozen(each) for each in value) if isinstance(value, list) else value
