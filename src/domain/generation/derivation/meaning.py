"""What a parameter is for: which one, page, order, key, version, who asks (D1, D13, D15 … D18)."""

from typing import Final

from domain.generation.behaviours import Behaviour, Change, List
from domain.generation.contract import Contract, Parameter, Place
from domain.generation.derivation.naming import words
from domain.generation.origin import Because, Confidence

_OVERLOOKED: Final = frozenset({"accept", "contenttype", "authorization"})
_TRACES: Final = frozenset({"xrequestid", "xcorrelator", "correlationid", "xcorrelationid", "requestid", "traceparent"})


def meaning(behaviour: Behaviour, parameter: Parameter, contract: Contract) -> Because | None:
    """Return what a parameter is for; None where nothing says so."""
    if parameter.place is Place.PATH:
        return Because("D1", f"{parameter.name} says which one", Confidence.SAID)
    if isinstance(behaviour, List) and (found := _of_list(behaviour, parameter.name)) is not None:
        return found
    if isinstance(behaviour, Change) and parameter.name in dict(behaviour.queries):
        return Because("D15", f"{parameter.name} sets {dict(behaviour.queries)[parameter.name]}")
    if any(scheme.parameter == parameter.name for scheme in contract.security_schemes.values()):
        return Because("D18", f"{parameter.name} says who asks", Confidence.SAID)
    return _of_header(behaviour, parameter)


def _of_list(behaviour: List, name: str) -> Because | None:
    page, sort = behaviour.page, behaviour.sort
    if name in (page.position, page.size):
        return page.because
    if name in page.also:
        return Because("D16", f"{name} is another spelling", Confidence.NAMED)
    if sort is not None and name in (sort.parameter, sort.direction):
        return sort.because
    return next((each.because for each in behaviour.filters if each.parameter == name), None)


def _of_header(behaviour: Behaviour, parameter: Parameter) -> Because | None:
    plain = "".join(words(parameter.name))
    if parameter.place is Place.HEADER and plain in _OVERLOOKED:
        return Because("D21", f"{parameter.name}: OpenAPI says it elsewhere", Confidence.SAID)
    if parameter.name == behaviour.idempotency_key:
        return Because("D17", "it carries the key of a request", Confidence.SAID)
    if plain in {"ifmatch", "ifnonematch"}:
        return Because("D13", "it names a version", Confidence.SAID)
    if plain in _TRACES:
        return Because("D21", "it goes into the answer and the log", Confidence.NAMED)
    return None
