"""One patient read through the API, as a signed-in biller, against a bare handler that reads the same row with asyncpg.

The product's answer passed the session, the permission, the signed scope and row security, and left its audit event in the same
transaction; the floor did none of that. Both run under the same server, with the same database behind them.
"""

import asyncio
import datetime as dt
import os
import statistics
import sys
import uuid
from collections.abc import Mapping
from pathlib import Path

import httpx

from app.demo.facts import load_facts
from app.embedded.processes import Service, Supervisor
from app.stack import child_environment, free_port
from bench import api_floor
from bench.installation import Installation, Office, installation, open_office
from bench.load import rate
from bench.measure import Measure, against_floor
from kernel.settings import WebSettings
from patients.public import NewPatient, register_patients
from tenancy.public import NewMember, add_member

ROUNDS = 5
SECONDS = 2.0
CONNECTIONS = (1, 16)
GOAL = 0.5
PATIENTS = 1_000
UNLIMITED = {
    f"BILLWRIGHT_LIMITS__{name}": "1000000"
    for name in ("ADDRESS_PER_SECOND", "ADDRESS_BURST", "CALLER_PER_SECOND", "CALLER_BURST")
}
"""Requests are still counted; one person alone is just not told to slow down."""
EMAIL, PASSWORD = "biller@bench.example", "a password for one measurement"


def run() -> list[Measure]:
    """Median rates of interleaved rounds, for one connection and for many."""
    return asyncio.run(_run())


async def _run() -> list[Measure]:
    facts = load_facts()
    async with installation(facts.business_date) as installed:
        office = await open_office(installed.resources, facts, facts.practices[0], "bench")
        patient_id = await _people(office)
        settings = installed.resources.settings
        settings.web = WebSettings(port=free_port())
        settings.web.public_url = f"http://127.0.0.1:{settings.web.port}"
        floor_port = free_port()
        with Supervisor(settings.home / "log", end_with_parent=True) as supervisor:
            supervisor.start(_product(installed))
            supervisor.start(_floor(installed, floor_port))
            cookie = _signed_in(settings.web.public_url)
            path = f"/api/v1/practices/{office.practice_id}/patients/{patient_id}"
            return [
                await _compare(settings.web.port, path, cookie, floor_port, f"/patients/{patient_id}", connections)
                for connections in CONNECTIONS
            ]


async def _compare(port: int, path: str, cookie: str, floor_port: int, floor_path: str, connections: int) -> Measure:
    ours, floors = [], []
    for turn in range(ROUNDS + 1):
        floor = await rate(floor_port, floor_path, connections=connections, seconds=SECONDS)
        own = await rate(port, path, cookie=cookie, connections=connections, seconds=SECONDS)
        if turn:  # the first round fills pools and caches
            ours.append(own)
            floors.append(floor)
    own, floor = statistics.median(ours), statistics.median(floors)
    return against_floor(
        f"api: one-row read, {connections} connections, ms",
        1000 / own,
        1000 / floor,
        goal=GOAL,
        note=f"{own:,.0f} answers a second against {floor:,.0f}; median of {ROUNDS}, {SECONDS:.0f} s each",
    )


async def _people(office: Office) -> uuid.UUID:
    async with office.tx() as tx:
        ids = await register_patients(
            tx,
            [
                NewPatient(
                    account_number=f"B{number:06d}",
                    last_name="Example",
                    first_name="Robin",
                    birth_date=dt.date(1980, 5, 17),
                    sex="F",
                    zip="43215",
                )
                for number in range(PATIENTS)
            ],
        )
        await add_member(
            tx,
            NewMember(
                email=EMAIL, display_name="Robin Example", password=PASSWORD, roles={office.practice_id: "biller"}
            ),
        )
    return ids[f"B{PATIENTS // 2:06d}"]


def _product(installed: Installation) -> Service:
    settings = installed.resources.settings
    return Service(
        "web",
        [sys.executable, "-m", "app.cli", "serve"],
        {**child_environment(settings), **UNLIMITED},
        ready=lambda: _answers(f"{settings.web.public_url}/health/ready"),
    )


def _floor(installed: Installation, port: int) -> Service:
    environment: Mapping[str, str] = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(Path(__file__).parents[1]),
        api_floor.URL: installed.admin_url,
        api_floor.PORT: str(port),
    }
    return Service(
        "floor",
        [sys.executable, "-m", "bench.api_floor"],
        environment,
        ready=lambda: _answers(f"http://127.0.0.1:{port}/patients/{uuid.UUID(int=0)}"),
    )


def _answers(url: str) -> bool:
    try:
        httpx.get(url, timeout=5)
    except httpx.HTTPError:
        return False
    return True


def _signed_in(base_url: str) -> str:
    answer = httpx.post(
        f"{base_url}/api/v1/session",
        json={"email": EMAIL, "password": PASSWORD},
        headers={"origin": base_url, "sec-fetch-site": "same-origin"},
    )
    answer.raise_for_status()
    (name, value), *_ = answer.cookies.items()
    return f"{name}={value}"
