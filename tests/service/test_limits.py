"""The service as it runs does not believe whoever claims to speak for others."""

from pathlib import Path

import httpx

from tests.service.served import Served

TWO_LOGINS = {"ORDERWRIGHT_LIMIT_LOGIN_PER_ADDRESS": "2/hour"}


def _log_in_as(served: Served, claimed: str) -> int:
    """Log in from this machine, forwarding for `claimed`. Returns the status."""
    body = {"organization": "nobody", "email": "nobody@example.com", "password": "wrong"}
    return httpx.post(f"{served.url}/v1/auth/login", json=body, headers={"X-Forwarded-For": claimed}).status_code


def test_the_server_beneath_does_not_exchange_the_client(tmp_path: Path) -> None:
    """uvicorn would, on its own, believe whoever connects from this machine."""
    with Served(tmp_path, environment=TWO_LOGINS) as served:
        assert [_log_in_as(served, f"192.0.2.{n}") for n in range(3)] == [401, 401, 429]


def test_workers_count_together_and_believe_a_proxy_that_is_trusted(tmp_path: Path) -> None:
    trusting = {**TWO_LOGINS, "ORDERWRIGHT_TRUSTED_PROXIES": "127.0.0.1"}
    with Served(tmp_path, environment=trusting, options=("--workers", "2")) as served:
        for client in ("192.0.2.1", "192.0.2.2"):
            assert [_log_in_as(served, client) for _ in range(8)] == [401, 401] + [429] * 6
