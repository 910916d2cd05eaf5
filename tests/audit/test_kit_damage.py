"""What a client may be handed instead of its log: each damage is named with its place, and nothing ends in a stack.

Every case begins with an export that verifies, copied; one file of it is changed.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from tests.audit.sealed_log import SEALER, Log
from tests.audit.test_kit import Check, check, exported, verifier, witness_of
from tests.audit.test_retention import OLD_PARTITION, expire, grow_old

from audit.keys import LocalSigners
from audit.sealing import rotate_key
from kernel.db.transaction import open_transaction

__all__ = ["check", "verifier"]

Change = Callable[[list[bytes]], list[bytes]]
DEEP = b'{"body":' + b"[" * 100_000
HUGE = b'{"body":' + b"9" * 100_000 + b"}"


def second(change: Callable[[bytes], bytes]) -> Change:
    """The second line changed."""
    return lambda lines: [lines[0], change(lines[1]), *lines[2:]]


def with_field(name: str, value: object) -> Change:
    """A field of the second line with another value."""
    return second(lambda line: json.dumps({**json.loads(line), name: value}).encode())


def within_body(old: str, new: str) -> Change:
    return second(lambda line: line.replace(old.replace('"', '\\"').encode(), new.replace('"', '\\"').encode(), 1))


def swapped_hashes(line: bytes) -> bytes:
    seal = json.loads(line)
    leaves = base64.b64decode(seal["leaves"])
    return json.dumps({**seal, "leaves": base64.b64encode(leaves[32:64] + leaves[:32] + leaves[64:]).decode()}).encode()


SEAL = "malformed: seals.jsonl line 2: "
CHECKPOINT = "malformed: checkpoints.jsonl line 2: "
DAMAGES: tuple[tuple[str, Change, str], ...] = (
    ("seals.jsonl", second(lambda _: b"garbled"), SEAL),
    ("seals.jsonl", second(lambda _: b"[]"), SEAL),
    ("seals.jsonl", second(lambda _: b""), SEAL),
    ("seals.jsonl", second(lambda line: line[:100]), SEAL),
    ("seals.jsonl", second(lambda line: line[:20] + b"\xff" + line[21:]), SEAL),
    ("seals.jsonl", second(lambda _: DEEP), SEAL),
    ("seals.jsonl", second(lambda _: HUGE), SEAL),
    ("seals.jsonl", with_field("path", ["no hash"]), SEAL),
    ("seals.jsonl", with_field("path", [5]), SEAL),
    ("seals.jsonl", with_field("place", 0.0), SEAL),
    ("seals.jsonl", with_field("place", None), SEAL),
    ("seals.jsonl", with_field("leaves", "no base 64"), SEAL),
    ("seals.jsonl", with_field("body", "\ud800"), SEAL),
    ("seals.jsonl", with_field("body", '{"number":2,"chain":"\ud800"}'), SEAL),
    ("seals.jsonl", with_field("place", 7), "relinked: "),
    ("seals.jsonl", with_field("place", -1), "relinked: "),
    ("seals.jsonl", with_field("leaves", ""), "changed: "),
    ("seals.jsonl", second(swapped_hashes), "changed: "),
    ("seals.jsonl", within_body('"count":3', '"count":3.0'), "relinked: "),
    ("seals.jsonl", within_body('"month":"2', '"month":"1'), "relinked: "),
    ("seals.jsonl", within_body('"previous":"', '"previous":"0'), "relinked: "),
    ("seals.jsonl", lambda lines: [*lines[:2], lines[1], *lines[2:]], "reordered: "),
    ("seals.jsonl", lambda lines: [lines[1], lines[0], *lines[2:]], "deleted: "),
    ("seals.jsonl", lambda lines: lines[:1], "inserted: "),
    ("seals.jsonl", lambda _: [], "inserted: "),
    ("checkpoints.jsonl", second(lambda _: b"garbled"), CHECKPOINT),
    ("checkpoints.jsonl", with_field("signature", 5), CHECKPOINT),
    ("checkpoints.jsonl", with_field("body", "[" * 100_000), CHECKPOINT),
    ("checkpoints.jsonl", with_field("signature", "00" * 64), "forged: "),
    ("checkpoints.jsonl", with_field("signature", "no hexadecimal"), "forged: "),
    ("checkpoints.jsonl", within_body('"epoch":1', '"epoch":2'), "forged: "),
    ("checkpoints.jsonl", within_body('"number":', '"number":1'), "forged: "),
    ("checkpoints.jsonl", lambda lines: [*lines[:2], lines[1], *lines[2:]], "reordered: "),
    ("checkpoints.jsonl", lambda lines: [lines[0], *lines[2:]], "deleted: "),
    ("events.jsonl", second(lambda line: line + b"\r"), "changed: "),
    ("events.jsonl", lambda lines: [line + b"\r" for line in lines], "changed: "),
    ("events.jsonl", second(lambda line: line.replace(b'"session_id":null', b'"session_id":""')), "changed: "),
    ("events.jsonl", second(lambda line: line.replace(b'"units":2', b'"units":2.0')), "changed: "),
    ("events.jsonl", second(lambda line: line.replace("é".encode(), "e\u0301".encode())), "changed: "),
    ("events.jsonl", second(lambda line: line.replace(b",", b", ")), "changed: "),
    ("events.jsonl", second(lambda _: b"\xff\xfe\x00"), "changed: "),
    ("events.jsonl", second(lambda _: DEEP), "changed: "),
    ("events.jsonl", second(lambda _: b""), "changed: "),
    ("events.jsonl", lambda lines: [*lines[:2], lines[1], *lines[2:]], "inserted: "),
    ("events.jsonl", lambda lines: [lines[0], *[b"{}"] * 3, *lines[1:]], "inserted: "),
    ("events.jsonl", lambda lines: [lines[0], *lines[4:]], "deleted: "),
    ("events.jsonl", lambda lines: lines[:3] + lines[9:], "deleted: "),
    ("events.jsonl", lambda _: [], "truncated: "),
)


async def test_a_damaged_export_is_refused_by_the_name_of_its_damage(log: Log, check: Check) -> None:
    for _ in range(4):
        await log.write("b", "é", "c")
        await log.write("d", practice=1)
        await log.seal()
    whole = await exported(log)
    assert check(whole)[0] == 0
    for number, (name, change, said) in enumerate(DAMAGES):
        folder = log.folder / f"damaged {number}"
        shutil.copytree(whole, folder)
        lines = (whole / name).read_bytes().splitlines()
        damaged = change(lines)
        assert damaged != lines, (number, name)
        (folder / name).write_bytes(b"".join(line + b"\n" for line in damaged))
        code, words = check(folder)
        assert (code, words[: len(said) + 9]) == (1, f"TAMPERED {said}"), (number, name)


async def test_a_month_taken_away_from_every_file_of_events_is_deleted_and_not_changed(old: Log, check: Check) -> None:
    """The next event there is was sealed many seals later."""
    await grow_old(old)
    assert check(await exported(old, "whole"))[0] == 0
    old.tamper("drop table app.audit_event_2019_05")
    code, said = check(await exported(old))
    assert (code, said.split(":")[0]) == (1, "TAMPERED deleted")


@pytest.fixture
def old(log: Log) -> Log:
    for statement in OLD_PARTITION:
        log.tamper(statement)
    return log


@pytest.mark.parametrize("near", ["alone", "last"])
async def test_an_event_that_was_put_between_the_seals_of_its_practice_is_exported_and_named(
    log: Log, check: Check, near: str
) -> None:
    """The other practice's chain has no seal there, so none of its seals would miss anything."""
    await log.grow(1)
    await log.write("alone")
    await log.seal()
    await log.grow(1)
    await log.write("last")
    await log.seal()
    assert check(await exported(log, "whole", practice=1))[0] == 0
    log.tamper(f"""
        insert into app.audit_event select company_id, '{log.practices[1].practice_id}', gen_random_uuid(), occurred_at, recorded_at, xid,
            audience, user_id, role, purpose, session_id, request_id, address, 'claims.claim.invented', object_type, object_id,
            patient_ids, changed, outcome
        from app.audit_event where object_id = '{near}'
    """)
    ((invented,),) = log.rows("select id::text from app.audit_event where action = 'claims.claim.invented'")
    code, said = check(await exported(log, practice=1))
    assert (code, said.split(":")[0], str(invented) in said) == (1, "TAMPERED inserted", True)


