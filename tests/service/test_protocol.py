"""What comes over a socket and is no good request: told as a problem, in its turn, in bounded time."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from litestar import Litestar, Response, get, post
from litestar.datastructures import State
from litestar.params import JSONBody

from adapters.http.options import HttpOptions
from adapters.http.protocol import MAX_FIELDS, MAX_HEAD, MAX_LINE, MAX_QUEUED, BoundedHttp
from adapters.system.ids import new_id
from application.identity.rates import Rate
from entrypoints.api import create_app
from entrypoints.container import container_of
from entrypoints.keys import make_keys
from entrypoints.settings import Settings
from tests.limits import RAISED
from tests.service.in_process import listening
from tests.service.served import Served
from tests.service.sockets import LIVE, request, say
from tests.trials import trials

LOGIN = request("POST", "/v1/auth/login", json.dumps({"organization": "a", "email": "b", "password": "c"}).encode())
CHUNKED = (
    b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
)

MUCH = 32 * 1024 * 1024
"""Bytes of an answer that no socket holds by itself."""


class Hurried(BoundedHttp):
    """The protocol with figures for tests."""

    patience: ClassVar[float] = 0.5
    reading: ClassVar[float] = 1.5
    linger: ClassVar[float] = 0.2


@pytest.fixture(scope="module")
def port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The whole app over memory."""
    keys = {f"{name}_FILE": str(file) for name, file in make_keys(tmp_path_factory.mktemp("keys")).items()}
    settings = Settings.read({**RAISED, **keys})
    with listening(create_app(container_of(settings, store="memory"), settings), Hurried) as port:
        yield port


BROKEN = {
    "no HTTP at all": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
    "HTTP/2 by prior knowledge": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/0.9": b"GET /\r\n\r\n",
    "another version": b"GET / HTTP/2.0\r\nHost: x\r\n\r\n",
    "another protocol": b"GET / RTSP/1.0\r\nHost: x\r\n\r\n"[:16] + b"9.9\r\n\r\n",
    "an unknown method": b"BREW / HTTP/1.1\r\nHost: x\r\n\r\n",
    "a tunnel": b"CONNECT example.com:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "spaces in the target": b"GET /a b HTTP/1.1\r\nHost: x\r\n\r\n",
    "bytes in the target": b"GET /\xff HTTP/1.1\r\nHost: x\r\n\r\n",
    "NUL in a header": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\0c\r\n\r\n",
    "NUL in a name": b"GET / HTTP/1.1\r\nHost: x\r\nA\0: b\r\n\r\n",
    "a folded header": b"GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n c\r\n\r\n",
    "a space before the colon": b"GET / HTTP/1.1\r\nHost : x\r\n\r\n",
    "bare line feeds": b"GET / HTTP/1.1\nHost: x\n\n",
    "no Host": b"GET / HTTP/1.1\r\n\r\n",
    "two Hosts": b"GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n",
    "length and coding": CHUNKED.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"),
    "coding and length": LOGIN.replace(b"\r\n\r\n", b"\r\nTransfer-Encoding: chunked\r\n\r\n"),
    "two lengths": LOGIN.replace(b"\r\n\r\n", b"\r\nContent-Length: 5\r\n\r\n"),
    "a length that is none": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +5\r\n\r\nabcde",
    "a length without end": b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
    "an unknown coding": CHUNKED.replace(b"chunked", b"gzip") + b"abc",
    "a coding after the last": CHUNKED.replace(b"chunked", b"chunked, identity") + b"0\r\n\r\n",
    "a coding in HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"0\r\n\r\n",
    "a bad chunk": CHUNKED + b"zz\r\n",
    "a chunk longer than it says": CHUNKED + b"1\r\nabc\r\n0\r\n\r\n",
    "a chunk without end": CHUNKED + b"fffffffffffffffff\r\n",
}


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN)
def test_what_is_no_http_is_told_so_and_the_connection_ends(port: int, sent: bytes) -> None:
    heard = say(port, sent)
    assert (heard.told, heard.closed) == (["malformed-request"], True)
    assert heard.answers[0].headers["connection"] == "close"
    assert heard.seconds < 1


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN)
def test_it_is_told_the_same_byte_by_byte(port: int, sent: bytes) -> None:
    heard = say(port, *(sent[n : n + 7] for n in range(0, len(sent), 7)), pause=0.002)
    assert (heard.told, heard.closed) == (["malformed-request"], True)


