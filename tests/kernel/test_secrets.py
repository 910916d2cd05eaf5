"""Local secrets: made once, read by this account alone."""

import multiprocessing
from pathlib import Path

import pytest

from kernel.secrets import LocalSecrets
from kernel.settings import MissingSecrets, WrongSettings, load_settings

SPAWN = multiprocessing.get_context("spawn")


def ask(folder: str) -> str:
    return LocalSecrets(Path(folder)).get("scope-key")


def test_a_secret_is_made_once_and_only_this_account_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "secrets"
    made = LocalSecrets(folder).get("stripe", prefix="whsec_")
    assert made.startswith("whsec_")
    assert len(made) >= len("whsec_") + 40
    assert LocalSecrets(folder).get("stripe") == made
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [(path.name, path.stat().st_mode & 0o777) for path in folder.iterdir()] == [("stripe", 0o600)]


def test_two_names_are_two_secrets(tmp_path: Path) -> None:
    assert LocalSecrets(tmp_path).get("one") != LocalSecrets(tmp_path).get("two")


def test_processes_that_ask_at_once_get_the_same_one(tmp_path: Path) -> None:
    with SPAWN.Pool(4) as pool:
        told = pool.map(ask, [str(tmp_path / "secrets")] * 8, chunksize=1)
    assert len(set(told)) == 1
    assert [path.name for path in (tmp_path / "secrets").iterdir()] == ["scope-key"]


SECRETS = {
    "BILLWRIGHT_SECRETS__SCOPE_KEY": "a" * 40,
    "BILLWRIGHT_SECRETS__JOB_KEY": "b" * 40,
    "BILLWRIGHT_SECRETS__LOOKUP_KEY": "c" * 40,
    "BILLWRIGHT_SECRETS__FIELD_KEY": "d" * 40,
    "BILLWRIGHT_SECRETS__LINK_KEY": "e" * 40,
    "BILLWRIGHT_STRIPE__SECRET_KEY": "sk_live_synthetic",
    "BILLWRIGHT_STRIPE__WEBHOOK_SECRET": "whsec_synthetic",
    "BILLWRIGHT_DATABASE__PASSWORDS": '{"staff": "d"}',
}
NO_STAND_INS = {
    "BILLWRIGHT_STRIPE__API_BASE": "https://api.stripe.com",
    "BILLWRIGHT_STRIPE__CHECKOUT_ORIGIN": "https://checkout.stripe.com",
    "BILLWRIGHT_WEB__PUBLIC_URL": "https://billing.example",
    "BILLWRIGHT_WEB__OFFICE_PHONE": "(614) 555-0100",
    "BILLWRIGHT_AUDIT__KMS_KEYS": '["alias/audit"]',
    "BILLWRIGHT_AUDIT__WITNESS_BUCKET": "audit-witness",
}


