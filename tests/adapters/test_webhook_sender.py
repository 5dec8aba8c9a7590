"""The sender: it reaches what it has checked and nothing else, and no receiver can hold it up."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic

import pytest

from adapters.webhooks import HttpSender, SystemResolver
from adapters.webhooks.sender import MOST
from application.webhooks.ports import NotSent, Sent, Why
from domain.webhooks.reach import Address
from domain.webhooks.target import TargetRules
from tests.adapters.webhook_receiver import certificate, plainly, receiving

HEADERS = {"Content-Type": "application/json", "webhook-id": "one"}
BODY = b'{"type":"order.placed"}'


@dataclass
class Names:
    """A resolver that answers each question with the next of its answers, the last one for ever."""

    answers: list[Sequence[str]]
    asked: list[str] = field(default_factory=list)

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        found = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if not found:
            raise socket.gaierror(socket.EAI_NONAME, "no such name")
        return found


@dataclass(frozen=True)
class AsIfPublic(TargetRules):
    """One's own machine stands for the public internet, all else is as it is: what is reached can so be seen."""

    def reaches(self, address: Address) -> bool:
        return str(address) == "127.0.0.1" or TargetRules().reaches(address)


async def sent(url: str, *addresses: str, rules: TargetRules | None = None, deadline: float = 3.0) -> Sent | NotSent:
    resolve = Names([addresses or ("127.0.0.1",)])
    sender = HttpSender(rules or TargetRules(private=True), resolve, deadline=deadline)
    return await sender.send(url, HEADERS, BODY)


async def test_it_posts_the_body_with_its_headers_to_the_address_as_the_name() -> None:
    async with receiving(plainly("202 Accepted")) as receiver:
        told = await sent(f"http://Hooks.Example.com:{receiver.port}/orders?shop=1")
        assert isinstance(told, Sent)
        assert told.status == 202
        head, body = receiver.heard[0]
        assert head.startswith("POST /orders?shop=1 HTTP/1.1\r\n")
        assert body == BODY
        assert receiver.header("host") == [f"hooks.example.com:{receiver.port}"]
        assert receiver.header("webhook-id") == ["one"]
        assert receiver.header("content-length") == [str(len(BODY))]


PRIVATE = [
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104 - refused
    "10.1.2.3",
    "100.64.0.1",
    "169.254.169.254",
    "172.16.9.9",
    "192.168.0.1",
    "198.18.0.1",
    "203.0.113.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::10.0.0.1",
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
    "2002:a00:1::",
    "fe80::1",
    "fe80::1%1",
    "fd00::1",
    "ff02::1",
    "2001:db8::1",
]


@pytest.mark.parametrize("address", PRIVATE)
async def test_a_name_that_leads_to_a_private_address_is_refused(address: str) -> None:
    for found in ([address], ["8.8.8.8", address], [address, "2606:4700::1111"]):
        told = await sent("https://hooks.example.com/", *found, rules=TargetRules())
        assert isinstance(told, NotSent)
        assert told.why is Why.REFUSED


@pytest.mark.parametrize("host", ["2130706433", "0x7f.1", "0177.0.0.1", "127.1", "localhost.", "[::ffff:7f00:1]"])
async def test_nothing_is_asked_of_anybody_where_the_url_is_refused(host: str) -> None:
    resolve = Names([["8.8.8.8"]])
    told = await HttpSender(TargetRules(), resolve).send(f"https://{host}/", HEADERS, BODY)
    assert isinstance(told, NotSent)
    assert told.why is Why.REFUSED
    assert resolve.asked == []


async def test_a_url_that_was_fit_for_development_is_not_sent_to_in_earnest() -> None:
    told = await sent("http://hooks.example.com/", "8.8.8.8", rules=TargetRules())
    assert isinstance(told, NotSent)
    assert told.why is Why.REFUSED


async def test_a_name_that_changes_its_mind_between_check_and_connect_changes_nothing() -> None:
    """The receiver listens on 127.0.0.2, too: whoever resolved again would get there."""
    async with receiving() as checked, receiving(host="127.0.0.2") as other:
        resolve = Names([["127.0.0.1"], ["127.0.0.2"]])
        sender = HttpSender(AsIfPublic(private=True), resolve, deadline=3)
        told = await sender.send(f"http://rebinding.example.com:{checked.port}/", HEADERS, BODY)
        assert isinstance(told, Sent)
        assert resolve.asked == ["rebinding.example.com"]
        assert (len(checked.heard), len(other.heard)) == (1, 0)
        told = await sender.send(f"http://rebinding.example.com:{other.port}/", HEADERS, BODY)
        assert isinstance(told, NotSent)
        assert told.why is Why.REFUSED
        assert (checked.connections, other.connections) == (1, 0)


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
async def test_a_redirect_is_an_answer_and_leads_nowhere(status: str) -> None:
    async with receiving() as inside, receiving(plainly(status, f"Location: http://127.0.0.1:{inside.port}/")) as door:
        told = await sent(f"http://hooks.example.com:{door.port}/")
        assert isinstance(told, Sent)
        assert told.status == int(status[:3])
        assert inside.connections == 0


async def test_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiving() as proxy, receiving() as receiver:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert isinstance(await sent(f"http://hooks.example.com:{receiver.port}/"), Sent)
        assert (proxy.connections, receiver.connections) == (0, 1)


