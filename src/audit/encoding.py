"""The exact bytes that are hashed and signed: version 1 of the encoding of events, seals and checkpoints. Pure.

`docs/audit.md` is the specification, and the client's verifier was written from it without this code. All are JSON objects on one
line: keys in order of their code points, no spaces, UTF-8, only `"`, `\\` and control characters escaped; instants in UTC with six
digits of a second; hashes in lower-case hexadecimal.
"""

import datetime as dt
import json
import uuid
from collections.abc import Sequence
from json.encoder import encode_basestring as quoted
from typing import Any, Protocol

import msgspec

VERSION = 1
MOST_BRACKETS = 200
MOST_DIGITS = 18
GENESIS = "0" * 64
"""What the first seal of a chain, and the first checkpoint, name as their predecessor."""


class EventRow(Protocol):
    """An event as the database holds it. `xid` is its position; `changed` the text of the stored JSON."""

    company_id: uuid.UUID | None
    practice_id: uuid.UUID | None
    id: uuid.UUID
    occurred_at: dt.datetime
    recorded_at: dt.datetime
    xid: int
    audience: str
    user_id: uuid.UUID | None
    role: str
    purpose: str
    session_id: uuid.UUID | None
    request_id: str
    address: str
    action: str
    object_type: str
    object_id: str
    patient_ids: Sequence[uuid.UUID]
    changed: str
    outcome: str


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """What a chain gained in one checkpoint, of one month. Its events are those of the chain with position in [from, to)."""

    chain: str
    checkpoint: int
    count: int
    encoding: int = VERSION
    first: int
    """How many events the chain had before."""
    month: str
    """Of `recorded_at`, as 2026-11: expiry drops whole months."""
    number: int
    position_from: int
    position_to: int
    previous: str
    root: str


class Checkpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One signature over the seals of all chains that gained events."""

    at: str
    cluster: str
    epoch: int
    key: str
    """The public key that signs this one."""
    next_key: str
    """The key that signs from the next one on; almost always the same."""
    number: int
    position_from: int
    position_to: int
    previous: str
    root: str
    seals: int
    version: int = VERSION


def event_line(row: EventRow) -> str:
    """The canonical line of an event."""
    patients = ",".join(f'"{patient}"' for patient in row.patient_ids)
    return (
        f'{{"action":{quoted(row.action)},"address":{quoted(row.address)},"audience":{quoted(row.audience)}'
        f',"changed":{canonical_json(row.changed)},"company_id":{_id(row.company_id)},"id":"{row.id}"'
        f',"object_id":{quoted(row.object_id)},"object_type":{quoted(row.object_type)}'
        f',"occurred_at":"{instant(row.occurred_at)}","outcome":{quoted(row.outcome)},"patient_ids":[{patients}]'
        f',"position":{row.xid},"practice_id":{_id(row.practice_id)},"purpose":{quoted(row.purpose)}'
        f',"recorded_at":"{instant(row.recorded_at)}","request_id":{quoted(row.request_id)},"role":{quoted(row.role)}'
        f',"session_id":{_id(row.session_id)},"user_id":{_id(row.user_id)}}}'
    )


def canonical_json(text: str) -> str:
    """Stored JSON in canonical form.

    An integer of at most 18 digits stays a number; any other number becomes the string of its digits, because readers differ in how
    they round. A value of more than 200 brackets becomes the string of its text, so that none is too deep to be read.
    """
    if text == "{}":
        return text
    if text.count("{") + text.count("[") > MOST_BRACKETS:
        return quoted(text)
    value = json.loads(text, parse_float=str, parse_int=_whole)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def seal_body(seal: Seal) -> str:
    """The canonical line of a seal; its leaf hash is what the next seal names, and what a checkpoint's root is over."""
    return _line(seal)


def checkpoint_body(checkpoint: Checkpoint) -> str:
    """The canonical line of a checkpoint: what is signed."""
    return _line(checkpoint)


def instant(value: dt.datetime) -> str:
    """An instant in UTC with six digits of a second."""
    return value.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z"


def month_of(value: dt.datetime) -> str:
    """The calendar month of an instant, in UTC."""
    return instant(value)[:7]


def chain_name(company_id: uuid.UUID | None, practice_id: uuid.UUID | None) -> str:
    """Whose chain an event belongs to: its practice's, its company's, or that of what nobody is known for yet."""
    if practice_id is not None:
        return f"practice/{practice_id}"
    return "intake" if company_id is None else f"company/{company_id}"


def _line(value: msgspec.Struct) -> str:
    return json.dumps(msgspec.to_builtins(value), ensure_ascii=False, separators=(",", ":"), sort_keys=True)


def _id(value: uuid.UUID | None) -> str:
    return "null" if value is None else f'"{value}"'


def _whole(digits: str) -> Any:
    return int(digits) if len(digits.lstrip("-")) <= MOST_DIGITS else digits
