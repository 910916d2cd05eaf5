"""What production insists on: every secret there, none that is made up or stands in for something, nothing that runs on one machine."""

from typing import TYPE_CHECKING

from pydantic import SecretStr

if TYPE_CHECKING:
    from kernel.settings import Settings

STRIPE_LIVE = "https://api.stripe.com"
NOBODYS_PHONE = "(800) 555-0100"
LEAST_SECRET_LENGTH = 32
"""What `openssl rand -hex 16` gives: 128 bits, where every character is drawn."""

SECRETS = (
    ("secrets", "scope_key", ""),
    ("secrets", "job_key", ""),
    ("secrets", "lookup_key", ""),
    ("secrets", "field_key", ""),
    ("secrets", "link_key", ""),
    ("stripe", "secret_key", "sk_test_"),
    ("stripe", "webhook_secret", "whsec_"),
)
"""Group, name and what a made one begins with."""


def production_refusals(settings: "Settings") -> list[str]:
    """Everything that is missing or stands in for something, at once: nobody should have to start five times to learn it."""
    missing = [
        f"BILLWRIGHT_{group}__{name}".upper()
        for group, name, _ in SECRETS
        if not secret_of(settings, group, name) and not (name == "field_key" and settings.keys.kms_key_id)
    ]
    if not settings.database.passwords:
        missing.append("BILLWRIGHT_DATABASE__PASSWORDS")
    said = ["production needs these settings: " + ", ".join(missing)] if missing else []
    said += [f"production {refusal}" for refused, refusal in (*_stand_ins(settings), *_weak(settings)) if refused]
    return said


def _stand_ins(settings: "Settings") -> list[tuple[bool, str]]:
    stripe, web = settings.stripe, settings.web
    return [
        (settings.business_time is not None, "cannot run on a fixed clock: unset BILLWRIGHT_BUSINESS_TIME"),
        (
            stripe.api_base != STRIPE_LIVE,
            f"takes cards through {STRIPE_LIVE}: set BILLWRIGHT_STRIPE__API_BASE to it",
        ),
        (
            not stripe.checkout_origin.startswith("https://"),
            "sends payers to a checkout page under https: set BILLWRIGHT_STRIPE__CHECKOUT_ORIGIN",
        ),
        (
            secret_of(settings, "stripe", "secret_key").startswith("sk_test_"),
            "takes no test key: set BILLWRIGHT_STRIPE__SECRET_KEY to the live one",
        ),
        (not web.public_url.startswith("https://"), "is reached under https: set BILLWRIGHT_WEB__PUBLIC_URL"),
        (web.office_phone == NOBODYS_PHONE, "gives patients a number to call: set BILLWRIGHT_WEB__OFFICE_PHONE"),
        (not settings.audit.kms_keys, "signs its audit log in KMS: set BILLWRIGHT_AUDIT__KMS_KEYS"),
        (not settings.audit.witness_bucket, "copies its checkpoints to S3: set BILLWRIGHT_AUDIT__WITNESS_BUCKET"),
        (
            settings.aws.endpoint_url.startswith("http://"),
            "speaks to AWS under https: unset BILLWRIGHT_AWS__ENDPOINT_URL, or set an https address",
        ),
    ]


def _weak(settings: "Settings") -> list[tuple[bool, str]]:
    """Keys that somebody could guess, or that stand for two things at once."""
    keys = {name: secret_of(settings, group, name) for group, name, _ in SECRETS if group == "secrets"}
    given = [value for value in keys.values() if value]
    short = [
        f"BILLWRIGHT_SECRETS__{name.upper()}" for name, value in keys.items() if 0 < len(value) < LEAST_SECRET_LENGTH
    ]
    how = f"draws its keys, {LEAST_SECRET_LENGTH} characters or more (openssl rand -hex 24)"
    return [
        (bool(short), f"{how}: {', '.join(short)}"),
        (len(set(given)) < len(given), "has a key for each purpose: no two of BILLWRIGHT_SECRETS__* may be equal"),
    ]


def secret_of(settings: "Settings", group: str, name: str) -> str:
    """One secret as text, empty when it is not set."""
    value: SecretStr = getattr(getattr(settings, group), name)
    return value.get_secret_value()
