"""Every page of every collection, filtered or not, shows what is ours, and no cursor of theirs leads anywhere."""

from collections.abc import Iterator

import pytest

from tests.http.house import problem
from tests.tenants.asking import ASKINGS, Caller, callers
from tests.tenants.street import Names, Street, same

SHOWN = [(operation, caller) for operation, asking in ASKINGS.items() if asking.table for caller in callers(operation)]
TURNED = {"forward": ("hasNextPage", "endCursor"), "backward": ("hasPreviousPage", "startCursor")}


def questions(street: Street, operation: str, caller: Caller) -> Iterator[Names]:
    """Yield no filter, every filter alone, and all of them. What a collection belongs to is no filter."""
    asking = ASKINGS[operation]
    filters = {**asking.fixed, **street.prepared[operation, "spare"]}
    nothing = unfiltered(filters)
    yield nothing
    yield from ({**nothing, name: value} for name, value in filters.items())
    yield filters


def unfiltered(names: Names) -> dict[str, str]:
    return {name: value if name.startswith("path/") else "" for name, value in names.items()}


async def walked(street: Street, operation: str, caller: Caller, names: Names, direction: str) -> list[list[str]]:
    """Return the ids on every page."""
    pages: list[list[str]] = []
    more, place = TURNED[direction]
    cursor = ""
    while True:
        answer = await street.ask(operation, caller, names, limit=5, direction=direction, cursor=cursor)
        if answer.status_code == 404 and caller == "customer":
            return [[]]  # what belongs to somebody else
        body = answer.json()
        pages.append([row["id"] for row in body["data"]])
        if not body["pagination"][more]:
            return pages
        cursor = body["pagination"][place]


@pytest.mark.parametrize("direction", TURNED)
@pytest.mark.parametrize(("operation", "caller"), SHOWN)
async def test_all_pages_show_what_is_ours(street: Street, operation: str, caller: Caller, direction: str) -> None:
    asking = ASKINGS[operation]
    ours = await street.our_ids(asking.table or "", asking.shown_as)
    for names in questions(street, operation, caller):
        pages = await walked(street, operation, caller, names, direction)
        shown = [one for page in pages for one in page]
        assert set(shown) <= ours
        assert len(shown) == len(set(shown))
        assert len(pages) == 1 or all(pages), "a page is announced on which we see nothing: whose is it?"
        assert shown or caller == "customer" or names, "nothing is shown at all"


@pytest.mark.parametrize("direction", TURNED)
@pytest.mark.parametrize(("operation", "caller"), SHOWN)
async def test_a_cursor_of_theirs_is_none(street: Street, operation: str, caller: Caller, direction: str) -> None:
    _, path = street.route(operation)
    path = path.replace("{id}", street.wanted[operation, "spare"].get("path/id", ""))
    page = await street.theirs.get(f"{path}?limit=1&direction={direction}")
    for theirs in (page.json()["pagination"][name] for name in ("startCursor", "endCursor")):
        nothing = unfiltered({**dict.fromkeys(ASKINGS[operation].fixed, ""), **street.prepared[operation, "spare"]})
        refused = await street.ask(operation, caller, nothing, direction=direction, cursor=theirs)
        problem(refused, "invalid-cursor")
        nonsense = await street.ask(operation, caller, nothing, direction=direction, cursor="x" * len(theirs))
        assert same(refused) == same(nonsense)
