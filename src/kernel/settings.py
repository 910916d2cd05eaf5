"""Typed settings in groups, read once at start.

Every setting comes from the environment as `BILLWRIGHT_<GROUP>__<NAME>`. No secret has a default: outside production a missing
one is made and kept under `<home>/secrets`; production names everything that is missing or stands in, and refuses to start.
"""

import datetime as dt
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from kernel.context import Audience
from kernel.secrets import LocalSecrets

LOGIN_ROLES: tuple[str, ...] = ("migrator", *get_args(Audience), "backup")


ProxyHeader = Literal["x-forwarded-for", "forwarded"]

STRIPE_LIVE = "https://api.stripe.com"
NOBODYS_PHONE = "(800) 555-0100"


class MissingSecrets(Exception):
    """Production was started without some of its secrets or with stand-ins; the message names all of them."""


class WrongSettings(Exception):
    """A setting cannot be read; the message names every such one by its variable, and no value."""


class Group(BaseModel):
    """Settings that belong together. What stands below a field is its line in docs/settings.md."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class DatabaseSettings(Group):
    """Where the database is. Each process connects as login roles of its own, never as an administrator."""

    host: str = "127.0.0.1"
    """Host of the PostgreSQL server."""
    port: int = 5432
    """Its port."""
    name: str = "billwright"
    """Name of the database."""
    role_prefix: str = "billwright_"
    """Roles are cluster-wide, so two installations on one cluster need two prefixes."""
    passwords: dict[str, SecretStr] = {}
    """Password by login role name without prefix, as a JSON object. A process needs those of its own roles."""
    pool_size: int = 8
    """Most connections of one process under one login role."""
    pool_wait_seconds: float = 10.0
    """How long a request waits for a free connection before it is refused."""
    lock_wait_seconds: float = 10.0
    """How long a statement waits for a lock before it is refused."""

    def login(self, role: str) -> str:
        """The name of a login role on the server."""
        return f"{self.role_prefix}{role}"

    def require(self, *roles: str) -> None:
        """Raises MissingSecrets, naming all of these login roles whose password is missing."""
        missing = [role for role in roles if role not in self.passwords]
        if missing:
            it = "it" if len(missing) == 1 else "them"
            raise MissingSecrets(f"BILLWRIGHT_DATABASE__PASSWORDS has no password of {', '.join(missing)}; add {it}")

    def url(self, role: str) -> str:
        """A libpq URL for one login role. It holds a password: never log it. Raises MissingSecrets."""
        self.require(role)
        password = quote(self.passwords[role].get_secret_value(), safe="")
        return f"postgresql://{self.login(role)}:{password}@{self.host}:{self.port}/{self.name}"


class SecretSettings(Group):
    """Keys that sign or hash. All are required in production."""

    scope_key: SecretStr = SecretStr("")
    """Signs database scopes; at most 64 bytes."""
    job_key: SecretStr = SecretStr("")
    """Signs job messages, so that writing to the queue is not enough to choose a scope."""
    lookup_key: SecretStr = SecretStr("")
    """Keys the hashes of bill codes, birth dates and session tokens."""
    field_key: SecretStr = SecretStr("")
    """Wraps the data keys of encrypted columns; not needed where `keys.kms_key_id` is set. Losing it is losing those columns."""
    link_key: SecretStr = SecretStr("")
    """Seals page cursors and links to stored files."""


class StripeSettings(Group):
    """The card processor, or its stand-in outside production."""

    api_base: str = "http://127.0.0.1:8421"
    """Where its API is. Production takes cards through https://api.stripe.com only."""
    checkout_origin: str = "http://127.0.0.1:8421"
    """Where the hosted checkout page lives: the one place besides our own that a form may lead to."""
    secret_key: SecretStr = SecretStr("")
    """Its secret API key; a test key is refused in production."""
    webhook_secret: SecretStr = SecretStr("")
    """Checks the signature of its events."""


class AwsSettings(Group):
    """Where AWS is; credentials come from where AWS puts them."""

    region: str = "us-east-1"
    """Region of every service."""
    endpoint_url: str = ""
    """Another address for every service, such as a stand-in's."""


class StorageSettings(Group):
    """Where files are kept."""

    bucket: str = ""
    """A bucket of S3; when empty, files are kept under `<home>/files`."""


class KeySettings(Group):
    """What wraps the data keys of encrypted columns."""

    kms_key_id: str = ""
    """A key of AWS KMS; when empty, `secrets.field_key` wraps."""