async def test_a_dropped_month_is_excused_by_its_sealed_record_and_by_a_clock_that_agrees(
    old: Log, check: Check
) -> None:
    await grow_old(old)
    await expire(old)
    before = await exported(old, "before its record was sealed")
    await old.seal()
    folder = await exported(old)
    assert check(folder)[0] == 0
    assert check(before)[1].startswith("TAMPERED deleted: ")
    seals = (folder / "seals.jsonl").read_text().splitlines()
    without = [json.dumps({**json.loads(seals[0]), "leaves": ""}), *seals[1:]]
    (folder / "seals.jsonl").write_text("".join(line + "\n" for line in without))
    assert check(folder)[1].startswith("TAMPERED changed: ")
    (folder / "seals.jsonl").write_text("".join(line + "\n" for line in seals))
    with time_machine.travel("2025-05-30T00:00:00Z"):
        # The sealer's clock had been set ahead, so that a young month seemed old.
        assert "before they were six years old" in check(folder)[1]


async def test_the_checkpoints_of_another_log_or_under_a_key_of_their_own_are_not_ours(log: Log, check: Check) -> None:
    await log.grow()
    ours, theirs = await exported(log), await exported(log, "theirs", practice=1)
    assert check(theirs)[0] == check(ours)[0] == 0
    shutil.copy(theirs / "seals.jsonl", ours / "seals.jsonl")
    assert check(ours)[1].startswith("TAMPERED relinked: ")
    about = json.loads((ours / "log.json").read_text())
    (ours / "log.json").write_text(json.dumps({**about, "first_key": "ab" * 32}))
    assert check(ours)[1].startswith("TAMPERED forged: ")


