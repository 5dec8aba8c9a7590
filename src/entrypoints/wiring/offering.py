"""How a use case is offered: a query as itself, a command also as `Answering[its command, its result]`."""

from collections.abc import Callable
from typing import Any, get_type_hints

from dishka import Provider, Scope

from application.shared.answering import Answering
from application.shared.ports import Sealing
from application.shared.work import Begin, Work
from entrypoints.settings import Settings
from entrypoints.wiring.use_cases import COMMANDS, QUERIES


def use_cases() -> Provider:
    """Return what makes every use case, each of them once."""
    provider = Provider(scope=Scope.APP)
    provider.from_context(Settings)
    for handler in (*COMMANDS, *QUERIES):
        provider.provide(handler)
    for handler in COMMANDS:
        provider.provide(_answering_by(handler), provides=answering_of(handler))
    return provider


def answering_of(handler: type) -> Any:
    """Return the type as which HTTP asks for a command, from what the handler's `__call__` takes and returns."""
    hints = get_type_hints(handler.__call__)
    command, result = hints["command"], hints["return"]
    generic: Any = Answering
    return generic[command, result]


def _answering_by(handler: type) -> Callable[..., Any]:
    def answering(use_case: Any, begin: Begin[Work], sealing: Sealing) -> Any:
        return Answering(use_case, begin, sealing)

    answering.__annotations__ |= {"use_case": handler, "return": answering_of(handler)}
    return answering