@pytest.mark.parametrize("sent", BROKEN.values(), ids=BROKEN)
def test_it_is_told_after_what_was_asked_before(port: int, sent: bytes) -> None:
    """One packet, one connection: the earlier requests are answered, in order, and not by the complaint."""
    heard = say(port, LIVE + LOGIN + sent)
    assert (heard.told, heard.closed) == ([200, "invalid-credentials", "malformed-request"], True)


def test_the_callers_own_request_id_comes_back(port: int) -> None:
    heard = say(port, b"GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: my-request-42\r\nA: \0\r\n\r\n")
    assert heard.answers[0].headers["x-request-id"] == "my-request-42"


LAST_WORDS = {
    "malformed-request": b"no HTTP\r\n\r\n",
    "request-timeout": LIVE[:-2],
    "headers-too-large": b"GET /" + b"x" * 9000,
}


@pytest.mark.parametrize("slug", LAST_WORDS)
def test_a_last_word_is_a_whole_problem(port: int, slug: str) -> None:
    """What its type says, and nothing beside: the requests of which no app ever hears."""
    heard = say(port, LAST_WORDS[slug])
    assert (heard.told, heard.closed) == ([slug], True)
    [answer] = heard.answers
    body = json.loads(answer.body)
    assert body.keys() == {"type", "title", "status", "instance"}
    assert body["type"] == f"http://127.0.0.1:8000/problems/{slug}"
    assert "x-request-id" in answer.headers


# Slow clients


@pytest.mark.parametrize(
    "begun",
    [(), (b"G",), (LIVE[:-2],), (LOGIN[:-5],), (CHUNKED,), (CHUNKED, b"3\r\nab"), (b"\r\n", b"\r\n")],
    ids=["nothing", "a letter", "half a head", "half a body", "no chunk", "half a chunk", "empty lines"],
)
def test_who_falls_silent_is_told_and_cut_off(port: int, begun: tuple[bytes, ...]) -> None:
    heard = say(port, *begun)
    assert (heard.told, heard.closed) == (["request-timeout"], True)
    assert 0.4 < heard.seconds < 1.5


@pytest.mark.parametrize("sent", [LOGIN, LIVE, CHUNKED + b"1\r\n{\r\n" * 30], ids=["length", "head", "chunks"])
def test_dripping_does_not_help(port: int, sent: bytes) -> None:
    heard = say(port, *(sent[n : n + 1] for n in range(len(sent))), pause=0.03)
    assert (heard.told, heard.closed) == (["request-timeout"], True)
    assert heard.seconds < 1.5


def test_an_idle_connection_ends_without_a_word(port: int) -> None:
    heard = say(port, LIVE)
    assert (heard.told, heard.closed) == ([200], True)
    assert 0.9 < heard.seconds < 2


def test_between_two_requests_time_does_not_count_as_slowness(port: int) -> None:
    assert say(port, LIVE, LIVE, LIVE, pause=0.4).told == [200, 200, 200]


def test_the_next_request_has_its_own_time(port: int) -> None:
    heard = say(port, LIVE, LIVE[:10], LIVE[10:], LOGIN[:30], pause=0.3)
    assert (heard.told, heard.closed) == ([200, 200, "request-timeout"], True)


def test_two_hundred_silent_connections_hold_up_nobody(port: int) -> None:
    silent = [socket.create_connection(("127.0.0.1", port)) for _ in range(200)]
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}") as client:
            start = time.monotonic()
            assert [client.get("/health/live").status_code for _ in range(50)] == [200] * 50
            assert time.monotonic() - start < 2
        for connection in silent:
            connection.settimeout(5)
            assert b"request-timeout" in connection.recv(65536)
    finally:
        for connection in silent:
            connection.close()


def test_who_does_not_read_its_answer_is_cut_off(bare: int) -> None:
    for header in (b"", b"Connection: close\r\n"):
        with socket.socket() as client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            client.connect(("127.0.0.1", bare))
            client.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n" + header + b"\r\n")
            time.sleep(5)
            assert len(_rest(client)) < MUCH


def test_who_reads_slowly_is_not(bare: int) -> None:
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        client.connect(("127.0.0.1", bare))
        client.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        read = 0
        for _ in range(100):
            time.sleep(0.02)
            read += len(client.recv(1024 * 1024))
        assert read + len(_rest(client)) > MUCH


