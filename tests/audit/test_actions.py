"""One vocabulary of what is done: every action in the code is in it, and everything in it is done somewhere."""

import ast
import re
from collections.abc import Iterator

import pytest
from tests.architecture.source import Module, parse, product
from tests.audit.test_append_only import actions
from tests.plugins.tenants import Tenant

from audit.actions import ACTIONS, VOCABULARY
from audit.public import record

SAYS_NOTHING_ITSELF = {
    "audit.actions",  # the vocabulary
    "app.subscriptions",  # topics, some of which are called like the fact that announced them
    "app.demo.day.facts_told",  # what a day must have left
}
RAW = {"audit.events.expired"}
"""Written by the owner of the tables, who records it in the statement that drops a month."""


def recorded(module: Module) -> Iterator[ast.expr]:
    """What stands as the action in each call that records an event."""
    for call in module.calls():
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name == "record" and len(call.args) > 1:
            yield call.args[1]


def faults_in(module: Module) -> Iterator[str]:
    """Actions that are made up on the way, or not in the vocabulary."""
    for action in recorded(module):
        if isinstance(action, ast.JoinedStr):
            yield f"{module.name} line {action.lineno}: an action is written out, so that it can be found"
        if isinstance(action, ast.Constant) and action.value not in VOCABULARY:
            yield f"{module.name} line {action.lineno}: {action.value} is not in audit/actions.py"


def texts(module: Module) -> set[str]:
    """Every text in a module."""
    return {node.value for node in ast.walk(module.tree) if isinstance(node, ast.Constant) and type(node.value) is str}


def recording() -> set[str]:
    """Every text in a module that records events."""
    modules = [one for one in product() if one.name not in SAYS_NOTHING_ITSELF and re.search(r"record\(", one.text)]
    return set().union(*(texts(one) for one in modules)) | RAW


@pytest.mark.parametrize("action", ['"claims.claim.juggled"', 'f"claims.claim.{state}"'])
def test_an_action_that_nobody_knows_is_found(action: str) -> None:
    assert list(faults_in(parse("claims.juggling", f'record(tx, {action}, "claim")')))
    assert not list(faults_in(parse("claims.juggling", 'record(tx, "claims.claim.read", "claim")')))


def test_every_action_in_the_code_is_in_the_vocabulary() -> None:
    assert [fault for module in product() for fault in faults_in(module)] == []


def test_every_action_in_the_vocabulary_is_done_somewhere() -> None:
    said = recording()
    assert [one.name for one in ACTIONS if not one.reserved and one.name not in said] == []
    assert [one.name for one in ACTIONS if one.reserved and one.name in said] == []


def test_each_action_is_named_once_and_explained() -> None:
    assert len(VOCABULARY) == len(ACTIONS)
    assert [one.name for one in ACTIONS if not re.fullmatch(r"[a-z_]+\.[a-z_]+\.[a-z0-9_]+", one.name)] == []
    assert [one.name for one in ACTIONS if not one.words or one.words.endswith(".")] == []
    assert {one.category for one in ACTIONS if one.reserved} == {"print", "break-glass"}


@pytest.mark.parametrize(
    ("action", "object_type", "problem"),
    [
        ("claims.claim.juggled", "claim", "not in use"),
        ("tenancy.break_glass.opened", "practice", "not in use"),
        ("claims.claim.read", "patient", "is about a claim, not a patient"),
    ],
)
async def test_what_is_not_in_the_vocabulary_cannot_be_recorded(
    tenant: Tenant, action: str, object_type: str, problem: str
) -> None:
    async with tenant.tx() as tx:
        record(tx, "claims.claim.read", "claim")
        with pytest.raises(ValueError, match=problem):
            record(tx, action, object_type)
    assert await actions(tenant) == {"claims.claim.read": 1}
