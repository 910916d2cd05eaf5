"""`billwright audit`, run as an operator runs it."""

import asyncio
import csv
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from tests.audit.sealed_log import Log
from tests.audit.test_retention import MONTH, grow_old, old
from tests.plugins.tenants import add_practice

from app.cli import main
from app.stack import child_environment
from audit.keys import LocalSigners
from audit.public import record
from kernel.clock import wall_now
from kernel.context import Scope
from kernel.db.transaction import open_transaction
from tenancy.tables import company

__all__ = ["old"]
Run = Callable[..., Awaitable[Result]]
WHY = ("--operator", "Pat Example", "--reason", "six years are over")


@pytest.fixture
def run(at_home: Log, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`billwright audit` in this log's installation."""
    for name, value in child_environment(at_home.settings).items():
        monkeypatch.setenv(name, value)

    async def invoke(*arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, main, ["audit", *arguments])

    return invoke


@pytest.fixture
async def practice(at_home: Log) -> str:
    """The first practice, on file."""
    ours = at_home.practices[0]
    named = {"company_id": ours.company_id, "slug": "northgate", "name": "Northgate Billing", "currency": "USD"}
    async with ours.tx() as tx:
        await tx.execute(company.insert().values(**named, created_at=wall_now()))
        await add_practice(tx)
    return str(ours.practice_id)


def done(result: Result) -> str:
    """What a command said that ended well."""
    assert result.exit_code == 0, result.output
    return result.output


def purposes(log: Log, action: str) -> list[object]:
    """Why, as the audit log has it."""
    return [why for (why,) in log.rows(f"select purpose from app.audit_event where action = '{action}' order by xid")]


async def test_status_says_how_far_sealing_is_and_is_an_alarm_when_events_wait(at_home: Log, run: Run) -> None:
    await at_home.grow(2)
    assert "last checkpoint  2 at " in done(await run("status"))
    await at_home.write("waits")
    assert "1 events, the oldest for 0." in done(await run("status"))
    at_home.tamper(
        "update app.audit_event set recorded_at = recorded_at - interval '1 minute' where object_id = 'waits'"
    )
    late = await run("status")
    assert late.exit_code == 1
    assert "ALARM: events wait too long" in late.output


async def test_verify_goes_through_everything_tells_its_progress_and_exits_1_for_a_fault(
    at_home: Log, run: Run
) -> None:
    await at_home.grow(2)
    said = done(await run("verify"))
    assert "checkpoint 2: 8 events so far" in said
    assert "8 events in 4 seals of 2 chains, 2 signed checkpoints: verified" in said
    at_home.tamper("update app.audit_event set role = 'administrator' where object_id = 'read_1'")
    found = await run("verify")
    assert found.exit_code == 1
    assert "TAMPERED changed" in found.output
    assert "faults found: 1" in found.output


async def test_verify_resumes_after_what_it_found_sound_and_never_after_a_fault(at_home: Log, run: Run) -> None:
    await at_home.write("early")
    await at_home.seal()
    done(await run("verify"))
    await at_home.grow(1)
    at_home.tamper("update app.audit_event set role = 'administrator' where object_id = 'early'")
    # What was verified is not read again: that the first page would now be found changed shows that this run began after it.
    assert "verified" in done(await run("verify", "--resume"))
    assert (await run("verify")).exit_code == 1
    at_home.tamper("update app.audit_event set role = 'biller' where object_id = 'early'")
    await at_home.write("late")
    await at_home.seal()
    at_home.tamper("update app.audit_event set role = 'administrator' where object_id = 'late'")
    for _ in range(2):
        assert "TAMPERED changed" in (await run("verify", "--resume")).output


async def test_a_changed_key_signs_from_the_next_checkpoint_on(at_home: Log, run: Run) -> None:
    await at_home.grow(1)
    said = done(await run("rotate-key"))
    at_home.signers = LocalSigners(at_home.settings.home / "audit" / "keys")
    await at_home.grow(1)
    ((key,),) = at_home.rows("select body::json ->> 'key' from app.audit_checkpoint order by number desc limit 1")
    assert f"from the next checkpoint on, {key} signs" in said
    assert at_home.rows("select object_id from app.audit_event where action = 'audit.key.changed'") == [(key,)]
    assert "verified" in done(await run("verify"))


async def test_an_export_is_checked_by_the_program_that_lies_in_it(
    at_home: Log, practice: str, run: Run, tmp_path: Path
) -> None:
    await at_home.grow(2)
    folder = tmp_path / "export"
    witness, proof = tmp_path / "witness.json", tmp_path / "proof.json"
    ((event,),) = at_home.rows("select id::text from app.audit_event where object_id = 'read_1'")
    assert "6 events in " in done(await run("export", "--practice", practice, "--out", str(folder)))
    done(await run("witness", "--practice", practice, "--out", str(witness)))
    done(await run("prove", "--practice", practice, "--event", str(event), "--out", str(proof)))
    program = [sys.executable, "-I", str(folder / "verify.py")]
    for arguments in ([str(folder), "--witness", str(witness)], ["--proof", str(proof)]):
        checked = await asyncio.to_thread(subprocess.run, [*program, *arguments], capture_output=True, check=False)
        assert checked.returncode == 0, checked.stdout + checked.stderr
    again = await run("export", "--practice", practice, "--out", str(folder))
    assert again.exit_code != 0
    assert purposes(at_home, "audit.log.exported") == ["export of the audit log"]
    assert purposes(at_home, "audit.checkpoint.taken") == ["witness for the client"]
    assert purposes(at_home, "audit.event.proved") == ["proof of an audit event"]


async def test_only_an_old_and_intact_month_is_dropped_by_name_and_with_a_reason(
    old: Log, at_home: Log, practice: str, run: Run
) -> None:
    await grow_old(at_home)
    assert (await run("expire", "--month", MONTH)).exit_code == 2, "without a name and a reason"
    assert "a month looks like 2020-11" in (await run("expire", "--month", "May 2019", *WHY)).output
    young = await run("expire", "--month", "2026-11", *WHY)
    assert (young.exit_code, at_home.rows("select count(*) from app.audit_event where xid < '0'::xid8")) == (1, [(0,)])
    done(await run("hold", "--practice", practice, "--reason", "a lawsuit"))
    held = await run("expire", "--month", MONTH, *WHY)
    assert held.exit_code == 1
    assert "legal hold" in str(held.exception) + held.output
    done(await run("hold", "--practice", practice, "--reason", "settled", "--release"))
    assert purposes(at_home, "audit.hold.placed") + purposes(at_home, "audit.hold.released") == ["a lawsuit", "settled"]
    at_home.tamper("update app.audit_event set role = 'administrator' where recorded_at < '2020-01-01'")
    assert (await run("expire", "--month", MONTH, *WHY)).exit_code == 1
    at_home.tamper("update app.audit_event set role = 'biller' where recorded_at < '2020-01-01'")
    await at_home.seal()
    assert f"8 events of {MONTH} were dropped" in done(await run("expire", "--month", MONTH, *WHY))
    await at_home.seal()
    assert purposes(at_home, "audit.events.expired") == ["Pat Example: six years are over"] * 2
    assert "verified" in done(await run("verify"))


async def test_a_new_epoch_lets_a_restored_database_go_on(at_home: Log, run: Run) -> None:
    await at_home.grow(1)
    at_home.tamper("update app.audit_epoch set cluster = 'the one it was dumped from'")
    await at_home.write("waits")
    done(await run("begin-epoch", "--reason", "restored from the dump of 26 November"))
    await at_home.seal()
    assert at_home.rows("select max(epoch) from app.audit_checkpoint") == [(2,)]
    assert at_home.rows("select reason from app.audit_epoch where number = 2") == [
        ("restored from the dump of 26 November",)
    ]
    assert "verified" in done(await run("verify"))


async def test_strangers_are_what_belongs_to_no_company(run: Run, at_home: Log, practice: str, tmp_path: Path) -> None:
    """A sign-in with an address that nobody has is among them, one event of the practice is not; the file is on record."""
    nobody = Scope(audience="identity", request_id="knock", address="2001:db8::7")
    async with open_transaction(at_home.practices[0].database, nobody) as tx:
        record(tx, "tenancy.sign_in.refused", "account", "a-hash", outcome="refused")
    async with at_home.practices[0].tx() as tx:
        record(tx, "patients.patient.read", "patient", "somebody")
    out = tmp_path / "strangers.csv"
    assert "events that no company sees: 1;" in done(await run("strangers", "--days", "2", "--out", str(out)))
    (row,) = csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())
    assert (row["what"], row["person"], row["address"]) == (
        "failed to sign in",
        "Somebody who was not signed in",
        "2001:db8::7",
    )
    done(await run("strangers", "--out", str(out)))
    told = [one["what"] for one in csv.DictReader(out.read_text(encoding="utf-8-sig").splitlines())]
    assert told[-1] == "exported events of the audit log"
