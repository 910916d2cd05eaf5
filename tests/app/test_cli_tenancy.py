"""`billwright company`, `practice` and `user`, run as an operator runs them, against the database."""

import asyncio
import csv
import json
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import openpyxl
import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner, Result
from tests.plugins.web import PASSWORD, Web

from app.cli import main
from audit.tables import audit_event
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from kernel.settings import Settings
from tenancy.public import company_id_of

Run = Callable[..., Awaitable[Result]]

PRACTICE = (
    "--name", "Riverbend Family Medicine", "--npi", "1234567893", "--tax-id", "311234567", "--taxonomy", "207Q00000X",
    "--address", "12 Mill Street", "--city", "Columbus", "--state-code", "OH", "--zip", "432151234", "--phone", "6145550100",
    "--time-zone", "America/New_York", "--claim-prefix", "RB",
)  # fmt: skip
WHY = ("--reason", "the contract says so")


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command in this test process's installation."""
    database = settings.database
    for name, value in {
        "BILLWRIGHT_ENVIRONMENT": "test",
        "BILLWRIGHT_HOME": str(settings.home),
        "BILLWRIGHT_DATABASE__HOST": database.host,
        "BILLWRIGHT_DATABASE__PORT": str(database.port),
        "BILLWRIGHT_DATABASE__NAME": database.name,
        "BILLWRIGHT_DATABASE__ROLE_PREFIX": database.role_prefix,
    }.items():
        monkeypatch.setenv(name, value)

    async def invoke(*arguments: str, given: str | None = None) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, list(arguments), input=given)

    return invoke


@pytest.fixture
async def slug(run: Run) -> str:
    """A company of this test's own, with one practice and its administrator."""
    name = f"c-{uuid.uuid4()}"
    for done in (
        await run("company", "open", name, "--name", "Northgate Billing"),
        await run("practice", "onboard", "riverbend", "--company", name, *PRACTICE),
        await run(
            "user", "add", f"ana@{name}.example", "--company", name, "--name", "Ana Ruiz", "--role", "administrator",
            "--role", "biller@riverbend", "--password-stdin", given=f"{PASSWORD}\n",
        ),
    ):  # fmt: skip
        assert done.exit_code == 0, done.output
    return name


def lines(done: Result) -> list[dict[str, str]]:
    assert done.exit_code == 0, done.output
    return [json.loads(line) for line in done.stdout.splitlines()]


async def test_a_company_is_opened_once_and_listed(run: Run, slug: str) -> None:
    again = lines(await run("company", "open", slug, "--name", "Northgate Billing", "--json"))
    assert again == [{"id": str(company_id_of(slug)), "slug": slug}]
    listed = [one for one in lines(await run("company", "list", "--json")) if one["slug"] == slug]
    assert [one["practices"] for one in listed] == [1]
    shown = await run("company", "show", slug)
    assert shown.exit_code == 0
    assert "Northgate Billing" in shown.stdout


async def test_whoever_was_added_signs_in_with_the_password_given(run: Run, slug: str, web: Web) -> None:
    visitor = web.visitor()
    answer = await visitor.post("/api/v1/session", json={"email": f"ana@{slug}.example", "password": PASSWORD})
    assert answer.status_code == 201
    listed = await run("user", "list", "--company", slug)
    assert "administrator biller@riverbend" in listed.stdout
    assert PASSWORD not in listed.stdout


async def test_a_password_is_asked_for_twice_and_not_shown(run: Run, slug: str) -> None:
    begin = ("user", "add", f"bo@{slug}.example", "--company", slug, "--name", "Bo", "--role", "biller@riverbend")
    refused = await run(*begin, given=f"{PASSWORD}\nsomething else entirely\n")
    assert refused.exit_code == 1
    added = await run(*begin, given=f"{PASSWORD}\n{PASSWORD}\n")
    assert added.exit_code == 0, added.output
    assert PASSWORD not in added.output


