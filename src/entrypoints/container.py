"""The wiring page: puts the tables of `wiring` together. Everything lives as long as the app; nothing here knows HTTP
routes or SQL.

To swap a technology, change its row there; a test passes a provider of its own, with `override=True`.
"""

from collections.abc import Mapping
from typing import Final, Literal

from dishka import STRICT_VALIDATION, AsyncContainer, Provider, make_async_container

from entrypoints.settings import Settings
from entrypoints.wiring.begins import BEGINS
from entrypoints.wiring.machinery import Machinery, http_options, signing_secrets_of
from entrypoints.wiring.memory import Memory
from entrypoints.wiring.offering import answering_of, use_cases
from entrypoints.wiring.postgres import Postgres
from entrypoints.wiring.use_cases import COMMANDS, QUERIES

__all__ = [
    "BEGINS",
    "COMMANDS",
    "QUERIES",
    "STORES",
    "StoreName",
    "container_of",
    "http_options",
    "signing_secrets_of",
    "warmed",
]

StoreName = Literal["postgres", "memory"]

STORES: Final[Mapping[StoreName, type[Provider]]] = {"postgres": Postgres, "memory": Memory}


def container_of(settings: Settings, *overrides: Provider, store: StoreName = "postgres") -> AsyncContainer:
    """Return the container of one app. What `overrides` provide takes the place of what the tables say."""
    return make_async_container(
        Machinery(),
        STORES[store](),
        use_cases(),
        *overrides,
        *_traced(settings, store),
        context={Settings: settings},
        validation_settings=STRICT_VALIDATION,
    )


async def warmed(container: AsyncContainer) -> None:
    """Make everything that requests will ask for, so that what cannot be made is known before the first one."""
    for use_case in (*map(answering_of, COMMANDS), *QUERIES):
        await container.get(use_case)


def _traced(settings: Settings, store: StoreName) -> tuple[Provider, ...]:
    """Where nobody wants traces, nothing of them is imported."""
    if settings.otlp_endpoint is None:
        return ()
    from entrypoints.tracing import traced  # noqa: PLC0415

    return (traced(settings.otlp_endpoint, pooled=store == "postgres"),)
