"""A client's own verification: an export on a machine without Billwright, witnesses from earlier, the proof of one event."""

import asyncio
import importlib.util
import json
import subprocess
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import msgspec
import pytest
from tests.audit.conftest import OpenLog
from tests.audit.sealed_log import SEALER, Log

from app.audit_export import export_log, write_proof, write_witness
from audit.export import kit
from audit.keys import LocalSigners
from audit.proofs import prove_event
from audit.sealing import rotate_key
from kernel.db.transaction import open_transaction
from kernel.errors import Conflict, NotFound
from kernel.ids import new_id

Lines = list[str]


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """The client's program, from a folder in which there is nothing else."""
    path = tmp_path_factory.mktemp("client") / "verify.py"
    path.write_bytes(kit()["verify.py"])
    spec = importlib.util.spec_from_file_location("client_verifier", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


async def exported(log: Log, name: str = "export", practice: int = 0) -> Path:
    folder = log.folder / name
    await export_log(log.database, log.practices[practice].scope(), folder)
    return folder


async def witness_of(log: Log, name: str = "witness.json") -> Path:
    path = log.folder / name
    await write_witness(log.database, log.practices[0].scope(), path)
    return path


Check = Callable[..., tuple[int, str]]


@pytest.fixture
def check(verifier: ModuleType, capsys: pytest.CaptureFixture[str]) -> Check:
    """Run the client's program with these arguments; its exit code and what it said."""

    def run(*arguments: object) -> tuple[int, str]:
        code = verifier.main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return code, said.out + said.err

    return run


async def test_a_clean_export_verifies_on_a_bare_python(log: Log) -> None:
    await log.grow()
    witness = await witness_of(log)
    await log.grow(1)
    folder = await exported(log)
    command = [sys.executable, "-I", str(folder / "verify.py"), str(folder), "--witness", str(witness)]
    done = await asyncio.to_thread(
        subprocess.run, command, capture_output=True, text=True, check=False, cwd=folder, timeout=120
    )
    assert (done.returncode, done.stderr) == (0, "")
    # twelve, and the taking of the witness
    assert done.stdout.startswith(f"verified: 13 events in 4 seals of practice/{log.practices[0].practice_id}")
    assert (await log.signers.first()).public_key in done.stdout


def edit(lines: Lines) -> Lines:
    return [line.replace('"role":"biller"', '"role":"poster"') if "read_1" in line else line for line in lines]


def delete(lines: Lines) -> Lines:
    return [line for line in lines if "read_1" not in line]


def delete_last_of_a_seal(lines: Lines) -> Lines:
    return [line for line in lines if "sent_1" not in line]


def swap(lines: Lines) -> Lines:
    return [*lines[:4], lines[5], lines[4], *lines[6:]]


def insert(lines: Lines) -> Lines:
    return [*lines[:4], lines[4].replace("claims.claim.read", "claims.claim.invented"), *lines[4:]]


def append(lines: Lines) -> Lines:
    return [*lines, lines[-1]]


def cut(lines: Lines) -> Lines:
    return lines[:-1]


@pytest.mark.parametrize(
    ("tamper", "kind"),
    [
        (edit, "changed"), (delete, "deleted"), (delete_last_of_a_seal, "deleted"), (swap, "reordered"), (insert, "inserted"),
        (append, "inserted"), (cut, "truncated"),
    ],
    ids=lambda value: getattr(value, "__name__", value),
)  # fmt: skip
async def test_each_tampering_with_events_is_told_by_its_kind(
    log: Log, check: Check, tamper: Callable[[Lines], Lines], kind: str
) -> None:
    await log.grow()
    folder = await exported(log)
    assert check(folder)[0] == 0
    lines = (folder / "events.jsonl").read_text().splitlines()
    (folder / "events.jsonl").write_text("".join(line + "\n" for line in tamper(lines)))
    code, said = check(folder)
    assert (code, said.split(":")[0]) == (1, f"TAMPERED {kind}")
    if kind == "changed":
        assert json.loads(lines[4])["id"] in said


@pytest.mark.parametrize("name", ["seals.jsonl", "checkpoints.jsonl"])
async def test_a_missing_or_altered_seal_or_checkpoint_is_told(log: Log, check: Check, name: str) -> None:
    await log.grow()
    folder = await exported(log)
    assert check(folder)[0] == 0
    whole = (folder / name).read_text().splitlines()
    for lines in (
        whole[:1] + whole[2:],
        [whole[0], whole[1].replace('\\"root\\":\\"', '\\"root\\":\\"00'), *whole[2:]],
    ):
        (folder / name).write_text("".join(line + "\n" for line in lines))
        assert check(folder)[0] == 1


async def test_a_log_cut_short_with_its_seals_is_only_known_from_a_witness(log: Log, check: Check) -> None:
    await log.grow()
    witness = await witness_of(log)
    whole = await exported(log)
    for name, keep in (("events.jsonl", 6), ("seals.jsonl", 2), ("checkpoints.jsonl", 2)):
        (whole / name).write_text("".join(line + "\n" for line in (whole / name).read_text().splitlines()[:keep]))
    assert check(whole)[0] == 0
    code, said = check(whole, "--witness", witness)
    assert (code, said.split(":")[0]) == (1, "TAMPERED truncated")


async def test_a_log_rewritten_with_key_and_copies_is_known_from_a_witness(log: Log, check: Check) -> None:
    await log.grow()
    witness = await witness_of(log)
    assert check(await exported(log), "--witness", witness)[0] == 0
    log.tamper(
        "update app.audit_event set role = 'administrator'",
        "delete from app.audit_seal",
        "delete from app.audit_checkpoint",
    )
    await log.seal(copy=False)
    await log.grow_uncopied(5)
    rewritten = await exported(log, "rewritten")
    assert check(rewritten)[0] == 0
    code, said = check(rewritten, "--witness", witness)
    assert (code, said.split(":")[0]) == (1, "TAMPERED forked")


async def test_of_two_databases_from_one_backup_the_other_is_not_the_witnessed(
    log: Log, open_log: OpenLog, check: Check
) -> None:
    await log.grow()
    twin = await open_log("twin", backup_of=log)
    for one in (log, twin):
        await one.write("after")
        await one.seal(copy=False)
    witness = await witness_of(log)
    assert check(await exported(log), "--witness", witness)[0] == 0
    code, said = check(await exported(twin), "--witness", witness)
    assert (code, said.split(":")[0]) == (1, "TAMPERED forked")


async def test_a_log_under_another_key_is_forged_for_whoever_knows_the_key(log: Log, check: Check) -> None:
    await log.grow(1)
    key = (await log.signers.first()).public_key
    assert check(await exported(log), "--key", key)[0] == 0
    log.tamper("delete from app.audit_seal", "delete from app.audit_checkpoint")
    log.signers = LocalSigners(log.folder / "other keys")
    await log.seal(copy=False)
    forged = await exported(log, "forged")
    assert check(forged)[0] == 0
    assert check(forged, "--key", key)[1].startswith("TAMPERED forged")


async def test_a_changed_key_is_followed_and_an_unannounced_one_is_not(log: Log, check: Check) -> None:
    await log.grow(1)
    first = (await log.signers.first()).public_key
    async with open_transaction(log.database, SEALER) as tx:
        await rotate_key(tx, log.signers)
    await log.grow(1)
    folder = await exported(log)
    assert check(folder, "--key", first)[0] == 0
    lines = (folder / "checkpoints.jsonl").read_text().splitlines()
    announced = [line for line in lines if '\\"seals\\":0' in line]
    assert len(announced) == 1
    (folder / "checkpoints.jsonl").write_text("".join(line + "\n" for line in lines if line not in announced))
    assert check(folder)[1].startswith("TAMPERED forged")


async def test_one_event_is_proved_against_a_checkpoint_alone(log: Log, check: Check) -> None:
    await log.grow()
    event = log.rows("select id from app.audit_event where object_id = 'read_1'")[0][0]
    path = log.folder / "proof.json"
    await write_proof(log.database, log.practices[0].scope(), event, path)
    key = (await log.signers.first()).public_key
    code, said = check("--proof", path, "--key", key)
    assert (code, str(event) in said) == (0, True)
    proof = path.read_text()
    path.write_text(proof.replace('\\"role\\":\\"biller\\"', '\\"role\\":\\"poster\\"'))
    assert check("--proof", path)[1].startswith("TAMPERED changed")
    path.write_text(proof)
    assert check("--proof", path, "--key", "ab" * 32)[1].startswith("TAMPERED forged")


async def test_an_event_of_another_practice_or_without_a_seal_has_no_proof(log: Log) -> None:
    await log.grow(1)
    ours, theirs = log.practices
    event = log.rows("select id from app.audit_event where object_id = 'read_0'")[0][0]
    async with ours.tx() as tx:
        assert msgspec.json.decode((await prove_event(tx, event)).event)["id"] == str(event)
    async with theirs.tx() as tx:
        with pytest.raises(NotFound):
            await prove_event(tx, event)
        for nobody in (new_id(), uuid.UUID(int=0), uuid.UUID(int=2**128 - 1)):
            with pytest.raises(NotFound):
                await prove_event(tx, nobody)
    await log.write("late")
    late = log.rows("select id from app.audit_event where object_id = 'late'")[0][0]
    async with ours.tx() as tx:
        with pytest.raises(Conflict, match="not sealed yet"):
            await prove_event(tx, late)


async def test_what_is_no_export_is_no_verdict(log: Log, check: Check, tmp_path: Path) -> None:
    assert check(tmp_path / "nowhere")[0] == 2
    await log.grow(1)
    folder = await exported(log)
    (tmp_path / "note.json").write_text("{}")
    assert check(folder, "--witness", tmp_path / "note.json")[0] == 2
    with pytest.raises(Conflict, match="not empty"):
        await exported(log)


async def test_an_export_is_on_record_in_the_exported_log(log: Log) -> None:
    await log.grow(1)
    await exported(log)
    assert log.rows("select action, practice_id from app.audit_event where action like 'audit.%'") == [
        ("audit.log.exported", log.practices[0].practice_id)
    ]