@pytest.mark.parametrize(
    ("email", "name", "password", "code", "said"),
    [
        (
            "ana@SLUG.example",
            "Ana Ruiz",
            PASSWORD,
            1,
            "is of this company already; `billwright user grant` gives roles",
        ),
        ("cy", "Cy", PASSWORD, 2, "an e-mail address, such as ana@northgate.example"),
        ("cy@SLUG.example", " ", PASSWORD, 2, "a name of 1 to 120 characters"),
        ("cy@SLUG.example", "Cy", "too short", 1, "a password has at least 12 characters"),
        ("cy@SLUG.example", "Cy", f"{PASSWORD} " * 20, 1, "a password has at most 200 characters"),
        (" Cy@SLUG.example ", "Cy", PASSWORD, 0, "cy@"),
    ],
)
async def test_a_person_who_cannot_be_added_so_is_not_added(
    run: Run, slug: str, email: str, name: str, password: str, code: int, said: str
) -> None:
    begin = (
        "user",
        "add",
        email.replace("SLUG", slug),
        "--company",
        slug,
        "--name",
        name,
        "--role",
        "biller@riverbend",
    )
    done = await run(*begin, "--password-stdin", given=f"{password}\n")
    assert (done.exit_code, said in done.output) == (code, True), done.output
    people = [one["email"] for one in lines(await run("user", "list", "--company", slug, "--json"))]
    assert people == [f"ana@{slug}.example"] + ([f"cy@{slug}.example"] if code == 0 else [])


async def test_an_invited_person_accepts_with_the_printed_token(run: Run, slug: str, web: Web) -> None:
    (invited,) = lines(
        await run(
            "user", "invite", f"cy@{slug}.example", "--company", slug, "--name", "Cy", "--role", "poster@riverbend", *WHY, "--json"
        )
    )  # fmt: skip
    body = {"token": invited["token"], "password": PASSWORD}
    assert (await web.visitor().post("/api/v1/invitations/accept", json=body)).status_code == 201
    listed = lines(await run("user", "list", "--company", slug, "--json"))
    assert {one["email"]: one["roles"] for one in listed}[f"cy@{slug}.example"] == "poster@riverbend"


async def test_roles_are_granted_for_a_time_handed_over_and_ended(run: Run, slug: str) -> None:
    ana, dee = f"ana@{slug}.example", f"dee@{slug}.example"
    whom = ("--company", slug)
    assert (
        await run(
            "user", "add", dee, *whom, "--name", "Dee", "--role", "coder@riverbend", "--password-stdin", given=PASSWORD
        )
    ).exit_code == 0
    past = await run("user", "grant", dee, *whom, "--role", "poster@riverbend", "--until", "2020-01-01", *WHY)
    assert past.exit_code == 1
    assert "choose a later time" in past.stderr
    granted = await run("user", "grant", dee, *whom, "--role", "poster@riverbend", "--until", "2099-01-01", *WHY)
    assert granted.exit_code == 0
    unsure = await run("user", "transfer", ana, dee, *whom, *WHY, given="n\n")
    assert unsure.exit_code == 1
    assert "Roles that move: 1." in unsure.stderr
    assert lines(
        await run("user", "transfer", ana, dee, *whom, "--practice", "riverbend", *WHY, "--yes", "--json")
    ) == [{"roles": 1, "held_already": 0}]
    held = {one["email"]: one["roles"] for one in lines(await run("user", "list", *whom, "--json"))}
    assert held == {ana: "administrator", dee: "coder@riverbend poster@riverbend biller@riverbend"}
    assert (await run("user", "end", dee, *whom, *WHY)).exit_code == 0
    assert [one["email"] for one in lines(await run("user", "list", *whom, "--json"))] == [ana]
    assert len(lines(await run("user", "list", *whom, "--all", "--json"))) == 2


