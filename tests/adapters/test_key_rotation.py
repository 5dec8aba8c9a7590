"""Keys rotate under a running service: nobody is logged out, except where a key must be forgotten at once."""

import json
import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from joserfc.jwk import ECKey, OctKey

from adapters.jwt import (
    JwtTokens,
    KeyFile,
    KeyUnfit,
    Purpose,
    SigningKeys,
    in_use,
    new_signing_key,
    new_signing_keys,
    rotated,
)
from adapters.jwt.key_file import LOOK_EVERY
from adapters.system import SystemClock, new_id
from application.identity.ports import Bearer
from application.shared.caller import PrincipalKind
from domain.identity.errors import InvalidToken
from domain.identity.roles import Role

ISSUER: Final = "https://orders.example.test"

SETS: Final[dict[str, Callable[[], str]]] = {
    "Ed25519": new_signing_keys,
    "ES256": lambda: rotated(json.dumps(ECKey.generate_key("P-256").as_dict(private=True))),
    "HS256": lambda: rotated(json.dumps(OctKey.generate_key(256).as_dict(private=True))),
}


@dataclass
class Ticks:
    """A clock that only we advance; in seconds."""

    at: float = 100.0

    def __call__(self) -> float:
        return self.at


@dataclass
class Service:
    """One process: its tokens, the file of its keys, its clock."""

    tokens: JwtTokens
    file: Path
    ticks: Ticks

    def put(self, text: str) -> None:
        draft = self.file.with_suffix(".draft")
        draft.write_text(text)
        draft.replace(self.file)

    def rotate(self, *, forget: bool = False) -> None:
        self.put(rotated(self.file.read_text(), forget=forget))

    def wait(self, seconds: float = LOOK_EVERY) -> None:
        self.ticks.at += seconds

    def token(self) -> str:
        return self.tokens.issue(bearer()).token

    def refuses(self, token: str) -> bool:
        try:
            self.tokens.verify(token)
        except InvalidToken:
            return True
        return False


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "signing.jwk"
    file.write_text(new_signing_keys())
    return file


def serving(file: Path) -> Service:
    ticks = Ticks()
    return Service(JwtTokens(KeyFile(file, ticks), ISSUER, SystemClock(), new_id), file, ticks)


@pytest.fixture
def service(file: Path) -> Service:
    return serving(file)


def bearer() -> Bearer:
    return Bearer(
        organization=new_id(),
        kind=PrincipalKind.USER,
        id=new_id(),
        role=Role.OPERATOR,
        customer_id=None,
        credential=new_id(),
    )


def kids(text: str) -> list[str]:
    return [key.kid for key in in_use(text)]


def kid_of(service: Service) -> Any:
    return SigningKeys.parse(service.file.read_text()).signing.kid


@pytest.mark.parametrize("algorithm", SETS)
def test_next_signs_and_what_signed_is_believed_for_one_term(algorithm: str) -> None:
    first = SETS[algorithm]()
    second = rotated(first)
    third = rotated(second)
    assert [key.purpose for key in in_use(second)] == [Purpose.SIGNING, Purpose.NEXT, Purpose.BELIEVED]
    assert (kids(second)[0], kids(second)[2]) == (kids(first)[1], kids(first)[0])
    assert (kids(third)[0], kids(third)[2]) == (kids(second)[1], kids(second)[0])
    assert kids(first)[0] not in kids(third)
    assert {key.algorithm for key in in_use(third)} == {algorithm}


def test_what_is_only_believed_has_no_private_part() -> None:
    assert ["d" in key for key in json.loads(rotated(new_signing_keys()))["keys"]] == [True, True, False]


def test_a_shared_secret_that_is_believed_stays_whole() -> None:
    assert all(key["k"] for key in json.loads(rotated(SETS["HS256"]()))["keys"])


def test_forgetting_drops_the_former_key_at_once() -> None:
    before = new_signing_keys()
    after = rotated(before, forget=True)
    assert [key.purpose for key in in_use(after)] == [Purpose.SIGNING, Purpose.NEXT]
    assert kids(before)[0] not in kids(after)


@pytest.mark.parametrize("forget", [False, True])
def test_a_single_key_becomes_a_set(forget: bool) -> None:
    """Nothing was published ahead, so the key that signs is a fresh one; its next one is published in time."""
    single = new_signing_key()
    assert [key.purpose for key in in_use(single)] == [Purpose.SIGNING]
    after = rotated(single, forget=forget)
    assert [key.purpose for key in in_use(after)] == [Purpose.SIGNING, Purpose.NEXT, Purpose.BELIEVED][: 3 - forget]
    assert (json.loads(single)["kid"] in kids(after)) is not forget


def test_a_key_without_an_id_keeps_the_one_that_its_tokens_name() -> None:
    single = {name: value for name, value in json.loads(new_signing_key()).items() if name != "kid"}
    [before] = kids(json.dumps(single))
    assert kids(rotated(json.dumps(single)))[2] == before