class WebSettings(Group):
    """Where the web process listens, and the address people reach it by."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = 8420
    """Port to listen on."""
    public_url: str = "http://127.0.0.1:8420"
    """How people reach it; https in production."""
    office_name: str = "Your billing office"
    """Who patients are told to call before it is known whose bill they have."""
    office_phone: str = NOBODYS_PHONE
    """Their number; the default is one that nobody answers and is refused in production."""
    office_hours: str = "Monday to Friday, 8 am to 5 pm"
    """When they answer."""
    body_limit_bytes: int = 1_000_000
    """For every address that does not say otherwise; imports do."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of the reverse proxies in front of us, as a JSON list; they alone are believed about who asks."""
    proxy_header: ProxyHeader = "x-forwarded-for"
    """The header they write it in (or `forwarded`); the other one is anybody's, and not read."""
    stop_seconds: int = 20
    """How long requests in flight may take to finish when the process is stopped."""

    @property
    def is_https(self) -> bool:
        """Whether people reach us encrypted, so that cookies can insist on it."""
        return self.public_url.startswith("https:")


class SessionLimits(Group):
    """How long a session lasts unused, and at most."""

    idle_minutes: int
    """Ends when unused for so long."""
    absolute_minutes: int
    """Ends after so long, used or not."""


class SessionSettings(Group):
    """Limits by audience. Those of staff follow NIST SP 800-63B (AAL2): 12 hours; a patient's visit is shorter."""

    staff: SessionLimits = SessionLimits(idle_minutes=15, absolute_minutes=12 * 60)
    practice: SessionLimits = SessionLimits(idle_minutes=15, absolute_minutes=12 * 60)
    patient: SessionLimits = SessionLimits(idle_minutes=15, absolute_minutes=2 * 60)

    def of(self, audience: Audience) -> SessionLimits:
        """The limits of one audience. Raises LookupError for an audience that has no sessions."""
        limits = {"staff": self.staff, "practice": self.practice, "patient": self.patient}
        return limits[audience]


class LimitSettings(Group):
    """How fast callers may ask, and what is read of one request."""

    address_per_second: float = 50.0
    """Requests a second by network address: an office behind one address shares it."""
    address_burst: int = 500
    """How many of them may come at once."""
    caller_per_second: float = 20.0
    """Requests a second by session or key."""
    caller_burst: int = 200
    """How many of them may come at once."""
    header_count: int = 100
    """Most header lines of one request."""
    header_bytes: int = 32_768
    """Most bytes of all its header lines."""
    body_idle_seconds: float = 10.0
    """How long a body may rest."""
    body_bytes_per_second: float = 5_000.0
    """The least speed of a body on the whole."""


class JobSettings(Group):
    """How jobs are run, tried again, and taken up after a worker died."""

    threads: int = 8
    """Most jobs at a time in one worker process."""
    lease_seconds: float = 60.0
    """A worker that was silent for so long is taken for dead, and its jobs are sent again."""
    attempts: int = 12
    """How often a job is tried before it is dead, where its topic does not say otherwise."""
    first_retry_seconds: float = 1.0
    """Rest after the first failure; it doubles with each further one."""
    longest_retry_seconds: float = 900.0
    """Longest rest between two attempts."""
    stop_seconds: float = 20.0
    """How long running jobs may take to finish when the worker is stopped; then they are rolled back and given back."""
    tick_seconds: float = 5.0
    """How often the scheduler looks for what is due."""


class AuditSettings(Group):
    """How the audit log is sealed, and where the copies of its checkpoints go."""

    seal_seconds: float = 1.0
    """Rest between two rounds: an event is sealed within about twice this, once its transaction has ended."""
    alarm_seconds: float = 30.0
    """An event that waits longer for its seal is an alarm."""
    heartbeat_seconds: float = 3600.0
    """Without events a checkpoint is written this often, so that silence can be told from a sealer that stopped."""
    witness_bucket: str = ""
    """An S3 bucket with object lock; without one, copies are read-only files under `<home>/audit/witness`."""
    kms_keys: tuple[str, ...] = ()
    """KMS keys (ECC_NIST_EDWARDS25519) that sign, oldest first; without one, a key under `<home>/audit/keys` does."""


