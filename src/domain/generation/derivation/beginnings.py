"""What a new one is in (D9): what the contract gives as default, the example of a new one, the word for a beginning."""

from collections.abc import Iterable
from typing import Final

from domain.generation.contract import Json
from domain.generation.origin import Because, Confidence
from domain.generation.shapes import Choice, Shape

BEGINNINGS: Final = ("created", "pending", "draft", "new", "open", "queued", "placed")
"""The states that things begin in, the likelier first."""

NO_STATES: Final = frozenset({"unknown", "unspecified", "undefined", "none"})
"""What stands in an enum for `nothing was said`: no beginning, and nothing leads out of it."""


def beginning(shape: Shape, default: Json, examples: Iterable[str]) -> tuple[str | None, Because]:
    """Return the state that a new one is in, and why; None where nothing says so."""
    states = [str(value) for value in shape.values] if isinstance(shape, Choice) else []
    if default in states and str(default).lower() not in NO_STATES:
        return str(default), Because("D9", f"{default} is the default", Confidence.SAID)
    for example in examples:
        if example in states:
            return example, Because("D9", f"the example of a new one is {example}", Confidence.SAID)
    lower = {state.lower(): state for state in states}
    for word in BEGINNINGS:
        if word in lower:
            return lower[word], Because("D9", f"things begin as {word}", Confidence.NAMED)
    return None, Because("D9", "nothing says what it begins as")