@pytest.fixture
def production(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """The environment of a production process with all its secrets; returns its home."""
    monkeypatch.setenv("BILLWRIGHT_ENVIRONMENT", "production")
    monkeypatch.setenv("BILLWRIGHT_HOME", str(tmp_path))
    for name, value in (SECRETS | NO_STAND_INS).items():
        monkeypatch.setenv(name, value)
    return tmp_path


def test_production_starts_with_its_secrets_and_makes_none(production: Path) -> None:
    assert load_settings().secrets.scope_key.get_secret_value() == "a" * 40
    assert list(production.iterdir()) == []


def test_production_names_all_missing_secrets_at_once(production: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        monkeypatch.delenv(name)
    with pytest.raises(MissingSecrets) as refused:
        load_settings()
    assert all(name in str(refused.value) for name in SECRETS)
    assert list(production.iterdir()) == []


@pytest.mark.parametrize("name", SECRETS)
def test_production_misses_each_of_them(production: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(MissingSecrets) as refused:
        load_settings()
    assert str(refused.value).endswith(f": {name}")


@pytest.mark.parametrize("name", NO_STAND_INS)
def test_production_refuses_each_stand_in(production: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv(name)
    with pytest.raises(MissingSecrets, match=rf"^production [^;]* {name}[^;]*$"):
        load_settings()


def test_production_refuses_a_test_key(production: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLWRIGHT_STRIPE__SECRET_KEY", "sk_test_synthetic")
    with pytest.raises(MissingSecrets, match="takes no test key: set BILLWRIGHT_STRIPE__SECRET_KEY") as refused:
        load_settings()
    assert "sk_test_synthetic" not in str(refused.value)


@pytest.mark.parametrize("name", [name for name in SECRETS if "SECRETS__" in name])
def test_production_refuses_a_key_that_somebody_made_up(
    production: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "changeme")
    with pytest.raises(MissingSecrets, match=rf"^production draws its keys, 32 characters or more [^;]*: {name}$"):
        load_settings()


def test_production_refuses_one_key_for_two_things(production: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLWRIGHT_SECRETS__JOB_KEY", SECRETS["BILLWRIGHT_SECRETS__SCOPE_KEY"])
    with pytest.raises(MissingSecrets, match="a key for each purpose"):
        load_settings()


def test_production_speaks_to_aws_under_https(production: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLWRIGHT_AWS__ENDPOINT_URL", "https://vpce.example")
    assert load_settings().aws.endpoint_url == "https://vpce.example"
    monkeypatch.setenv("BILLWRIGHT_AWS__ENDPOINT_URL", "http://127.0.0.1:4566")
    with pytest.raises(MissingSecrets, match="unset BILLWRIGHT_AWS__ENDPOINT_URL"):
        load_settings()


@pytest.mark.parametrize(
    ("name", "value", "right"),
    [
        ("BILLWRIGHT_DATABASE__PORT", "99999", "less than or equal to 65535"),
        ("BILLWRIGHT_DATABASE__POOL_SIZE", "0", "greater than 0"),
        ("BILLWRIGHT_DATABASE__ROLE_PREFIX", "Bill; drop role x", "small letters, digits and underscores"),
        ("BILLWRIGHT_JOBS__ATTEMPTS", "-1", "greater than 0"),
        ("BILLWRIGHT_SESSIONS__STAFF__IDLE_MINUTES", "0", "greater than 0"),
        ("BILLWRIGHT_WEB__PUBLIC_URL", "https://billing.example/app", "an address such as https://billing.example, with nothing"),
        ("BILLWRIGHT_WEB__PUBLIC_URL", "billing.example", "an address such as https://billing.example, with nothing"),
        ("BILLWRIGHT_SECRETS__SCOPE_KEY", "k" * 65, "at most 64 bytes"),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_named_with_what_would_be_right(
    production: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, right: str
) -> None:
    load_settings()
    monkeypatch.setenv(name, value)
    with pytest.raises(WrongSettings, match=f"^{name}: [^;]*{right}[^;]*$"):
        load_settings()


def test_one_limit_of_a_session_is_set_and_the_others_stay(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BILLWRIGHT_SESSIONS__PATIENT__IDLE_MINUTES", "5")
    limits = load_settings(home=tmp_path).sessions
    assert (limits.patient.idle_minutes, limits.patient.absolute_minutes) == (5, 120)
    assert (limits.staff.idle_minutes, limits.practice.absolute_minutes) == (15, 720)


def test_production_says_everything_that_is_wrong_at_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("BILLWRIGHT_ENVIRONMENT", "production")
    monkeypatch.setenv("BILLWRIGHT_BUSINESS_TIME", "2026-09-30T16:00:00Z")
    with pytest.raises(MissingSecrets) as refused:
        load_settings(home=tmp_path)
    named = [*SECRETS, *NO_STAND_INS, "BILLWRIGHT_BUSINESS_TIME"]
    assert [name for name in named if name not in str(refused.value)] == []


def test_production_refuses_a_fixed_clock(production: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLWRIGHT_BUSINESS_TIME", "2026-09-30T16:00:00Z")
    with pytest.raises(MissingSecrets, match="cannot run on a fixed clock"):
        load_settings()
    assert load_settings(environment="local").business_time is not None


def test_elsewhere_missing_secrets_are_made_and_kept(tmp_path: Path) -> None:
    first = load_settings(environment="test", home=tmp_path)
    again = load_settings(environment="test", home=tmp_path)
    assert first.secrets == again.secrets
    assert first.database.url("staff") == again.database.url("staff")
    assert first.database.url("staff") != first.database.url("worker")


def test_settings_do_not_show_their_secrets(tmp_path: Path) -> None:
    settings = load_settings(environment="test", home=tmp_path)
    assert settings.secrets.scope_key.get_secret_value() not in repr(settings)
    assert settings.database.passwords["staff"].get_secret_value() not in repr(settings)
