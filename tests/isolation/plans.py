"""Reads query plans: which scans of large tables do not start from the tenant's key."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from bench.captured import Statement

from kernel.db.driver import Driver

Plan = Mapping[str, Any]

LARGE_TABLES = """
    select relname as name from pg_class
    where relnamespace = 'app'::regnamespace and relkind = 'r' and reltuples >= 2000 and relpages >= 30
"""


async def plan_of(driver: Driver, statement: Statement) -> Plan:
    """How this role would run the statement in its scope. Nothing is run."""
    told = await driver.fetchval(f"explain (format json) {statement.sql}", *statement.values)
    plan: Plan = (json.loads(told) if isinstance(told, str) else told)[0]["Plan"]
    return plan


def nodes(plan: Plan) -> Iterator[Plan]:
    """Every step of a plan."""
    yield plan
    for child in plan.get("Plans", ()):
        yield from nodes(child)


def scans_past_the_key(plan: Plan, large: set[str], keys: tuple[str, ...]) -> list[str]:
    """Scans of large tables whose index condition names none of the keys: each reads rows of others to throw them away."""
    return [
        f"{node['Node Type']} of {node['Relation Name']}"
        for node in nodes(plan)
        if node.get("Relation Name") in large and not any(key in _condition(node) for key in keys)
    ]


def _condition(node: Plan) -> str:
    """The index condition of a scan; a bitmap's is a step below."""
    if node["Node Type"] == "Bitmap Heap Scan":
        return " ".join(str(below.get("Index Cond", "")) for below in nodes(node))
    return str(node.get("Index Cond", ""))


def reads_tables(statement: Statement) -> bool:
    """Only what reads has a plan worth looking at."""
    return statement.sql.lstrip().lower().startswith(("select", "update", "with", "delete")) and "app." in statement.sql


async def large_tables(driver: Driver) -> set[str]:
    """Tables and partitions whose plans say something: on a small one a scan of everything is right."""
    return {row["name"] for row in await driver.fetch(LARGE_TABLES)}
