"""The whole system on one machine: database, sandbox partners, worker, scheduler and web, in one supervised tree."""

import os
import shlex
import socket
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import httpx
import msgspec

from app.embedded.address import external_postgres
from app.embedded.postgres import start as start_postgres
from app.embedded.processes import Service, Supervisor
from app.migrate import migrate
from kernel.clock import wall_now
from kernel.settings import Settings, load_settings

PROJECT = Path(__file__).resolve().parents[2]
WEB_PORT, STRIPE_PORT = 8420, 8421


class Stack(msgspec.Struct, frozen=True):
    """The running system, and how its parts are reached."""

    settings: Settings
    supervisor: Supervisor
    admin_url: str


@contextmanager
def running_stack(settings: Settings, *, fixed_ports: bool, scheduled: bool = True) -> Iterator[Stack]:
    """Start everything in order, migrate, yield, stop everything in reverse order.

    With `fixed_ports` the web and the stand-in listen where people expect them; otherwise on any free port. Unless
    `scheduled`, nothing happens but what is asked for. Raises PostgresUnusable or ServiceFailed, both in words for people.
    """
    home = settings.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    settings.home = home
    settings.web.port = WEB_PORT if fixed_ports else free_port()
    stripe_port = STRIPE_PORT if fixed_ports else free_port()
    settings.web.public_url = f"http://127.0.0.1:{settings.web.port}"
    settings.stripe.api_base = settings.stripe.checkout_origin = f"http://127.0.0.1:{stripe_port}"
    with Supervisor(home / "log", end_with_parent=True) as supervisor:
        admin_url = _database(settings, supervisor)
        migrate(settings, admin_url)
        for service in _services(settings, stripe_port):
            if scheduled or service.name != "scheduler":
                supervisor.start(service)
        yield Stack(settings, supervisor, admin_url)


def local_settings(home: Path, **changes: object) -> Settings:
    """Settings of an installation under one folder."""
    return load_settings(environment="local", home=home, **changes)


def free_port() -> int:
    """A loopback port that nobody listens on right now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _database(settings: Settings, supervisor: Supervisor) -> str:
    """The server named by DATABASE_URL, or our own; the settings learn where it is."""
    named = os.environ.get("DATABASE_URL")
    if named:
        address = external_postgres(named)
    else:
        server = start_postgres(settings.home / "postgres")
        supervisor.also_stop(server.stop)
        address = server
    settings.database.host, settings.database.port = address.host, address.port
    return address.url


def _services(settings: Settings, stripe_port: int) -> list[Service]:
    environment = child_environment(settings)
    home = settings.home
    web = settings.web
    secret_file = home / "secrets" / "stripe-webhook_secret"
    today = (settings.business_time or wall_now()).date().isoformat()
    return [
        Service(
            "stripe",
            [
                sys.executable, "-m", "sandbox.stripe", "--port", str(stripe_port), "--state", str(home / "sandbox" / "stripe"),
                "--webhook-url", f"{web.public_url}/webhooks/stripe", "--webhook-secret-file", str(secret_file),
            ],
            environment,
            ready="ready http",
        ),
        Service(
            "payer",
            [sys.executable, "-m", "sandbox.payer", "--exchange", str(home / "exchange"), "--today", today],
            environment,
            ready="ready",
        ),
        Service("worker", [sys.executable, "-m", "app.cli", "worker"], environment, ready="worker is ready"),
        Service("sealer", [sys.executable, "-m", "app.cli", "sealer"], environment, ready="sealer is ready"),
        Service("scheduler", [sys.executable, "-m", "app.cli", "scheduler"], environment, ready="scheduler is ready"),
        Service("web", [sys.executable, "-m", "app.cli", "serve"], environment, ready=lambda: _answers(web.public_url)),
    ]  # fmt: skip


def child_environment(settings: Settings) -> Mapping[str, str]:
    """What a service of this installation must know; secrets it reads from the installation's own folder."""
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONUNBUFFERED": "1",
        "BILLWRIGHT_ENVIRONMENT": settings.environment,
        "BILLWRIGHT_HOME": str(settings.home),
        "BILLWRIGHT_DATABASE__HOST": settings.database.host,
        "BILLWRIGHT_DATABASE__PORT": str(settings.database.port),
        "BILLWRIGHT_DATABASE__NAME": settings.database.name,
        "BILLWRIGHT_DATABASE__ROLE_PREFIX": settings.database.role_prefix,
        "BILLWRIGHT_WEB__PORT": str(settings.web.port),
        "BILLWRIGHT_WEB__PUBLIC_URL": settings.web.public_url,
        "BILLWRIGHT_WEB__OFFICE_NAME": settings.web.office_name,
        "BILLWRIGHT_WEB__OFFICE_PHONE": settings.web.office_phone,
        "BILLWRIGHT_STRIPE__API_BASE": settings.stripe.api_base,
        "BILLWRIGHT_STRIPE__CHECKOUT_ORIGIN": settings.stripe.checkout_origin,
        "BILLWRIGHT_JOBS__LEASE_SECONDS": str(settings.jobs.lease_seconds),
        "BILLWRIGHT_JOBS__STOP_SECONDS": str(settings.jobs.stop_seconds),
        "BILLWRIGHT_JOBS__TICK_SECONDS": str(settings.jobs.tick_seconds),
    }
    if settings.business_time is not None:
        environment["BILLWRIGHT_BUSINESS_TIME"] = settings.business_time.isoformat()
    return environment


def line_for_other_commands(settings: Settings) -> str:
    """What to type in another terminal, so that commands there find this installation and its database."""
    told = child_environment(settings)
    where = [name for name in told if name == "BILLWRIGHT_HOME" or name.startswith("BILLWRIGHT_DATABASE__")]
    return "export " + " ".join(f"{name}={shlex.quote(told[name])}" for name in where)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/health/ready", timeout=5).status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False