class Settings(BaseSettings):
    """Everything that differs between two installations."""

    model_config = SettingsConfigDict(
        env_prefix="BILLWRIGHT_", env_nested_delimiter="__", extra="ignore", use_attribute_docstrings=True
    )

    environment: Literal["local", "test", "production"] = "local"
    """Production makes no secrets, runs on no stand-in, and logs JSON."""
    home: Path = Path("var")
    """Folder for local files, and for secrets outside production."""
    business_time: dt.datetime | None = None
    """Fixes business time for a demonstration or a replay; refused in production."""
    database: DatabaseSettings = DatabaseSettings()
    secrets: SecretSettings = SecretSettings()
    keys: KeySettings = KeySettings()
    aws: AwsSettings = AwsSettings()
    storage: StorageSettings = StorageSettings()
    stripe: StripeSettings = StripeSettings()
    web: WebSettings = WebSettings()
    limits: LimitSettings = LimitSettings()
    sessions: SessionSettings = SessionSettings()
    jobs: JobSettings = JobSettings()
    audit: AuditSettings = AuditSettings()


_SECRETS = (
    ("secrets", "scope_key", ""),
    ("secrets", "job_key", ""),
    ("secrets", "lookup_key", ""),
    ("secrets", "field_key", ""),
    ("secrets", "link_key", ""),
    ("stripe", "secret_key", "sk_test_"),
    ("stripe", "webhook_secret", "whsec_"),
)


def load_settings(**overrides: object) -> Settings:
    """Read the environment and complete the secrets.

    Raises WrongSettings for values of another kind, MissingSecrets in production; both name all that is wrong.
    """
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        said = [f"{_variable(fault['loc'])}: {fault['msg'][:1].lower()}{fault['msg'][1:]}" for fault in error.errors()]
        raise WrongSettings("; ".join(said)) from None
    except SettingsError as error:
        raise WrongSettings(
            f'a list or table among the settings is not JSON, such as ["10.0.0.0/24"]: {error}'
        ) from None
    if settings.environment == "production":
        _refuse_incomplete(settings)
    else:
        _complete(settings, LocalSecrets(settings.home / "secrets"))
    return settings


def _variable(place: tuple[int | str, ...]) -> str:
    """The environment variable of a field; what is inside its value, a list's item or a kind of network, is left out."""
    group = Settings.model_fields.get(str(place[0]))
    kind = group.annotation if group is not None else None
    fields = kind.model_fields if isinstance(kind, type) and issubclass(kind, BaseModel) else {}
    names = [str(part) for part in place[: 2 if fields else 1]]
    return "BILLWRIGHT_" + "__".join(names).upper()


def _refuse_incomplete(settings: Settings) -> None:
    """Everything that is missing or stands in for something, at once: nobody should have to start five times to learn it."""
    missing = [
        f"BILLWRIGHT_{group}__{name}".upper()
        for group, name, _ in _SECRETS
        if not _secret(settings, group, name) and not (name == "field_key" and settings.keys.kms_key_id)
    ]
    if not settings.database.passwords:
        missing.append("BILLWRIGHT_DATABASE__PASSWORDS")
    said = ["production needs these settings: " + ", ".join(missing)] if missing else []
    said += [f"production {refusal}" for refused, refusal in _stand_ins(settings) if refused]
    if said:
        raise MissingSecrets("; ".join(said))


def _stand_ins(settings: Settings) -> list[tuple[bool, str]]:
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
            _secret(settings, "stripe", "secret_key").startswith("sk_test_"),
            "takes no test key: set BILLWRIGHT_STRIPE__SECRET_KEY to the live one",
        ),
        (not web.public_url.startswith("https://"), "is reached under https: set BILLWRIGHT_WEB__PUBLIC_URL"),
        (web.office_phone == NOBODYS_PHONE, "gives patients a number to call: set BILLWRIGHT_WEB__OFFICE_PHONE"),
    ]


def _complete(settings: Settings, local: LocalSecrets) -> None:
    for group, name, prefix in _SECRETS:
        if not _secret(settings, group, name):
            setattr(getattr(settings, group), name, SecretStr(local.get(f"{group}-{name}", prefix=prefix)))
    for role in LOGIN_ROLES:
        if role not in settings.database.passwords:
            settings.database.passwords[role] = SecretStr(local.get(f"database-{role}"))


def _secret(settings: Settings, group: str, name: str) -> str:
    value: SecretStr = getattr(getattr(settings, group), name)
    return value.get_secret_value()
