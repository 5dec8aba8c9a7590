"""The last steps of the demo: a webhook that is received and verified, and the mail that a customer would get."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, Queue
from typing import Any, Final
from uuid import UUID

from rich.console import Console
from rich.markup import escape

from adapters.mail.letters import letter
from application.delivery.notices import Notice, Recipient
from domain.webhooks.signature import parsed_secret
from entrypoints.listening import Listening

Step = Callable[..., Any]
"""`Walk.step` of the demo."""

WITHIN: Final = 15.0
"""Seconds in which a worker brings a webhook."""

TOLD: Final = "order.confirmed"


def tell(step: Step, console: Console, buy: Callable[[], str], shop: str, buyer: Recipient) -> bool:
    """Show a webhook and a mail of an order that `buy` places, and returns the path of. False: no webhook came."""
    port = _free_port()
    body = {"url": f"http://127.0.0.1:{port}/", "eventTypes": [TOLD]}
    endpoint = step("A webhook endpoint on this machine", "POST", "/v1/webhook-endpoints", body, expect=201)
    with _listening(parsed_secret(endpoint["secret"]), port) as told:
        step("An order is confirmed", "POST", f"{buy()}/confirm", {"paymentMethod": "pm_ok"}, expect=200)
        try:
            event = _arrived(told)
        except Empty:
            console.print(f"[red]No webhook arrived within {WITHIN:.0f} s:[/red] does a worker run?")
            return False
    console.print("[bold]It is told of it: the signature is right[/bold]")
    console.print(f"  {event['type']} {event['subject']} {event['data']['status']}")
    step("The log of deliveries", "GET", f"/v1/webhook-endpoints/{endpoint['id']}/deliveries", expect=200)
    console.print("[bold]The customer's mail, where `organizations mail` is on[/bold]")
    mail = letter(
        Notice(id=UUID(event["id"]), type=event["type"], shop=shop, recipient=buyer, order=event["data"], facts={})
    )
    console.print(f"  To: {escape(mail.recipient.email)}\n  Subject: {escape(mail.subject)}\n", soft_wrap=True)
    console.print("\n".join(f"  {escape(line)}" for line in mail.text.splitlines()), soft_wrap=True)
    return True


def _arrived(told: "Queue[str]") -> Any:
    """Return the first event that is verified. Raises: Empty."""
    while True:
        line = told.get(timeout=WITHIN)
        if line.startswith("{"):
            return json.loads(line)


@contextmanager
def _listening(secret: bytes, port: int) -> "Iterator[Queue[str]]":
    told: Queue[str] = Queue()
    server = Listening(secret, told.put, verbose=True).server(port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