async def test_where_one_address_does_not_answer_another_one_is_asked() -> None:
    async with receiving() as receiver:
        told = await sent(f"http://hooks.example.com:{receiver.port}/", "127.0.0.9", "127.0.0.1")
        assert isinstance(told, Sent)
        assert len(receiver.heard) == 1


async def test_the_certificate_is_the_names_though_the_connection_is_the_addresss(tmp_path: Path) -> None:
    served, trusted = certificate(tmp_path, "hooks.example.com")
    async with receiving(tls=served) as receiver:
        sender = HttpSender(TargetRules(private=True), Names([["127.0.0.1"]]), trusted, deadline=3)
        assert isinstance(await sender.send(f"https://hooks.example.com:{receiver.port}/", HEADERS, BODY), Sent)
        assert receiver.names == ["hooks.example.com"]
        for impostor in (f"https://other.example.com:{receiver.port}/", f"https://127.0.0.1:{receiver.port}/"):
            told = await sender.send(impostor, HEADERS, BODY)
            assert isinstance(told, NotSent)
            assert told.why is Why.UNREACHABLE
        stranger = HttpSender(TargetRules(private=True), Names([["127.0.0.1"]]), deadline=3)
        told = await stranger.send(f"https://hooks.example.com:{receiver.port}/", HEADERS, BODY)
        assert isinstance(told, NotSent)
        assert told.why is Why.UNREACHABLE
        assert len(receiver.heard) == 1


async def test_an_address_has_a_certificate_of_its_own(tmp_path: Path) -> None:
    served, trusted = certificate(tmp_path, "127.0.0.1")
    async with receiving(tls=served) as receiver:
        sender = HttpSender(TargetRules(private=True), Names([["127.0.0.1"]]), trusted, deadline=3)
        assert isinstance(await sender.send(f"https://127.0.0.1:{receiver.port}/", HEADERS, BODY), Sent)


async def test_an_answer_that_trickles_is_over_when_time_is() -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b".")
            await writer.drain()
            await asyncio.sleep(0.1)

    async with receiving(trickle) as receiver:
        start = monotonic()
        told = await sent(f"http://hooks.example.com:{receiver.port}/", deadline=0.5)
        assert isinstance(told, NotSent)
        assert told.why is Why.TIMED_OUT
        assert 0.4 < monotonic() - start < 2
        assert 400 < told.ms < 2000
        await asyncio.wait_for(receiver.hung_up.wait(), 2)


async def test_headers_that_trickle_are_over_when_time_is_too() -> None:
    async def trickle(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X: y\r\n")
            await writer.drain()
            await asyncio.sleep(0.1)

    async with receiving(trickle) as receiver:
        told = await sent(f"http://hooks.example.com:{receiver.port}/", deadline=0.5)
        assert isinstance(told, NotSent)
        assert told.why is Why.TIMED_OUT


async def test_a_name_that_takes_for_ever_is_over_when_time_is() -> None:
    async def never(_: str) -> Sequence[str]:
        await asyncio.sleep(60)
        return []

    told = await HttpSender(TargetRules(), never, deadline=0.2).send("https://hooks.example.com/", HEADERS, BODY)
    assert isinstance(told, NotSent)
    assert told.why is Why.TIMED_OUT


async def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    size = 64 * 1024 * 1024

    async def pour(writer: asyncio.StreamWriter) -> None:
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {size}\r\nContent-Encoding: gzip\r\n\r\n".encode())
        for _ in range(size // MOST):
            writer.write(b"." * MOST)
            await writer.drain()
            receiver.written += MOST

    async with receiving(pour) as receiver:
        told = await sent(f"http://hooks.example.com:{receiver.port}/", deadline=5)
        assert isinstance(told, Sent)
        assert told.status == 200
        await asyncio.wait_for(receiver.hung_up.wait(), 5)
        assert receiver.written < size / 2


async def test_what_is_no_http_is_broken() -> None:
    async def babble(writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n\r\n")

    async def hang_up(writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def stop_short(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n.")

    for answer in (babble, hang_up, stop_short):
        async with receiving(answer) as receiver:
            told = await sent(f"http://hooks.example.com:{receiver.port}/")
            assert isinstance(told, NotSent)
            assert told.why is Why.BROKEN


async def test_nobody_is_there() -> None:
    async with receiving() as receiver:
        pass
    told = await sent(f"http://hooks.example.com:{receiver.port}/")
    assert isinstance(told, NotSent)
    assert told.why is Why.UNREACHABLE
    told = await HttpSender(TargetRules(), Names([[]])).send("https://hooks.example.com/", HEADERS, BODY)
    assert isinstance(told, NotSent)
    assert told.why is Why.UNRESOLVED


async def test_the_systems_resolver_knows_this_machine_and_not_what_cannot_be() -> None:
    resolve = SystemResolver()
    assert "127.0.0.1" in await resolve("127.0.0.1")
    assert set(await resolve("localhost")) <= {"127.0.0.1", "::1"}
    for host in ("a" * 64 + ".invalid", "no-such-name.invalid"):
        with pytest.raises(OSError):  # noqa: PT011 - each platform has its own words
            await resolve(host)
    resolve.close()
