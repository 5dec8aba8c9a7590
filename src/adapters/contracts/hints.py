"""Hints judged by the schema of their vocabulary."""

from collections.abc import Iterator
from typing import Final

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from jsonschema.exceptions import best_match  # type: ignore[import-untyped]

from adapters.contracts.overlay import thawed
from domain.generation.contract import Json
from domain.generation.intake.contracts import HINT
from domain.generation.intake.documents import step
from domain.generation.intake.hinting import VOCABULARY, hints_in

_VALIDATORS: Final = {name: Draft202012Validator(thawed(hint.schema)) for name, hint in VOCABULARY.items()}


def wrong_hints(document: Json) -> Iterator[tuple[str, str, str]]:
    """Yield each hint that is none, or is written otherwise than the vocabulary has it: place, message, remedy."""
    for pointer, name, value in hints_in(document):
        if name not in VOCABULARY:
            yield pointer, f"{HINT}{name} is no hint.", f"There are: {', '.join(VOCABULARY)}."
            continue
        error = best_match(_VALIDATORS[name].iter_errors(thawed(value)))
        if error is not None:
            place = pointer + "".join(f"/{step(token)}" for token in error.absolute_path)
            remedy = f"It stands on {VOCABULARY[name].places}, and says: {VOCABULARY[name].says}."
            yield place, f"{HINT}{name} is not written as a hint is: {error.message}.", remedy