def test_only_a_private_key_can_be_next() -> None:
    signing, other = (json.loads(new_signing_key()) for _ in range(2))
    public = {name: value for name, value in other.items() if name != "d"}
    both = json.dumps({"keys": [signing, public]})
    assert [key.purpose for key in in_use(both)] == [Purpose.SIGNING, Purpose.BELIEVED]


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"keys": []}', "secret"])
def test_what_are_no_keys_does_not_rotate(text: str) -> None:
    with pytest.raises(KeyUnfit):
        rotated(text)


def test_a_running_service_signs_with_the_next_key_within_a_second(service: Service) -> None:
    former = service.token()
    service.rotate()
    service.wait()
    fresh = service.token()
    assert LOOK_EVERY < 1
    assert json.loads(_header(fresh))["kid"] == kid_of(service) != json.loads(_header(former))["kid"]
    assert not service.refuses(former)
    assert not service.refuses(fresh)


def test_it_publishes_what_is_in_the_file(service: Service) -> None:
    for _ in range(3):
        service.rotate()
        service.wait()
        published = service.tokens.jwks()["keys"]
        assert [key["kid"] for key in published] == kids(service.file.read_text())
        assert not any("d" in key for key in published)


@pytest.mark.parametrize("seen", [True, False], ids=["remembered", "never seen"])
def test_what_a_dropped_key_signed_is_refused_though_it_was_seen(service: Service, seen: bool) -> None:
    token = service.token()
    if seen:
        assert not service.refuses(token)
    service.rotate(forget=True)
    service.wait()
    assert service.refuses(token)


def test_after_two_rotations_the_first_key_is_no_longer_believed(service: Service) -> None:
    token = service.token()
    service.rotate()
    service.wait()
    assert not service.refuses(token)
    service.rotate()
    service.wait()
    assert service.refuses(token)


def test_another_key_under_the_same_id_is_another_key(service: Service) -> None:
    token = service.token()
    assert not service.refuses(token)
    service.put(json.dumps({**json.loads(new_signing_key()), "kid": kid_of(service)}))
    service.wait()
    assert service.refuses(token)


def test_of_two_processes_the_slower_one_believes_what_the_faster_one_signs(file: Path) -> None:
    """The next key is known before it signs; and a key that is not known is looked for at once."""
    faster, slower = serving(file), serving(file)
    faster.rotate()
    faster.wait()
    assert not slower.refuses(faster.token())
    file.write_text(new_signing_key())
    faster.wait()
    assert not slower.refuses(faster.token())


@pytest.mark.parametrize("unfit", ["", "half a fi", '{"keys": []}', "\0"])
def test_an_unfit_file_changes_nothing_and_is_logged(
    service: Service, unfit: str, caplog: pytest.LogCaptureFixture
) -> None:
    token, before = service.token(), service.file.read_text()
    service.put(unfit)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            service.wait()
            assert not service.refuses(token)
            assert not service.refuses(service.token())
    assert len([record for record in caplog.records if "stay as they were" in record.message]) == 1
    assert json.loads(before)["keys"][0]["d"] not in caplog.text
    service.put(rotated(before, forget=True))
    service.wait()
    assert service.refuses(token)


def test_a_file_that_is_gone_changes_nothing_and_is_seen_again(service: Service) -> None:
    token, text = service.token(), service.file.read_text()
    service.file.unlink()
    service.wait()
    assert not service.refuses(token)
    service.put(rotated(text, forget=True))
    service.wait()
    assert service.refuses(token)


def test_a_link_that_leads_elsewhere_is_seen(tmp_path: Path) -> None:
    """As secrets are mounted in clusters."""
    for name in ("one", "two"):
        (tmp_path / name).write_text(new_signing_keys())
    link = tmp_path / "signing.jwk"
    link.symlink_to("one")
    service = serving(link)
    token = service.token()
    (tmp_path / "link").symlink_to("two")
    (tmp_path / "link").replace(link)
    service.wait()
    assert service.refuses(token)


def test_the_file_is_looked_at_twice_a_second_at_most(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    token = service.token()
    looks: list[object] = []
    real = os.stat
    monkeypatch.setattr(os, "stat", lambda path, **named: looks.append(path) or real(path, **named))
    for _ in range(100):
        service.wait(0.01)
        service.tokens.verify(token)
    assert looks.count(service.file) == 2


def test_without_a_fit_file_there_is_no_start(tmp_path: Path) -> None:
    (tmp_path / "unfit").write_text("secret")
    for name in ("unfit", "missing"):
        with pytest.raises(KeyUnfit) as refused:
            KeyFile(tmp_path / name)
        assert "secret" not in str(refused.value)


def _header(token: str) -> str:
    from base64 import urlsafe_b64decode

    return urlsafe_b64decode(token.partition(".")[0] + "==").decode()
