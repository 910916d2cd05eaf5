"""Which roles one person may hold together, and what several come to."""

import datetime as dt
import uuid

import pytest

from kernel.errors import AppError, Conflict, Invalid
from tenancy.grants import Grant, check_grants
from tenancy.held import HeldRole, access_of

NOW = dt.datetime(2026, 3, 2, 12, tzinfo=dt.UTC)
HERE, THERE = uuid.UUID(int=1), uuid.UUID(int=2)


def day(number: int) -> dt.datetime:
    return NOW + dt.timedelta(days=number)


def here(role: str, starts_at: dt.datetime | None = None, expires_at: dt.datetime | None = None) -> Grant:
    return Grant(role=role, practice_id=HERE, starts_at=starts_at, expires_at=expires_at)


@pytest.mark.parametrize(
    ("new", "held"),
    [
        ([here("biller"), here("poster")], []),
        ([here("lead")], [Grant(role="biller", practice_id=THERE)]),
        ([here("lead")], [here("biller", expires_at=day(-1))]),
        ([here("lead", day(10))], [here("biller", expires_at=day(9))]),
        ([Grant(role="tenant_admin")], [here("biller")]),
        ([Grant(role="auditor"), Grant(role="administrator"), here("administrator")], []),
        ([here("clinician")], [here("practice_admin")]),
    ],
)
def test_what_may_be_held_together(new: list[Grant], held: list[Grant]) -> None:
    check_grants(new, held, now=NOW)


@pytest.mark.parametrize(
    ("new", "held", "said"),
    [
        ([here("lead")], [here("biller")], "lead and biller cannot be held together: no one may have both adjustments:request"),
        ([here("biller"), here("lead")], [], "lead and biller cannot be held together"),
        ([here("lead", day(8))], [here("biller", expires_at=day(9))], "cannot be held together"),
        ([here("lead")], [Grant(role="tenant_admin")], "lead and tenant_admin .* rules:propose and rules:approve"),
        ([here("biller")], [here("practice_admin")], "one is for the practice's own people"),
    ],
)  # fmt: skip
def test_what_may_not(new: list[Grant], held: list[Grant], said: str) -> None:
    with pytest.raises(Conflict, match=said):
        check_grants(new, held, now=NOW)


@pytest.mark.parametrize(
    ("grant", "pointer"),
    [
        (here("wizard"), "/roles/1/role"),
        (here("patient"), "/roles/1/role"),
        (Grant(role="biller"), "/roles/1/practice_id"),
        (here("tenant_admin"), "/roles/1/practice_id"),
        (here("coder", expires_at=NOW), "/roles/1/expires_at"),
        (here("coder", day(3), day(2)), "/roles/1/expires_at"),
        (here("coder", dt.datetime(2026, 3, 9)), "/roles/1/starts_at"),  # noqa: DTZ001 - a time without a zone
    ],
)
def test_a_grant_that_is_wrong_in_itself_names_its_field(grant: Grant, pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        check_grants([here("auditor"), grant], [], now=NOW)
    assert [one.pointer for one in refused.value.fields] == [pointer]
    assert isinstance(refused.value, AppError)


def test_several_roles_add_up_and_are_named_in_order() -> None:
    access = access_of([HeldRole(HERE, "poster", "active"), HeldRole(HERE, "coder", "active")])
    assert access.roles == {HERE: "coder+poster"}
    assert {"claims:write", "remittances:post"} <= access.permissions[HERE]
    assert access.read_only == frozenset()


def test_what_is_suspended_is_read_only_there_and_nowhere_else() -> None:
    access = access_of([HeldRole(HERE, "biller", "suspended"), HeldRole(THERE, "biller", "active")])
    assert {one.partition(":")[2] for one in access.permissions[HERE]} == {"read"}
    assert "claims:submit" in access.permissions[THERE]
    assert access.read_only == {HERE}


def test_what_was_offboarded_is_left_to_company_wide_readers() -> None:
    assert access_of([HeldRole(HERE, "biller", "offboarded")]).roles == {}
    auditor = access_of([HeldRole(None, "auditor", None), HeldRole(HERE, "auditor", "offboarded")])
    assert auditor.roles == {None: "auditor", HERE: "auditor"}
    assert "claims:read" in auditor.permissions[HERE]
