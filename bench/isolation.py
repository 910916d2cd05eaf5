"""What row security costs a practice that shares its tables with others, and whether more of them make it slower."""

import asyncio
import gc
import statistics
import time
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import asyncpg

from app.demo.facts import load_facts
from bench.captured import Statement, captured
from bench.day import run_day
from bench.installation import Installation, Office, installation, open_office
from bench.many_practices import multiply, widen
from bench.measure import Measure, against_floor
from claims.reading import list_claims, read_claim
from kernel.context import Scope
from kernel.db.keyset import PageAsked
from kernel.db.scope_token import SETTING, sign_scope
from ledger.public import open_items

PRACTICES, MANY_PRACTICES = 10, 100
ROWS = 1_000
"""Claims of each practice, and as many open balances, besides those of its day."""
ROUNDS = 120
BATCH = 20
"""Executions that are sent in a row and timed together: the server works through them without being woken for each."""
WARMING = 5
PAGE = 50
ONE = "one claim"

GOAL = 0.87
"""At most 1.15 times the floor."""
GROWTH_GOAL = 0.83
"""At most 1.2 times what it took with a tenth of the practices and rows."""
SIGNATURE_SECONDS = 0.000_15
"""What the check of the signature may add to a statement."""

SMALL = "billwright_small"
PLAIN = "billwright_plain"

Queries = Mapping[str, Statement]


class Side(NamedTuple):
    """A connection and its name; a transaction is open on it, in the practice's scope."""

    name: str
    connection: asyncpg.Connection


def run() -> list[Measure]:
    """The quiet tenth of interleaved rounds, the same statements from every side, each on one connection in one transaction."""
    return asyncio.run(_run())


async def _run() -> list[Measure]:
    facts = load_facts()
    async with installation(facts.business_date) as installed:
        practice = facts.practices[0]
        await run_day(installed.resources, facts, practice, "bench")
        office = await open_office(installed.resources, facts, practice, "bench")
        queries = await _queries(office)
        await installed.resources.database.close()
        await _fill(installed, office)
        floor, plain, signed, small = await _sides(installed, office)
        try:
            return [
                *_costs(queries, await _measure(queries, (floor, plain, signed))),
                *_growth(queries, await _measure(queries, (small, signed))),
            ]
        finally:
            for side in (floor, plain, signed, small):
                await side.connection.close()


async def _queries(office: Office) -> Queries:
    """The statements that the product sends for a page of claims, for one of them, and for what is open of the practice."""
    async with office.tx() as tx:
        async with captured(tx) as page:
            claims = await list_claims(tx, state=None, page=PageAsked(PAGE - 1))
        async with captured(tx) as one:
            await read_claim(tx, claims[0].id)
        async with captured(tx) as aging:
            await open_items(tx)
    return {f"page of {PAGE}": page[0], "aging": aging[0], ONE: one[0]}


async def _fill(installed: Installation, office: Office) -> None:
    """A small installation in a database of its own, and one ten times as large with the same practice in it."""
    admin = await asyncpg.connect(installed.admin_url)
    await widen(admin, office.practice_id, "claim", ROWS, _CLAIM)
    await widen(admin, office.practice_id, "balance", ROWS, _BALANCE)
    await multiply(admin, office.practice_id, PRACTICES - 1)
    await admin.close()
    server = await asyncpg.connect(_at(installed.admin_url, "postgres"))
    name = installed.resources.settings.database.name
    await server.execute(f'create database "{SMALL}" template "{name}"')
    await server.close()
    admin = await asyncpg.connect(installed.admin_url)
    await multiply(admin, office.practice_id, MANY_PRACTICES - PRACTICES)
    await admin.close()


_CLAIM = ("id=gen_random_uuid()", "encounter_id=gen_random_uuid()", "number='ZZ' || lpad(n::text, 7, '0')")
_BALANCE = (
    "item_id=gen_random_uuid()", "group_id=gen_random_uuid()", "balance_cents=100 + n", "opened_date='2026-01-01'::date + n % 200",
)  # fmt: skip


