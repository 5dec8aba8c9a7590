"""Settings: all errors at once, each with what to do, and no secret in any of them."""

import json
from pathlib import Path
from stat import S_IMODE

import pytest

from adapters.postgres import Pooler
from application.identity.ports import Limit
from application.identity.rates import Rate
from entrypoints.keys import derived, make_keys, new_master_key, parsed_master_key
from entrypoints.logs import Log
from entrypoints.rotation import rotate_keys
from entrypoints.settings import Settings, SettingsInvalid
from tests.limits import SIMULATED


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    files = {f"{name}_FILE": str(file) for name, file in make_keys(tmp_path / "keys").items()}
    return {**files, **SIMULATED}


def test_with_keys_everything_else_has_a_default(keys: dict[str, str]) -> None:
    settings = Settings.read(keys)
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (settings.database_url, settings.signup_open) == (None, False)
    assert settings.limits == {
        Limit.LOGIN_PER_ACCOUNT: Rate(10, 60),
        Limit.LOGIN_PER_ADDRESS: Rate(60, 60),
        Limit.SIGNUP_PER_ADDRESS: Rate(20, 3600),
    }
    assert (settings.limit_per_principal, settings.trusted_proxies) == (Rate(200, 1), ())
    assert settings.database_pooler is Pooler.NONE
    assert (settings.cors_origins, settings.log) == ((), Log.JSON)
    assert settings.webhooks_allow_private is False


def test_what_is_set_is_read(keys: dict[str, str], tmp_path: Path) -> None:
    settings = Settings.read(
        {
            **keys,
            "DATABASE_URL": "postgresql://somebody@db/orders",
            "ORDERWRIGHT_DATABASE_POOLER": "transaction",
            "ORDERWRIGHT_PORT": "9000",
            "ORDERWRIGHT_PUBLIC_URL": "https://orders.example.com/",
            "ORDERWRIGHT_SIGNUP": "open",
            "ORDERWRIGHT_LIMIT_LOGIN_PER_ADDRESS": "5/day",
            "ORDERWRIGHT_LIMIT_PER_PRINCIPAL": "1000/hour",
            "ORDERWRIGHT_TRUSTED_PROXIES": "10.0.0.0/8, ::1",
            "ORDERWRIGHT_CORS_ORIGINS": "https://Shop.example.com, http://localhost:3000,http://[::1]:5173",
            "ORDERWRIGHT_LOG": "none",
            "ORDERWRIGHT_WEBHOOKS_ALLOW_PRIVATE": "true",
        }
    )
    assert settings.database_url == "postgresql://somebody@db/orders"
    assert settings.database_pooler is Pooler.TRANSACTION
    assert (settings.port, settings.signup_open) == (9000, True)
    assert settings.public_url == "https://orders.example.com"
    assert settings.limits[Limit.LOGIN_PER_ADDRESS] == Rate(5, 86400)
    assert settings.limit_per_principal == Rate(1000, 3600)
    assert [str(network) for network in settings.trusted_proxies] == ["10.0.0.0/8", "::1/128"]
    assert settings.cors_origins == ("https://shop.example.com", "http://localhost:3000", "http://[::1]:5173")
    assert settings.log is Log.NONE
    assert settings.webhooks_allow_private is True


def test_all_errors_come_at_once() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        Settings.read(
            {
                "DATABASE_URL": "mysql://db",
                "ORDERWRIGHT_DATABASE_POOLER": "session",
                "ORDERWRIGHT_PORT": "80000",
                "ORDERWRIGHT_PUBLIC_URL": "orders.example.com",
                "ORDERWRIGHT_SIGNUP": "maybe",
                "ORDERWRIGHT_WEBHOOKS_ALLOW_PRIVATE": "yes",
                "ORDERWRIGHT_LIMIT_SIGNUP_PER_ADDRESS": "many",
                "ORDERWRIGHT_LIMIT_PER_PRINCIPAL": "0/second",
                "ORDERWRIGHT_TRUSTED_PROXIES": "10.0.0.1/8",
                "ORDERWRIGHT_CORS_ORIGINS": "shop.example.com",
                "ORDERWRIGHT_LOG": "everything",
                "ORDERWRIGHT_SIGNING_KEY": "secret-secret",
            }
        )
    names = [error.partition(":")[0].partition(" ")[0] for error in refused.value.errors]
    assert names == [
        "ORDERWRIGHT_PORT",
        "ORDERWRIGHT_PUBLIC_URL",
        "DATABASE_URL",
        "ORDERWRIGHT_DATABASE_POOLER",
        "ORDERWRIGHT_SIGNUP",
        "ORDERWRIGHT_LIMIT_SIGNUP_PER_ADDRESS",
        "ORDERWRIGHT_LIMIT_PER_PRINCIPAL",
        "ORDERWRIGHT_TRUSTED_PROXIES",
        "ORDERWRIGHT_CORS_ORIGINS",
        "ORDERWRIGHT_LOG",
        "ORDERWRIGHT_MASTER_KEY",
        "ORDERWRIGHT_SIGNING_KEY",
        "ORDERWRIGHT_PAYMENTS",
        "ORDERWRIGHT_WEBHOOKS_ALLOW_PRIVATE",
    ]
    assert "orderwright keys" in str(refused.value)
    assert "secret-secret" not in str(refused.value)