def _rest(client: socket.socket) -> bytes:
    client.settimeout(5)
    raw = bytearray()
    try:
        while piece := client.recv(1024 * 1024):
            raw += piece
    except ConnectionError:
        pass
    return bytes(raw)


# Heads without measure


def _head(line: int = 0, fields: int = 0, total: int = 0) -> bytes:
    """A request for /health/live whose line, number of headers or whole head has exactly this measure."""
    path = b"/health/live"
    if line:
        path += b"?" + b"q" * (line - len(b"GET /health/live? HTTP/1.1\r\n"))
    lines = [b"GET " + path + b" HTTP/1.1", b"Host: x", *(b"A: b" for _ in range(fields - 1))]
    if total:
        lines.append(b"B: " + b"b" * (total - sum(len(line) + 2 for line in lines) - len(b"B: \r\n")))
    return b"\r\n".join([*lines, b"", b""])


@pytest.mark.parametrize("head", [_head(fields=MAX_FIELDS), _head(total=MAX_HEAD)], ids=["fields", "total"])
def test_a_head_may_be_as_large_as_allowed(port: int, head: bytes) -> None:
    assert say(port, head).told == [200]


def test_a_line_may_be_as_long_as_allowed(port: int) -> None:
    assert say(port, _head(line=MAX_LINE)).told == ["validation-error"]  # there is no such parameter


