"""List API keys, newest first."""

from dataclasses import dataclass

from application.identity.ports import ApiKeyQueries, ApiKeyView
from application.shared.caller import Caller
from application.shared.pages import Page, PageRequest


@dataclass(frozen=True, slots=True, kw_only=True)
class ListApiKeys:
    caller: Caller
    page: PageRequest


@dataclass(frozen=True, slots=True)
class ListApiKeysHandler:
    keys: ApiKeyQueries

    async def __call__(self, query: ListApiKeys) -> Page[ApiKeyView]:
        return await self.keys.page(query.caller.organization, query.page)
