"""Typed settings in groups, read once at start.

Every setting comes from the environment as `BILLWRIGHT_<GROUP>__<NAME>`. No secret has a default: outside production a missing
one is made and kept under `<home>/secrets`; production names everything that is missing or stands in, and refuses to start.
"""

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Literal, get_args
from urllib.parse import quote

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    PositiveFloat,
    PositiveInt,
    SecretStr,
    ValidationError,
)
from pydantic_settings import BaseSettings, SettingsConfigDict, SettingsError

from kernel.context import Audience
from kernel.production import NOBODYS_PHONE, SECRETS, production_refusals, secret_of
from kernel.secrets import LocalSecrets

LOGIN_ROLES: tuple[str, ...] = ("migrator", *get_args(Audience), "backup")


ProxyHeader = Literal["x-forwarded-for", "forwarded"]

SCOPE_KEY_BYTES = 64
"""One block of SHA-256: the database keeps the key's two padded blocks (RFC 2104)."""


class MissingSecrets(Exception):
    """Production was started without some of its secrets or with stand-ins; the message names all of them."""


class WrongSettings(Exception):
    """A setting cannot be read; the message names every such one by its variable, and no value."""


def _shaped(pattern: str, right: str) -> AfterValidator:
    """A text of this pattern; of any other the operator reads what would be right."""

    def fits(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(right)
        return text

    return AfterValidator(fits)


Port = Annotated[int, Field(ge=1, le=65_535)]
Site = Annotated[
    str, _shaped(r"https?://[^/\s?#]+", "an address such as https://billing.example, with nothing behind the name")
]
RolePrefix = Annotated[
    str, _shaped("[a-z_][a-z0-9_]{0,39}", "small letters, digits and underscores, 40 at most, such as billwright_")
]


class Group(BaseModel):
    """Settings that belong together. What stands below a field is its line in docs/settings.md."""

    model_config = ConfigDict(use_attribute_docstrings=True)


class DatabaseSettings(Group):
    """Where the database is. Each process connects as login roles of its own, never as an administrator."""

    host: str = "127.0.0.1"
    """Host of the PostgreSQL server."""
    port: Port = 5432
    """Its port."""
    name: str = "billwright"
    """Name of the database."""
    role_prefix: RolePrefix = "billwright_"
    """Roles are cluster-wide, so two installations on one cluster need two prefixes."""
    passwords: dict[str, SecretStr] = {}
    """Password by login role name without prefix, as a JSON object. A process needs those of its own roles."""
    pool_size: PositiveInt = 8
    """Most connections of one process under one login role."""
    pool_wait_seconds: PositiveFloat = 10.0
    """How long a request waits for a free connection before it is refused."""
    lock_wait_seconds: PositiveFloat = 10.0
    """How long a statement waits for a lock before it is refused."""
    start_wait_seconds: float = 60.0
    """How long a worker, scheduler or sealer that starts waits for a database that does not answer yet."""

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
    port: Port = 8420
    """Port to listen on."""
    public_url: Site = "http://127.0.0.1:8420"
    """How people reach it; https in production."""
    office_name: str = "Your billing office"
    """Who patients are told to call before it is known whose bill they have."""
    office_phone: str = NOBODYS_PHONE
    """Their number; the default is one that nobody answers and is refused in production."""
    office_hours: str = "Monday to Friday, 8 am to 5 pm"
    """When they answer."""
    body_limit_bytes: PositiveInt = 1_000_000
    """For every address that does not say otherwise; imports do."""
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    """Networks of the reverse proxies in front of us, as a JSON list; they alone are believed about who asks."""
    proxy_header: ProxyHeader = "x-forwarded-for"
    """The header they write it in (or `forwarded`); the other one is anybody's, and not read."""
    stop_seconds: PositiveInt = 20
    """How long requests in flight may take to finish when the process is stopped."""

    @property
    def is_https(self) -> bool:
        """Whether people reach us encrypted, so that cookies can insist on it."""
        return self.public_url.startswith("https:")


class SessionLimits(Group):
    """How long a session lasts unused, and at most."""

    idle_minutes: PositiveInt = 15
    """Ends when unused for so long."""
    absolute_minutes: PositiveInt = 12 * 60
    """Ends after so long, used or not."""


class VisitLimits(SessionLimits):
    """The same for a patient's visit, which is shorter."""

    absolute_minutes: PositiveInt = 2 * 60
    """Ends after so long, used or not."""


class SessionSettings(Group):
    """Limits by audience. Those of staff follow NIST SP 800-63B (AAL2): 12 hours; a patient's visit is shorter."""

    staff: SessionLimits = SessionLimits()
    practice: SessionLimits = SessionLimits()
    patient: VisitLimits = VisitLimits()

    def of(self, audience: Audience) -> SessionLimits:
        """The limits of one audience. Raises LookupError for an audience that has no sessions."""
        limits = {"staff": self.staff, "practice": self.practice, "patient": self.patient}
        return limits[audience]


class LimitSettings(Group):
    """How fast callers may ask, and what is read of one request."""

    address_per_second: PositiveFloat = 50.0
    """Requests a second by network address: an office behind one address shares it."""
    address_burst: PositiveInt = 500
    """How many of them may come at once."""
    caller_per_second: PositiveFloat = 20.0
    """Requests a second by session or key."""
    caller_burst: PositiveInt = 200
    """How many of them may come at once."""
    header_count: PositiveInt = 100
    """Most header lines of one request."""
    header_bytes: PositiveInt = 32_768
    """Most bytes of all its header lines."""
    body_idle_seconds: PositiveFloat = 10.0
    """How long a body may rest."""
    body_bytes_per_second: PositiveFloat = 5_000.0
    """The least speed of a body on the whole."""


class JobSettings(Group):
    """How jobs are run, tried again, and taken up after a worker died."""

    threads: PositiveInt = 8
    """Most jobs at a time in one worker process."""
    lease_seconds: PositiveFloat = 60.0
    """A worker that was silent for so long is taken for dead, and its jobs are sent again."""
    attempts: PositiveInt = 12
    """How often a job is tried before it is dead, where its topic does not say otherwise."""
    first_retry_seconds: PositiveFloat = 1.0
    """Rest after the first failure; it doubles with each further one."""
    longest_retry_seconds: PositiveFloat = 900.0
    """Longest rest between two attempts."""
    stop_seconds: PositiveFloat = 20.0
    """How long running jobs may take to finish when the worker is stopped; then they are rolled back and given back."""
    tick_seconds: PositiveFloat = 5.0
    """How often the scheduler looks for what is due."""


class AuditSettings(Group):
    """How the audit log is sealed, and where the copies of its checkpoints go."""

    seal_seconds: PositiveFloat = 1.0
    """Rest between two rounds: an event is sealed within about twice this, once its transaction has ended."""
    alarm_seconds: NonNegativeFloat = 30.0
    """An event that waits longer for its seal is an alarm."""
    heartbeat_seconds: PositiveFloat = 3600.0
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


def load_settings(**overrides: object) -> Settings:
    """Read the environment and complete the secrets.

    Raises WrongSettings for values of another kind, MissingSecrets in production; both name all that is wrong.
    """
    try:
        settings = Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        said = [f"{_variable(fault['loc'])}: {_right(fault['msg'])}" for fault in error.errors()]
        raise WrongSettings("; ".join(said)) from None
    except SettingsError as error:
        raise WrongSettings(
            f'a list or table among the settings is not JSON, such as ["10.0.0.0/24"]: {error}'
        ) from None
    if len(settings.secrets.scope_key.get_secret_value().encode()) > SCOPE_KEY_BYTES:
        raise WrongSettings(f"BILLWRIGHT_SECRETS__SCOPE_KEY: at most {SCOPE_KEY_BYTES} bytes")
    if settings.environment == "production":
        if refusals := production_refusals(settings):
            raise MissingSecrets("; ".join(refusals))
    else:
        _complete(settings, LocalSecrets(settings.home / "secrets"))
    return settings


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """Variables that look like settings and are none: misspelled ones, which would be passed over without a word."""
    known = set(_variables(Settings, "BILLWRIGHT_"))
    return sorted(name for name in environment if name.upper().startswith("BILLWRIGHT_") and name.upper() not in known)


def _variables(kind: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in kind.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        yield variable
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation, f"{variable}__")


def _right(message: str) -> str:
    """What would be right, in the middle of a sentence."""
    said = message.removeprefix("Value error, ")
    return said[:1].lower() + said[1:]


def _variable(place: tuple[int | str, ...]) -> str:
    """The environment variable of a field; what is inside its value, a list's item or a kind of network, is left out."""
    names: list[str] = []
    kind: object = Settings
    for part in place:
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)) or part not in kind.model_fields:
            break
        names.append(str(part))
        kind = kind.model_fields[str(part)].annotation
    return "BILLWRIGHT_" + "__".join(names).upper()


def _complete(settings: Settings, local: LocalSecrets) -> None:
    for group, name, prefix in SECRETS:
        if not secret_of(settings, group, name):
            setattr(getattr(settings, group), name, SecretStr(local.get(f"{group}-{name}", prefix=prefix)))
    for role in LOGIN_ROLES:
        if role not in settings.database.passwords:
            settings.database.passwords[role] = SecretStr(local.get(f"database-{role}"))