@pytest.mark.parametrize(
    "written", ["10", "0/minute", "-1/hour", "10/week", "1.5/day", "10 / minute", "1e3/day", "٣/day"]
)
def test_a_rate_is_a_number_and_a_window(keys: dict[str, str], written: str) -> None:
    with pytest.raises(SettingsInvalid, match="such as 10/minute"):
        Settings.read({**keys, "ORDERWRIGHT_LIMIT_LOGIN_PER_ACCOUNT": written})


@pytest.mark.parametrize(
    "written", ["*", "null", "https://a.example/", "https://a.example,", "https://a.example/x", "ftp://a.example"]
)
def test_an_origin_is_what_a_browser_sends(keys: dict[str, str], written: str) -> None:
    with pytest.raises(SettingsInvalid, match="expected origins"):
        Settings.read({**keys, "ORDERWRIGHT_CORS_ORIGINS": written})


@pytest.mark.parametrize("master", ["short", "ä", "A" * 42, "A" * 44, "A" * 43 + ",x"])
def test_a_master_key_is_32_bytes(keys: dict[str, str], master: str) -> None:
    with pytest.raises(SettingsInvalid) as refused:
        Settings.read({**keys, "ORDERWRIGHT_MASTER_KEY": master})
    assert len(refused.value.errors) == 1
    assert master not in str(refused.value)


def test_two_master_keys_while_they_rotate(keys: dict[str, str]) -> None:
    new, old = new_master_key(), new_master_key()
    settings = Settings.read({**keys, "ORDERWRIGHT_MASTER_KEY": f"{new}, {old}"})
    assert settings.master_keys == (parsed_master_key(new), parsed_master_key(old))
    with pytest.raises(SettingsInvalid):
        Settings.read({**keys, "ORDERWRIGHT_MASTER_KEY": f"{new},{old},{new_master_key()}"})


def test_a_file_that_is_not_there_is_told(keys: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="cannot read"):
        Settings.read({**keys, "ORDERWRIGHT_MASTER_KEY_FILE": str(tmp_path / "nothing")})