async def test_a_new_key_cannot_announce_itself(log: Log, check: Check) -> None:
    await log.grow(1)
    old = await log.signers.first()
    async with open_transaction(log.database, SEALER) as tx:
        rotated = await rotate_key(tx, log.signers)
    await log.grow(1)
    folder = await exported(log)
    assert check(folder)[0] == 0
    thief = await LocalSigners(log.folder / "thief").new()
    forged = [json.loads(line) for line in (folder / "checkpoints.jsonl").read_text().splitlines()]
    body = forged[1]["body"].replace(rotated.next_key, thief.public_key)
    signature = (await thief.sign(b"billwright audit checkpoint 1\n" + body.encode())).hex()
    forged[1] = {"body": body, "signature": signature}
    (folder / "checkpoints.jsonl").write_text("".join(json.dumps(one) + "\n" for one in forged))
    assert check(folder, "--key", old.public_key)[1].startswith("TAMPERED forged: checkpoint 2: its signature")


async def test_a_witness_is_older_than_the_export_or_says_what_it_is(log: Log, check: Check) -> None:
    await log.grow(1)
    old = await witness_of(log, "old.json")
    await log.grow(1)
    folder = await exported(log)
    await log.grow(1)
    new = await witness_of(log, "new.json")
    assert check(folder, "--witness", old)[0] == 0
    code, said = check(folder, "--witness", old, new)
    assert (code, said.split(":")[0]) == (1, "TAMPERED truncated")
    assert "or it was exported earlier than that" in said
    theirs = await exported(log, "theirs", practice=1)
    assert check(theirs)[0] == 0
    assert check(theirs, "--witness", old)[0] == 2
    edited = log.folder / "edited.json"
    edited.write_text(old.read_text().replace('\\"epoch\\":1', '\\"epoch\\":2'))
    assert check(folder, "--witness", edited)[1].startswith("TAMPERED forged: witness edited.json")