async def test_a_practice_is_suspended_resumed_and_offboarded_after_a_look(run: Run, slug: str) -> None:
    whom = ("riverbend", "--company", slug)
    assert (await run("practice", "suspend", *whom, *WHY)).exit_code == 0
    twice = await run("practice", "suspend", *whom, *WHY)
    assert twice.exit_code == 1
    assert "this one is suspended" in twice.stderr
    assert (await run("practice", "resume", *whom, *WHY)).exit_code == 0
    unsure = await run("practice", "offboard", *whom, *WHY, given="n\n")
    assert unsure.exit_code == 1
    assert (
        "People who lose their roles: 1. Roles that end: 1. Jobs that stop for good: 0. Left open: claims 0."
        in unsure.stderr
    )
    assert [one["status"] for one in lines(await run("practice", "list", "--company", slug, "--json"))] == ["active"]
    assert (await run("practice", "offboard", *whom, *WHY, "--yes")).exit_code == 0
    assert [one["status"] for one in lines(await run("practice", "list", "--company", slug, "--json"))] == [
        "offboarded"
    ]


async def test_the_review_is_a_table_json_or_a_file(run: Run, slug: str, tmp_path: Path) -> None:
    whom = ("--company", slug)
    assert "Riverbend Family Medicine" in (await run("user", "review", *whom)).stdout
    rows = lines(await run("user", "review", *whom, "--json"))
    assert [(one["role"], one["granted_by"]) for one in rows] == [("administrator", "operator"), ("biller", "operator")]
    for kind in ("csv", "xlsx"):
        done = await run("user", "review", *whom, "--format", kind, "--out", str(tmp_path / f"access.{kind}"))
        assert done.exit_code == 0, done.output
    with (tmp_path / "access.csv").open(encoding="utf-8-sig", newline="") as file:
        written = [row["role"] for row in csv.DictReader(file)]
    sheet = openpyxl.load_workbook(tmp_path / "access.xlsx").active
    assert sheet is not None
    assert written == [row[3] for row in sheet.iter_rows(min_row=2, values_only=True)] == ["administrator", "biller"]
    assert (await run("user", "review", *whom, "--as-of", "2020-01-01")).stdout == "nobody had access then\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("company", "show", "nobody-here"), 1, "there is no such company"),
        (("practice", "suspend", "elsewhere", "--company", "SLUG", *WHY), 1, "no practice elsewhere; its practices are: riverbend"),
        (("user", "end", "who@nowhere.example", "--company", "SLUG", *WHY), 1, "there is no such person"),
        (("user", "grant", "ana@SLUG.example", "--company", "SLUG", "--role", "wizard@riverbend", *WHY), 1, "unknown role wizard"),
        (("user", "grant", "ana@SLUG.example", "--company", "SLUG", "--role", "biller", *WHY), 1, "held in a practice: name one"),
        (("user", "end", "ana@SLUG.example", "--company", "SLUG", *WHY), 1, "nobody would be left"),
        (("practice", "onboard", "north", "--company", "SLUG", *PRACTICE[:2], "--npi", "12", *PRACTICE[4:]), 2, "--npi: Ten digits"),
        (("company", "open", "Bad Slug!", "--name", "Bad"), 2, "small letters, digits and hyphens"),
        (("company", "open", "blank", "--name", " "), 2, "'--name': a name of 1 to 120 characters"),
        (("company", "open", "SLUG", "--name", "Southgate"), 1, "is open already, as Northgate Billing"),
        (("practice", "onboard", "riverbend", "--company", "SLUG", "--name", "Other", *PRACTICE[2:]), 1, "with another name"),
        (("practice", "suspend", "riverbend", "--company", "SLUG", "--reason", " "), 2, "a reason of 1 to 300 characters"),
        (("user", "invite", "ana", "--company", "SLUG", "--name", "Ana", "--role", "biller@riverbend", *WHY), 2, "an e-mail address"),
        (("user", "list"), 2, "Missing option '--company'"),
        (("user", "review", "--company", "SLUG", "--out", "x.csv"), 2, "--out needs --format"),
        (("user", "grant", "a@b.example", "--company", "SLUG", "--role", "biller@riverbend", "--until", "soon", *WHY), 2, "soon"),
    ],
)  # fmt: skip
async def test_what_cannot_be_done_is_said_and_told_by_the_exit_code(
    run: Run, slug: str, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = await run(*(one.replace("SLUG", slug) for one in arguments))
    assert done.exit_code == code, done.output
    assert said in done.stderr
    assert "Traceback" not in done.output


async def test_a_database_that_is_away_is_said_with_its_address(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BILLWRIGHT_DATABASE__PORT", "9")
    done = await run("company", "list")
    assert done.exit_code == 1
    assert "the database does not answer at 127.0.0.1:9" in done.stderr


async def test_the_operator_is_on_record(run: Run, slug: str, database: Database) -> None:
    async with open_transaction(database, Scope(audience="staff", company_id=company_id_of(slug))) as tx:
        changes = await tx.execute(sa.text("select distinct purpose, reason from app.membership_change"))
        assert [tuple(row) for row in changes] == [("cli", "added with the person")]
    assert (await run("practice", "suspend", "riverbend", "--company", slug, *WHY)).exit_code == 0
    (practice,) = lines(await run("practice", "list", "--company", slug, "--json"))
    scope = Scope(audience="staff", company_id=company_id_of(slug), practice_id=uuid.UUID(practice["practice_id"]))
    async with open_transaction(database, scope) as tx:
        rows = await tx.execute(
            sa.select(audit_event.c.action, audit_event.c.purpose, audit_event.c.role, audit_event.c.user_id)
            .where(audit_event.c.practice_id == tx.practice_id)
            .order_by(audit_event.c.recorded_at)
        )
        assert [tuple(row) for row in rows] == [
            ("tenancy.practice.onboarded", "cli", "operator", None),
            ("tenancy.practice.suspended", WHY[1], "operator", None),
        ]


async def test_an_open_invitation_is_handed_over_by_the_operator_and_that_is_on_record(
    run: Run, slug: str, web: Web, settings: Settings, admin_url: str
) -> None:
    email = f"ina@{slug}.example"
    made = await run(
        "user", "invite", email, "--company", slug, "--name", "Ina Vited", "--role", "biller@riverbend", *WHY
    )
    assert made.exit_code == 0, made.output
    (listed,) = lines(await run("invitation", "list", "--company", slug, "--json"))
    assert (listed["state"], listed["email"]) == ("open", email)
    ours = ("--company", slug, "--json")
    (shown,) = lines(await run("invitation", "token", listed["invitation_id"], *ours))
    assert ("tenancy.invitation.shown", "operator") in recorded(admin_url, settings, slug)
    body = {"token": shown["token"], "password": PASSWORD}
    assert (await web.visitor().post("/api/v1/invitations/accept", json=body)).status_code == 201
    for spent in ("token", "withdraw"):
        refused = await run("invitation", spent, listed["invitation_id"], *ours)
        assert refused.exit_code == 1
        assert "there is no open invitation of this id" in refused.output
    assert lines(await run("invitation", "list", "--company", slug, "--json")) == []


async def test_a_password_link_is_handed_over_for_people_of_the_company_alone(
    run: Run, slug: str, web: Web, settings: Settings, admin_url: str
) -> None:
    email, new = f"ana@{slug}.example", "a password of my own choosing"
    (made,) = lines(await run("user", "reset-token", email, "--company", slug, "--json"))
    assert ("tenancy.password_reset.asked", "operator") in recorded(admin_url, settings, slug)
    body = {"token": made["token"], "new_password": new}
    assert (await web.visitor().post("/api/v1/password-reset/finish", json=body)).status_code == 204
    signed_in = await web.visitor().post("/api/v1/session", json={"email": email, "password": new})
    assert signed_in.status_code == 201
    refused = await run("user", "reset-token", f"nobody@{slug}.example", "--company", slug)
    assert refused.exit_code == 1
    assert "there is no such person in your company" in refused.output


def recorded(admin_url: str, settings: Settings, slug: str) -> list[tuple[str, str]]:
    """Action and role of the company's audit events."""
    with psycopg.connect(psycopg.conninfo.make_conninfo(admin_url, dbname=settings.database.name)) as admin:
        statement = "select action, role from app.audit_event where company_id = %s"
        return [(action, role) for action, role in admin.execute(statement, [company_id_of(slug)])]