def test_an_empty_file_is_no_key(keys: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with pytest.raises(SettingsInvalid, match="ORDERWRIGHT_SIGNING_KEY_FILE"):
        Settings.read({**keys, "ORDERWRIGHT_SIGNING_KEY_FILE": str(tmp_path / "empty")})


def test_signing_keys_of_a_file_follow_the_file_and_others_stay(keys: dict[str, str]) -> None:
    file = Path(keys["ORDERWRIGHT_SIGNING_KEY_FILE"])
    followed = Settings.read(keys).signing_keys
    fixed = Settings.read({**keys, "ORDERWRIGHT_SIGNING_KEY": file.read_text()}).signing_keys
    former, following = followed.current().all
    rotate_keys(file.parent)
    assert followed.newest().signing.kid == following.kid
    assert fixed.newest().signing.kid == former.kid


def test_settings_do_not_show_their_secrets(keys: dict[str, str]) -> None:
    shown = repr(Settings.read({**keys, "DATABASE_URL": "postgresql://me:hunter2@db/x"}))
    assert "hunter2" not in shown
    assert "master_keys" not in shown


def test_keys_are_made_once_for_us_alone(tmp_path: Path) -> None:
    made = make_keys(tmp_path / "new" / "data")
    contents = {name: file.read_text() for name, file in made.items()}
    assert {S_IMODE(file.stat().st_mode) for file in made.values()} == {0o600}
    assert [key["crv"] for key in json.loads(contents["ORDERWRIGHT_SIGNING_KEY"])["keys"]] == ["Ed25519", "Ed25519"]
    again = make_keys(tmp_path / "new" / "data")
    assert {name: file.read_text() for name, file in again.items()} == contents
    assert sorted(path.name for path in (tmp_path / "new" / "data").iterdir()) == ["master.key", "signing.jwk"]


def test_each_purpose_has_a_key_of_its_own() -> None:
    """HKDF-SHA256 without salt: the value is fixed, or every cursor and stored secret would be lost."""
    master = bytes(range(32))
    assert derived(master, "cursors") != derived(master, "webhooks")
    assert len(derived(master, "cursors")) == 32
    assert derived(master, "cursors").hex() == "467ad3ace7456ff5a4c983d35e7a11e55a852bb68cdc79039af2385c2c08c315"


def test_nobody_is_paid_by_default(keys: dict[str, str]) -> None:
    silent = {name: value for name, value in keys.items() if name != "ORDERWRIGHT_PAYMENTS"}
    for said in ({}, {"ORDERWRIGHT_PAYMENTS": ""}, {"ORDERWRIGHT_PAYMENTS": "cash"}):
        with pytest.raises(SettingsInvalid, match=r"ORDERWRIGHT_PAYMENTS.*stripe.*simulated"):
            Settings.read({**silent, **said})


def test_stripe_wants_its_key_and_nobody_sees_it(keys: dict[str, str], tmp_path: Path) -> None:
    with pytest.raises(SettingsInvalid, match="ORDERWRIGHT_STRIPE_KEY is not set"):
        Settings.read({**keys, "ORDERWRIGHT_PAYMENTS": "stripe"})
    (tmp_path / "stripe").write_text("sk_test_1\n")
    for said in ({"ORDERWRIGHT_STRIPE_KEY": "sk_test_1"}, {"ORDERWRIGHT_STRIPE_KEY_FILE": str(tmp_path / "stripe")}):
        settings = Settings.read({**keys, **said, "ORDERWRIGHT_PAYMENTS": "stripe"})
        assert settings.stripe_key == "sk_test_1"
        assert "sk_test_1" not in repr(settings)
        assert Settings.read({**keys, **said}).stripe_key is None, "whoever says simulated, means it"


def test_what_stripe_signs_with_may_be_told_and_nobody_sees_it(keys: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "whsec").write_text("whsec_1\n")
    given = {**keys, "ORDERWRIGHT_PAYMENTS": "simulated"}
    assert Settings.read(given).stripe_webhook_secret is None
    name = "ORDERWRIGHT_STRIPE_WEBHOOK_SECRET"
    for said in ({name: "whsec_1"}, {f"{name}_FILE": str(tmp_path / "whsec")}):
        settings = Settings.read({**given, **said})
        assert settings.stripe_webhook_secret == "whsec_1"
        assert "whsec_1" not in repr(settings)
    with pytest.raises(SettingsInvalid, match=f"{name}_FILE: cannot read"):
        Settings.read({**given, f"{name}_FILE": str(tmp_path / "nowhere")})


def test_mail_goes_into_the_log_where_no_server_is_set(keys: dict[str, str]) -> None:
    assert Settings.read(keys).smtp is None


def test_a_mail_server_wants_an_address_that_mail_comes_from(keys: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "smtp").write_text("smtps://user:a%20secret@mail.example\n")
    there = {**keys, "ORDERWRIGHT_SMTP_URL_FILE": str(tmp_path / "smtp")}
    with pytest.raises(SettingsInvalid, match="ORDERWRIGHT_MAIL_FROM is not set"):
        Settings.read(there)
    settings = Settings.read({**there, "ORDERWRIGHT_MAIL_FROM": "orders@shop.example"})
    assert settings.smtp is not None
    assert (settings.smtp.host, settings.smtp.password, settings.mail_from) == (
        "mail.example",
        "a secret",
        "orders@shop.example",
    )
    assert "secret" not in repr(settings)
    for unclear in ({"ORDERWRIGHT_SMTP_URL": "mail.example"}, {"ORDERWRIGHT_MAIL_FROM": "nobody"}):
        with pytest.raises(SettingsInvalid, match="expected"):
            Settings.read({**keys, "ORDERWRIGHT_MAIL_FROM": "orders@shop.example", **unclear})