async def test_a_page_of_checkpoints_as_the_api_answers_it_is_as_good_as_single_files(log: Log, check: Check) -> None:
    await log.grow(1)
    first = json.loads((await witness_of(log, "first.json")).read_text())
    await log.grow(1)
    second_ = json.loads((await witness_of(log, "second.json")).read_text())
    page = log.folder / "page.json"
    page.write_text(json.dumps({"items": [second_, first], "next": None}))
    folder = await exported(log)
    assert "witnesses that agree: 2" in check(folder, "--witness", page)[1]
    page.write_text(json.dumps({"items": [{**second_, "seal": {**second_["seal"], "path": ["00"]}}]}))
    assert check(folder, "--witness", page)[0] == 1


async def test_a_key_may_be_written_as_people_write_it_down(log: Log, check: Check) -> None:
    await log.grow(1)
    folder = await exported(log)
    key = (await log.signers.first()).public_key
    assert check(folder, "--key", f" {key[:32].upper()} {key[32:]} ")[0] == 0
    for wrong in ("", key[:-1], "x" * 64):
        with pytest.raises(SystemExit) as refused:
            check(folder, "--key", wrong)
        assert refused.value.code == 2


async def test_what_cannot_be_read_is_said_in_a_sentence_and_is_no_verdict(log: Log, check: Check) -> None:
    await log.grow(1)
    folder = await exported(log)
    witness = await witness_of(log)
    assert check(folder, "--witness", witness)[0] == 0

    def refused(*arguments: object) -> str:
        code, said = check(*arguments)
        assert (code, said[:11], said.count("\n")) == (2, "verify.py: ", 1)
        return said

    for text in ("", "[]", "{}", '{"seal":{}}', "[" * 100_000, '{"items":5}'):
        witness.write_text(text)
        assert "is no witness file" in refused(folder, "--witness", witness) or text == "{}"
        assert "is no proof file" in refused("--proof", witness)
    whole = {path.name: path.read_bytes() for path in folder.iterdir()}
    for name in ("events.jsonl", "seals.jsonl", "checkpoints.jsonl", "log.json"):
        for replace in (
            Path.mkdir,
            os.mkfifo,
            lambda path: path.symlink_to("nowhere"),
            lambda path: path.symlink_to(path),
        ):
            (folder / name).unlink()
            replace(folder / name)
            assert f"{name} is missing, or is no file" in refused(folder)
            (folder / name).rmdir() if (folder / name).is_dir() else (folder / name).unlink()
            (folder / name).write_bytes(whole[name])
    for text in (b"\xff", b"{}", b'{"format":2}', b'{"format":1,"chain":"a","first_key":"b","expired":[[]]}'):
        (folder / "log.json").write_bytes(text)
        assert "format 2" in refused(folder) or b"2" not in text


async def test_a_link_to_a_file_elsewhere_is_read_like_the_file(log: Log, check: Check) -> None:
    await log.grow(1)
    folder = await exported(log)
    (folder / "events.jsonl").rename(log.folder / "elsewhere.jsonl")
    (folder / "events.jsonl").symlink_to(log.folder / "elsewhere.jsonl")
    assert check(folder)[0] == 0


async def test_an_end_without_its_line_feed_is_the_same_log(log: Log, check: Check) -> None:
    await log.grow(1)
    folder = await exported(log)
    for name in ("events.jsonl", "seals.jsonl", "checkpoints.jsonl"):
        (folder / name).write_bytes((folder / name).read_bytes().removesuffix(b"\n"))
    assert check(folder)[0] == 0


def test_a_python_without_the_package_is_told_how_to_get_it(verifier: object, tmp_path: Path) -> None:
    venv.create(tmp_path / "bare", symlinks=True)
    bare = tmp_path / "bare" / "bin" / "python"
    program = str(verifier.__file__)  # type: ignore[attr-defined]
    assert subprocess.run([sys.executable, program, "--help"], capture_output=True, check=False).returncode == 0
    done = subprocess.run([bare, program, "--help"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (
        2, "verify.py needs the package cryptography: python -m pip install cryptography\n",
    )  # fmt: skip
