"""One line for every request: what it tells, and what it never does."""

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest

from adapters.http import journal
from entrypoints.logs import JsonLines, Log, log_as
from tests.http.house import UNKNOWN, House


class Lines(logging.Handler):
    """What would stand on stderr."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonLines())
        self.texts: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.texts.append(self.format(record))

    @property
    def last(self) -> dict[str, Any]:
        line: dict[str, Any] = json.loads(self.texts[-1])
        return line


@pytest.fixture
def lines() -> Iterator[Lines]:
    lines = Lines()
    logger = logging.getLogger(journal.LOGGER)
    logger.addHandler(lines)
    logger.setLevel(logging.INFO)
    yield lines
    logger.removeHandler(lines)
    logger.setLevel(logging.NOTSET)


async def test_it_tells_who_asked_for_what_and_how_it_went(house: House, lines: Lines) -> None:
    await house.get("/v1/orders?limit=3", **{"X-Request-Id": "my-request-42"})
    line = lines.last
    assert line.pop("durationMs") > 0
    assert line.pop("time").endswith("Z")
    assert line.pop("organization")
    assert line.pop("principal").startswith("user:")
    assert line == {
        "level": "info",
        "logger": "orderwright.requests",
        "message": "request",
        "method": "GET",
        "path": "/v1/orders",
        "operation": "listOrders",
        "status": 200,
        "requestId": "my-request-42",
        "problem": None,
        "instance": None,
        "client": "testclient",
    }


async def test_a_problem_is_told_with_its_instance(house: House, lines: Lines) -> None:
    answer = await house.get(f"/v1/orders/{UNKNOWN}")
    line = lines.last
    assert (line["path"], line["status"], line["problem"]) == ("/v1/orders/{id}", 404, "resource-not-found")
    assert line["instance"] == answer.json()["instance"]
    assert line["requestId"] == answer.headers["X-Request-Id"]


async def test_nobody_is_nobody(house: House, lines: Lines) -> None:
    await house.client.get("/v1/me")
    assert (lines.last["status"], lines.last["organization"], lines.last["principal"]) == (401, None, None)


async def test_neither_secrets_nor_people_nor_raw_addresses_are_told(house: House, lines: Lines) -> None:
    login = {"organization": "nobody", "email": "ada@example.com", "password": "correct horse battery"}
    await house.client.post("/v1/auth/login", json=login)
    await house.get("/v1/products?q=something-private")
    await house.get("/nowhere/at-a-secret-place")
    assert len(lines.texts) == 3
    for secret in (*login.values(), house.token, "something-private", "at-a-secret-place"):
        assert secret not in "".join(lines.texts)


async def test_one_request_is_one_line(house: House, lines: Lines) -> None:
    await house.get("/v1/me", **{"User-Agent": 'x\\r\\n{"level": "forged"}'})
    assert len(lines.texts) == 1
    assert "\n" not in lines.texts[0]


def test_what_went_wrong_has_the_same_form() -> None:
    try:
        raise RuntimeError("out\nof order")
    except RuntimeError:
        record = logging.getLogger("x").makeRecord("x", logging.ERROR, "", 0, "it %s", ("broke",), _caught())
    line = json.loads(JsonLines().format(record))
    assert (line["level"], line["logger"], line["message"]) == ("error", "x", "it broke")
    assert "RuntimeError: out\nof order" in line["exception"]


def _caught() -> Any:
    import sys

    return sys.exc_info()


@pytest.mark.parametrize(("wanted", "told"), [(Log.JSON, True), (Log.NONE, False)])
def test_requests_are_told_as_wanted_and_warnings_always(
    wanted: Log, told: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    root, requests = logging.getLogger(), logging.getLogger(journal.LOGGER)
    before = root.handlers, root.level, requests.level
    try:
        log_as(wanted)
        journal.tell(status=200, request_id="my-request-42", client=None)
        logging.getLogger("uvicorn.error").warning("of the server")
        logging.getLogger("uvicorn.error").info("nobody asked")
    finally:
        root.handlers, root.level = before[:2]
        requests.setLevel(before[2])
        root.manager._clear_cache()  # type: ignore[attr-defined]
    said = capsys.readouterr().err
    assert ("my-request-42" in said) == told
    assert "of the server" in said
    assert "nobody asked" not in said
