"""A receiver of webhooks on this machine, which answers whatever a test wants; and certificates for it."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


def plainly(status: str = "204 No Content", *headers: str) -> Answer:
    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write("\r\n".join([f"HTTP/1.1 {status}", "Content-Length: 0", *headers, "", ""]).encode())

    return answer


@dataclass
class Receiver:
    """`heard`: the head and the body of every request; `hung_up`: connections that the other side has ended."""

    port: int = 0
    heard: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    written: int = 0
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)
    names: list[str | None] = field(default_factory=list)

    def header(self, name: str) -> list[str]:
        """What the last request said."""
        lines = (line.partition(": ") for line in self.heard[-1][0].split("\r\n"))
        return [value for known, _, value in lines if known.lower() == name.lower()]


@asynccontextmanager
async def receiving(
    answer: Answer | None = None, *, host: str = "127.0.0.1", tls: ssl.SSLContext | None = None
) -> AsyncIterator[Receiver]:
    receiver, answers = Receiver(), answer or plainly()
    if tls is not None:
        tls.sni_callback = lambda _, name, __: receiver.names.append(name)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        receiver.connections += 1
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            length = next(
                (int(line[15:]) for line in head.split("\r\n") if line.lower().startswith("content-length:")), 0
            )
            receiver.heard.append((head, await reader.readexactly(length)))
            await answers(writer)
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            receiver.hung_up.set()
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0, ssl=tls)
    async with server:
        receiver.port = server.sockets[0].getsockname()[1]
        yield receiver


def certificate(directory: Path, *names: str) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """Return what a server of these names shows, and what a client knows who trusts nobody else."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "receiver")])
    at = datetime.now(UTC)
    known: list[x509.GeneralName] = [
        x509.IPAddress(ip_address(name)) if name[0].isdecimal() else x509.DNSName(name) for name in names
    ]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - timedelta(minutes=1))
        .not_valid_after(at + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName(known), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = directory / "receiver.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(pem)
    return server, ssl.create_default_context(cafile=str(pem))
