"""Who may ask, and how often (D13, D18): the scopes of OAuth are roles; a limit stands in words or in a hint."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from domain.generation.behaviours import Frequency
from domain.generation.contract import Contract, Json, Operation
from domain.generation.derivation import hints
from domain.generation.intake.contracts import HINT
from domain.generation.intake.documents import as_list, as_mapping, at, texts
from domain.generation.origin import Because, Confidence

_OFTEN: Final = re.compile(
    r"\b(?P<requests>\d+)\s+(?:requests?|calls?|times)\s+(?:per|a|an|every|each|in)\s+(?P<span>\d+\s+)?"
    r"(?P<unit>second|minute|hour|day)s?\b",
    re.IGNORECASE,
)
_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86400}
_ROLE: Final = re.compile(
    r"\b(?:only|requires?|needs?|for)\s+(?:an?\s+|the\s+)?(?:role\s+)?[`'\"]?(?P<role>admins?|administrators?|managers?|"
    r"staff|operators?|editors?|members?|owners?|viewers?)[`'\"]?(?:\s+(?:role|only|may|can))?\b",
    re.IGNORECASE,
)


def frequency(contract: Contract, operation: Operation) -> Frequency | None:
    """D13: return how often one caller may ask, where a hint or the words of a 429 say so."""
    for hinted in (hints.of_operation(operation).get("rate-limit"), contract.hints.get(f"{HINT}rate-limit")):
        said = as_mapping(hinted)
        requests, seconds = said.get("requests"), said.get("seconds")
        if isinstance(requests, int) and isinstance(seconds, int):
            because = Because("H-rate-limit", f"{requests} in {seconds} s: a hint says so", Confidence.SAID)
            return Frequency(because=because, requests=requests, seconds=seconds)
    limited = operation.response("429")
    found = _OFTEN.search(f"{operation.description} {limited.description}") if limited is not None else None
    if found is None:
        return None
    seconds = int(found["span"] or 1) * _SECONDS[found["unit"].lower()]
    because = Because("D13", f"429 is declared: {found[0]}", Confidence.SAID)
    return Frequency(because=because, requests=int(found["requests"]), seconds=seconds)


def roles(contract: Contract, operation: Operation) -> tuple[str, ...]:
    """D13, D18: return the roles that may ask: scopes that the operation asks for, else a role that a 403 names."""
    scopes = tuple(dict.fromkeys(_scopes(contract, operation)))
    refused = operation.response("403")
    if scopes or refused is None:
        return scopes
    found = _ROLE.search(f"{operation.description} {refused.description}")
    return (found["role"].lower().removesuffix("s"),) if found is not None else ()


def _scopes(contract: Contract, operation: Operation) -> Iterator[str]:
    try:
        own: Mapping[str, Json] = as_mapping(at(contract.document, operation.origin.pointer))
    except KeyError:
        own = {}
    said = own.get("security", as_mapping(contract.document).get("security"))
    for each in as_list(said):
        for scopes in as_mapping(each).values():
            yield from texts(scopes)