async def _sides(installed: Installation, office: Office) -> tuple[Side, Side, Side, Side]:
    """No row security and a WHERE; row security on an unsigned setting; the product; the product on the small installation."""
    admin = await asyncpg.connect(installed.admin_url)
    await admin.execute(f"create role {PLAIN} login password '{PLAIN}'; grant usage on schema app to {PLAIN}")
    for table in ("claim", "balance"):
        rows = "practice_id = (select current_setting('bench.practice')::uuid)"
        await admin.execute(f"grant select on app.{table} to {PLAIN}")
        await admin.execute(f"create policy {PLAIN} on app.{table} for select to {PLAIN} using ({rows})")
    name = installed.resources.settings.database.name
    await admin.execute(f'grant connect on database "{name}" to {PLAIN}')
    settings = installed.resources.settings.database
    plain_url = f"postgresql://{PLAIN}:{PLAIN}@{settings.host}:{settings.port}/{name}"
    scope = Scope(audience="staff", company_id=office.company_id, practice_id=office.practice_id)
    token = sign_scope(scope, installed.resources.database.scope_key, lifetime_seconds=3600)
    staff_url = settings.url("staff")
    await admin.close()
    return (
        await _side("floor", installed.admin_url, "bench.practice", str(office.practice_id)),
        await _side("plain", plain_url, "bench.practice", str(office.practice_id)),
        await _side("signed", staff_url, SETTING, token),
        await _side("small", _at(staff_url, SMALL), SETTING, token),
    )


async def _side(name: str, url: str, setting: str, value: str) -> Side:
    connection = await asyncpg.connect(url, server_settings={"jit": "off"})
    await connection.execute("begin")
    await connection.execute("select pg_catalog.set_config($1, $2, true)", setting, value)
    return Side(name, connection)


def _at(url: str, database: str) -> str:
    return f"{url.rpartition('/')[0]}/{database}"


async def _measure(queries: Queries, sides: Sequence[Side]) -> Mapping[tuple[str, str], float]:
    """Seconds by query and side: the time that a tenth of the rounds stayed under, because others' work only ever adds to it."""
    seconds: dict[tuple[str, str], list[float]] = {(query, side.name): [] for query in queries for side in sides}
    gc.collect()
    gc.disable()
    try:
        for number in range(ROUNDS + WARMING):
            for query, statement in queries.items():
                for side in sides if number % 2 else reversed(sides):
                    started = time.perf_counter()
                    await side.connection.executemany(statement.sql, [statement.values] * BATCH)
                    if number >= WARMING:  # the first rounds make the plans
                        seconds[query, side.name].append((time.perf_counter() - started) / BATCH)
    finally:
        gc.enable()
    return {key: statistics.quantiles(times, n=10)[0] for key, times in seconds.items()}


def _costs(queries: Queries, quiet: Mapping[tuple[str, str], float]) -> list[Measure]:
    rows = []
    for query in queries:
        floor, plain, signed = (quiet[query, side] for side in ("floor", "plain", "signed"))
        goal = None if query == ONE else GOAL
        rows.append(_milliseconds(f"isolation: {query}, plain scope, ms", plain, floor, goal=goal))
        rows.append(_milliseconds(f"isolation: {query}, signed scope, ms", signed, floor, goal=None))
    # The check is the same whatever it is checked for, so it is read off the shortest statement.
    part = quiet[ONE, "signed"] - quiet[ONE, "plain"]
    note = "the floor is what it may cost"
    rows.append(_milliseconds("isolation: the signature's part, ms", part, SIGNATURE_SECONDS, goal=1.0, note=note))
    return rows


def _growth(queries: Queries, quiet: Mapping[tuple[str, str], float]) -> list[Measure]:
    note = f"{MANY_PRACTICES} practices against {PRACTICES}, {ROWS:,} claims each"
    return [
        _milliseconds(
            f"isolation: {query}, ten times the others, ms",
            quiet[query, "signed"],
            quiet[query, "small"],
            goal=GROWTH_GOAL,
            note=note,
        )
        for query in queries
    ]


def _milliseconds(name: str, seconds: float, floor: float, *, goal: float | None, note: str = "") -> Measure:
    return against_floor(name, seconds * 1000, floor * 1000, goal=goal, note=note)
