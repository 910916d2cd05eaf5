"""Who may import whom. Every check is first shown a tree that breaks it."""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from tests.architecture.source import PROJECT, SRC, Module, parse, product

CONTRACTS = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
LIBRARIES = {"kernel", "edi", "tabular", "ui"}
WIRING = {"app"}
FEATURES = {path.parent.name for path in SRC.glob("*/__init__.py")} - LIBRARIES - WIRING - {"sandbox"}

PLANTED = {
    "floors": ("kernel/planted_floor.py", "import claims.public"),
    "sandbox": ("sandbox/payer/planted_kernel.py", "import kernel.money"),
    "no-sandbox": ("reports/planted_sandbox.py", "import sandbox.payer.draw"),
    "sandbox-processes": ("sandbox/stripe/planted_payer.py", "import sandbox.payer.draw"),
    "pure": ("claims/scrubbing/rules/planted_query.py", "import sqlalchemy"),
    "claims-inside": ("claims/charges/planted_up.py", "import claims.submission.service"),
    "stripe": ("payments/planted_stripe.py", "import stripe"),
    "dramatiq": ("claims/planted_dramatiq.py", "import dramatiq"),
    "drivers": ("ledger/planted_driver.py", "import asyncpg"),
    "boto3": ("kernel/storage/planted_aws.py", "import boto3"),
}
"""By contract: a file that breaks it."""


def lint(tree: Path) -> str:
    """What import-linter says of the packages in this folder."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--config", PROJECT / "pyproject.toml"],
        cwd=tree,
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": str(tree), "PATH": "/usr/bin:/bin", "COLUMNS": "300"},
    )
    return done.stdout + done.stderr


def verdicts(output: str) -> dict[str, str]:
    """KEPT or BROKEN by contract id."""
    by_name = dict(re.findall(r"^(.+) (KEPT|BROKEN)\b", output, flags=re.MULTILINE))
    return {contract["id"]: by_name.get(contract["name"], "not run") for contract in CONTRACTS}


def test_every_contract_has_a_planted_violation() -> None:
    assert set(PLANTED) == {contract["id"] for contract in CONTRACTS}


def test_every_contract_can_break(tmp_path: Path) -> None:
    tree = tmp_path / "src"
    shutil.copytree(SRC, tree, ignore=shutil.ignore_patterns("__pycache__", "*.css", "*.woff2"))
    for path, text in PLANTED.values():
        (tree / path).write_text(text + "\n")
    output = lint(tree)
    assert verdicts(output) == dict.fromkeys(PLANTED, "BROKEN"), output


def test_the_product_keeps_every_contract() -> None:
    output = lint(SRC)
    assert verdicts(output) == dict.fromkeys(PLANTED, "KEPT"), output


def test_every_package_has_its_floor() -> None:
    """A new package is on a floor or it is not checked at all."""
    (floors,) = (contract for contract in CONTRACTS if contract["id"] == "floors")
    named = {package for floor in floors["layers"] for package in floor.split(" | ")}
    assert named == FEATURES | LIBRARIES | WIRING


def behind_the_door(module: Module) -> list[str]:
    """What this module takes from another feature package without going through its door."""
    if module.package in WIRING:
        return []
    return [
        target
        for target in module.imported()
        if target.partition(".")[0] in FEATURES - {module.package} and target.split(".")[1:2] != ["public"]
    ]


@pytest.mark.parametrize(
    "line",
    ["from ledger.tables import transfer", "from ledger import tables", "import ledger.posting", "import ledger"],
)
def test_going_past_the_door_is_noticed(line: str) -> None:
    assert behind_the_door(parse("claims.planted", line))
    assert behind_the_door(parse("kernel.planted", line))
    assert not behind_the_door(parse("ledger.balances", line))
    assert not behind_the_door(parse("app.routes", line))


@pytest.mark.parametrize(
    "line", ["from ledger.public import post", "import ledger.public", "from kernel.db import tables"]
)
def test_the_door_and_the_libraries_are_open(line: str) -> None:
    assert not behind_the_door(parse("claims.planted", line))


def test_packages_meet_at_their_doors() -> None:
    assert {module.name: past for module in product() if (past := behind_the_door(module))} == {}
