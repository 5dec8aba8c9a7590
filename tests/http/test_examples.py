"""The examples of the contract are true: each is tried on both stores, in the order of the story that they tell."""

from collections.abc import Iterator
from typing import Any, Final

import httpx
import pytest
from dishka import AsyncContainer
from litestar import Litestar
from litestar.testing import AsyncTestClient

from entrypoints.contract_keeping import committed, examples_of
from tests.http.examples import Standing, Trial, Tried
from tests.http.recording import recorded
from tests.http.relaying import relayed
from tests.http.story import NOBODY, STORY, Step, step

Json = dict[str, Any]

NOT_TO_BE_PROVOKED: Final = {
    "concurrent-modification": "takes a race that is lost six times",
    "service-unavailable": "takes a store that is away",
    "token-expired": "takes seven days",
    "insufficient-permissions": "of a sign-up, takes a house where strangers cannot",
    "resource-not-found": "is alike everywhere: one example stands for all",
    "payment-outcome-unknown": "is alike everywhere: that of a confirmation stands for all",
}
"""Problems that an operation declares, of which it needs no example of its own, and why."""


@pytest.fixture(scope="session")
def contract() -> Json:
    return committed()


@pytest.fixture(scope="session")
async def tried(client: AsyncTestClient[Litestar], container: AsyncContainer, contract: Json) -> Tried:
    trial = Trial(contract, client)
    for one in STORY:
        if "Webhook" in one.operation:
            await relayed(container)
        await trial.take(one)
    return trial.tried


def operations(contract: Json) -> Iterator[tuple[str, Json]]:
    for item in contract["paths"].values():
        yield from ((described["operationId"], described) for described in item.values())


def test_the_examples_are_what_happens(tried: Tried) -> None:
    assert not tried.wrong, "\n".join(["", *tried.wrong])


def test_every_example_was_tried(contract: Json, tried: Tried) -> None:
    untold = [pointer for pointer, example in examples_of(contract) if id(example) not in tried.examples]
    assert not untold, "no step of tests/http/story.py tries these"


def test_every_operation_succeeds_in_every_way_that_it_can(contract: Json, tried: Tried) -> None:
    ways = {
        (name, int(status))
        for name, described in operations(contract)
        for status in described["responses"]
        if int(status) < 400
    }
    missing = sorted(ways - tried.statuses)
    assert not missing, "write examples for these into the contract, and steps that try them into tests/http/story.py"


def test_every_problem_of_an_operation_has_an_example(app: Litestar, tried: Tried) -> None:
    declared = {
        (operation.id, slug)
        for operation in app.state.operations.values()
        for slug in operation.problems
        if slug not in NOT_TO_BE_PROVOKED
    }
    missing = sorted(declared - tried.refusals)
    assert not missing, "provoke these in tests/http/story.py, with an example of each in the contract"


def test_every_body_has_an_example_that_is_accepted(contract: Json) -> None:
    for name, described in operations(contract):
        for media in described.get("requestBody", {}).get("content", {}).values():
            accepted = {one.request for one in STORY if one.operation == name and one.answer == one.request}
            assert accepted & media.get("examples", {}).keys(), name


# ---- can this fail? --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("example", "answer"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {"a": True}),
        ({"a": 1}, {}),
        ({}, {"a": 1}),
        ([1], [1, 2]),
        ([1, 2], [1]),
        ("tea", "tee"),
        ("a 0198e2f4-6c00-7000-8000-000000000001", "b 0198e2f4-6c00-7000-8000-000000000002"),
        ("2026-03-02T09:00:00Z", "yesterday"),
        ("7KQ2-9XMB-H", "none"),
        (None, "2026-03-02T09:00:00Z"),
    ],
)
def test_what_is_not_as_shown_is_noticed(example: Any, answer: Any) -> None:
    assert [*Standing().differences(example, answer)]


def test_what_stands_for_one_thing_stands_for_no_other() -> None:
    first, second, third = (f"0198e2f4-6c00-7000-8000-00000000000{n}" for n in (1, 2, 3))
    standing = Standing()
    assert not [*standing.differences({"id": first, "at": "2026-03-02T09:00:00Z"}, {"id": second, "at": INSTANT})]
    assert not [*standing.differences(f"user:{first}", f"user:{second}")]
    assert not [*standing.differences({first: 1}, {second: 1})]
    assert [*standing.differences(first, third)]
    assert [*standing.differences({first: 1}, {third: 1})]
    assert [*standing.differences(third, second)]
    assert standing.sent({"ids": [first, f"about {first}"], "n": 1}) == {"ids": [second, f"about {second}"], "n": 1}


INSTANT: Final = "2026-11-23T02:00:41.552941Z"


@pytest.mark.parametrize("part", [{"b": [1]}, {"a": "te"}, {}])
def test_an_excerpt_shows_a_beginning(part: Json) -> None:
    whole = {"a": "tea", "b": [1, 2]}
    assert not [*Standing().differences(part, whole, more=True)]
    assert [*Standing().differences(whole, {"a": "te", "b": [1]}, more=True)]


@pytest.mark.parametrize(
    ("one", "wrong"),
    [
        (step("getLiveness", "sick", by=NOBODY), "has no such example; it would be"),
        (step("getMember", "unknown", "operator"), "401 has no such example"),
        (step("getProblem", "stale-version", by=NOBODY), ""),
    ],
)
async def test_a_step_that_goes_another_way_is_noticed(
    client: httpx.AsyncClient, contract: Json, one: Step, wrong: str
) -> None:
    trial = Trial(contract, client, given={("logIn", "owner"): {"accessToken": "nobody's"}})
    await trial.take(one)
    assert wrong in "".join(trial.tried.wrong)
    assert bool(wrong) == bool(trial.tried.wrong)


async def test_an_answer_that_breaks_its_schema_is_noticed(client: httpx.AsyncClient) -> None:
    contract = committed()
    contract["components"]["schemas"]["HealthBody"]["required"].append("temperature")
    trial = Trial(contract, client)
    await trial.take(step("getLiveness", "well", by=NOBODY))
    assert "temperature" in "".join(trial.tried.wrong)


async def test_what_has_no_example_is_written_as_it_is_answered() -> None:
    contract = committed()
    taken = {}
    for path, method in (("/v1/orders/{id}", "get"), ("/v1/products", "get"), ("/docs", "get")):
        (media,) = contract["paths"][path][method]["responses"]["200"]["content"].values()
        taken[path] = media, media.pop("examples")
    recorder = await recorded(contract)
    assert not recorder.tried.wrong
    assert len(recorder.made) == sum(len(before) for _, before in taken.values())
    for media, before in taken.values():
        assert media["examples"].keys() == before.keys()
        for name, example in before.items():
            same = Standing().differences(example["value"], media["examples"][name]["value"])
            assert not [*same], name