@pytest.mark.parametrize(
    "head",
    [
        _head(line=MAX_LINE + 1),
        _head(fields=MAX_FIELDS + 1),
        _head(total=MAX_HEAD + 1),
        _head(line=10 * MAX_LINE),
        _head(fields=10 * MAX_FIELDS),
        _head(total=60 * MAX_HEAD),
        _head(total=2 * MAX_HEAD)[:-4],
        CHUNKED + b"1;" + b"x" * 60 * MAX_HEAD,
        CHUNKED + b"0\r\nTrailer: " + b"x" * 60 * MAX_HEAD,
        CHUNKED + b"0\r\n" + b"A: b\r\n" * MAX_FIELDS + b"\r\n",
    ],
    ids=["line", "fields", "total", "lines", "many", "huge", "endless", "chunk", "trailer", "trailers"],
)
def test_a_larger_one_is_refused(port: int, head: bytes) -> None:
    heard = say(port, head)
    assert (heard.told, heard.closed) == (["headers-too-large"], True)
    assert heard.seconds < 1
    assert say(port, head[: len(head) // 2], head[len(head) // 2 :]).told == ["headers-too-large"]


# Bodies


def test_a_body_without_measure_is_refused_however_it_is_announced(port: int) -> None:
    much = b" " * (1024 * 1024 + 1)
    assert say(port, CHUNKED + b"%x\r\n" % len(much), much, b"\r\n0\r\n\r\n").told == ["payload-too-large"]
    assert say(port, LOGIN.partition(b"\r\n\r\n")[0].replace(b"th: 5", b"th: 99999") + b"\r\n\r\n").told == [
        "payload-too-large"
    ]


def test_who_sends_on_after_the_answer_is_cut_off(port: int) -> None:
    head = b"POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Length: 999999999\r\n\r\n"
    heard = say(port, head, *(b" " * 1000 for _ in range(100)), pause=0.02)
    assert (heard.told, heard.closed) == (["payload-too-large"], True)
    assert heard.seconds < 3


def test_trailers_are_no_headers(port: int) -> None:
    body = b'{"organization": "a", "email": "b", "password": "c"}'
    trailers = b"Content-Type: text/plain\r\nContent-Type: text/plain\r\nX-Request-Id: from-a-trailer\r\n"
    heard = say(port, CHUNKED + b"%x\r\n" % len(body) + body + b"\r\n0\r\n" + trailers + b"\r\n" + LIVE)
    assert heard.told == ["invalid-credentials", 200]
    assert heard.answers[0].headers["x-request-id"] != "from-a-trailer"


def test_what_follows_an_upgrade_is_no_request(port: int) -> None:
    """The parser does not read the body of such a request: it would be taken for the next one."""
    upgrade = LOGIN.replace(b"Host: x", b"Host: x\r\nConnection: Upgrade\r\nUpgrade: h2c").partition(b"\r\n\r\n")[0]
    for pieces in ((upgrade + b"\r\n\r\n" + LIVE,), (upgrade + b"\r\n\r\n", LIVE)):
        heard = say(port, *pieces)
        assert (heard.told, heard.closed) == (["malformed-request"], True)


# Pipelines


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    sent = [LIVE, LOGIN, request("GET", "/nowhere"), request("HEAD", "/health/ready"), LIVE]
    for pieces in ([b"".join(sent)], sent):
        assert say(port, *pieces).told == [200, "invalid-credentials", "resource-not-found", 200, 200]


def test_a_flood_of_requests_is_answered_up_to_a_point(port: int) -> None:
    heard = say(port, LIVE * 1000)
    assert heard.closed
    assert heard.told == [200] * (MAX_QUEUED + 1)


@get("/slow")
async def slow() -> str:
    await asyncio.sleep(0.8)
    return "slow"


@get("/much", media_type="text/plain")
async def much() -> bytes:
    return b"x" * MUCH


@post("/echo", status_code=200)
async def echo(data: JSONBody[dict[str, str]]) -> Response[dict[str, str]]:
    return Response(data)


@pytest.fixture(scope="module")
def bare() -> Iterator[int]:
    """Two handlers and nothing around them."""
    options = HttpOptions(
        public_url="http://x",
        signup_open=False,
        limit_per_principal=Rate(1, 1),
        trusted_proxies=(),
        new_id=new_id,
    )
    app = Litestar([slow, echo, much], state=State({"options": options}), logging_config=None)
    with listening(app, Hurried) as port:
        yield port


ECHO = request("POST", "/echo", b'{"a": "b"}')
SLOW = request("GET", "/slow")


@pytest.mark.parametrize("cut", [5, 40, len(ECHO) - 3])
def test_who_waits_for_us_is_not_slow(bare: int, cut: int) -> None:
    """A request that comes while another one is served has its time once that is answered."""
    heard = say(bare, SLOW + ECHO[:cut], ECHO[cut:], pause=1.0)
    assert [answer.body for answer in heard.answers] == [b"slow", b'{"a":"b"}']


@pytest.mark.parametrize("cut", [5, 40, len(ECHO) - 3])
def test_but_it_does_have_an_end(bare: int, cut: int) -> None:
    heard = say(bare, SLOW + ECHO[:cut])
    assert [answer.status for answer in heard.answers] == [200, 408]
    assert heard.answers[1].slug == "request-timeout"
    assert 1.1 < heard.seconds < 2.5


# As it is served


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("served")) as served:
        yield served


def test_serve_speaks_this_protocol(served: Served) -> None:
    assert say(served.port, b"GARBAGE\r\n\r\n").told == ["malformed-request"]
    assert say(served.port, _head(fields=MAX_FIELDS + 1)).told == ["headers-too-large"]


@pytest.mark.skipif(trials(1, 0) == 0, reason="takes ten seconds: only in a thorough run")
def test_a_client_has_ten_seconds(served: Served) -> None:
    for begun in (b"", LIVE[:-2], LOGIN[:-5]):
        heard = say(served.port, begun, patience=15)
        assert heard.told == ["request-timeout"]
        assert 9.5 < heard.seconds < 11.5


def test_every_request_leaves_one_line(served: Served, tmp_path: Path) -> None:
    with served.client() as client:
        client.get("/v1/orders?customerId=0190a0a0-0000-7000-8000-000000000000", headers={"X-Request-Id": "told-once"})
        token = client.headers["Authorization"].removeprefix("Bearer ")
    say(served.port, b"GET / HTTP/1.1\r\nHost: x\r\nX-Request-Id: told-at-once\r\nA: \0\r\n\r\n")
    log = (served.directory / "serve.log").read_text()
    [line] = [json.loads(line) for line in log.splitlines() if '"told-once"' in line]
    assert (line["level"], line["method"], line["path"], line["status"]) == ("info", "GET", "/v1/orders", 200)
    assert line["organization"]
    assert line["principal"].startswith("user:")
    assert line["client"] == "127.0.0.1"
    assert line["durationMs"] > 0
    [line] = [json.loads(line) for line in log.splitlines() if '"told-at-once"' in line]
    assert (line["status"], line["problem"]) == (400, "malformed-request")
    assert "customerId" not in log
    assert "owner@demo.example" not in log.split('{"time"', 1)[1]
    assert token not in log
