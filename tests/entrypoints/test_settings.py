"""Settings: all errors at once, each with what to do, and no secret in any of them."""

import json
from pathlib import Path
from stat import S_IMODE

import pytest

from entrypoints.keys import derived, make_keys, new_master_key, parsed_master_key
from entrypoints.settings import Settings, SettingsInvalid


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, str]:
    return {f"{name}_FILE": str(file) for name, file in make_keys(tmp_path / "keys").items()}


def test_with_keys_everything_else_has_a_default(keys: dict[str, str]) -> None:
    settings = Settings.read(keys)
    assert (settings.host, settings.port, settings.public_url) == ("127.0.0.1", 8000, "http://127.0.0.1:8000")
    assert (settings.database_url, settings.signup_open) == (None, False)


def test_what_is_set_is_read(keys: dict[str, str], tmp_path: Path) -> None:
    settings = Settings.read(
        {
            **keys,
            "DATABASE_URL": "postgresql://somebody@db/orders",
            "ORDERWRIGHT_PORT": "9000",
            "ORDERWRIGHT_PUBLIC_URL": "https://orders.example.com/",
            "ORDERWRIGHT_SIGNUP": "open",
        }
    )
    assert settings.database_url == "postgresql://somebody@db/orders"
    assert (settings.port, settings.signup_open) == (9000, True)
    assert settings.public_url == "https://orders.example.com"


def test_all_errors_come_at_once() -> None:
    with pytest.raises(SettingsInvalid) as refused:
        Settings.read(
            {
                "DATABASE_URL": "mysql://db",
                "ORDERWRIGHT_PORT": "80000",
                "ORDERWRIGHT_PUBLIC_URL": "orders.example.com",
                "ORDERWRIGHT_SIGNUP": "maybe",
                "ORDERWRIGHT_SIGNING_KEY": "secret-secret",
            }
        )
    names = [error.partition(":")[0].partition(" ")[0] for error in refused.value.errors]
    assert names == [
        "ORDERWRIGHT_PORT",
        "ORDERWRIGHT_PUBLIC_URL",
        "DATABASE_URL",
        "ORDERWRIGHT_SIGNUP",
        "ORDERWRIGHT_MASTER_KEY",
        "ORDERWRIGHT_SIGNING_KEY",
    ]
    assert "orderwright keys" in str(refused.value)
    assert "secret-secret" not in str(refused.value)


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


def test_settings_do_not_show_their_secrets(keys: dict[str, str]) -> None:
    shown = repr(Settings.read({**keys, "DATABASE_URL": "postgresql://me:hunter2@db/x"}))
    assert "hunter2" not in shown
    assert "master_keys" not in shown


def test_keys_are_made_once_for_us_alone(tmp_path: Path) -> None:
    made = make_keys(tmp_path / "new" / "data")
    contents = {name: file.read_text() for name, file in made.items()}
    assert {S_IMODE(file.stat().st_mode) for file in made.values()} == {0o600}
    assert json.loads(contents["ORDERWRIGHT_SIGNING_KEY"])["crv"] == "Ed25519"
    again = make_keys(tmp_path / "new" / "data")
    assert {name: file.read_text() for name, file in again.items()} == contents
    assert sorted(path.name for path in (tmp_path / "new" / "data").iterdir()) == ["master.key", "signing.jwk"]


def test_each_purpose_has_a_key_of_its_own() -> None:
    """HKDF-SHA256 without salt: the value is fixed, or every cursor and stored secret would be lost."""
    master = bytes(range(32))
    assert derived(master, "cursors") != derived(master, "webhooks")
    assert len(derived(master, "cursors")) == 32
    assert derived(master, "cursors").hex() == "467ad3ace7456ff5a4c983d35e7a11e55a852bb68cdc79039af2385c2c08c315"
