"""The exact bytes that are hashed and signed: version 1 of the encoding of events, seals and checkpoints. Pure.

`docs/audit.md` is the specification, and the client's verifier was written from it without this code. All are JSON objects on one
line: keys in order of their code points, no spaces, UTF-8, only `"`, `\\` and control characters escaped; instants in UTC with six
digits of a second; hashes in lower-case hexadecimal.
"""

import datetime as dt
import json
from functools import lru_cache
from json.encoder import encode_basestring as quoted
from typing import Any, NamedTuple

import msgspec

VERSION = 1
MOST_BRACKETS = 200
MOST_DIGITS = 18
NO_STRING = "\0"
MOST_REMEMBERED = 4_096
"""Of the values of `changed`, which repeat: states and counts."""
GENESIS = "0" * 64
"""What the first seal of a chain, and the first checkpoint, name as their predecessor."""


class EventRow(NamedTuple):
    """An event as the database writes it: everything is text. `position` orders events, and is a number; instants are canonical."""

    company_id: str | None
    practice_id: str | None
    id: str
    occurred_at: str
    recorded_at: str
    position: str
    audience: str
    user_id: str | None
    role: str
    purpose: str
    session_id: str | None
    request_id: str
    address: str
    action: str
    object_type: str
    object_id: str
    patient_ids: str
    """An array: {} or {id,id}."""
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
    # Taken apart in one step, because this runs for every event there is.
    (
        company_id, practice_id, event_id, occurred_at, recorded_at, position, audience, user_id, role, purpose, session_id,
        request_id, address, action, object_type, object_id, patient_ids, changed, outcome,
    ) = row  # fmt: skip
    patients = '"' + patient_ids[1:-1].replace(",", '","') + '"' if patient_ids != "{}" else ""
    return (
        f'{{"action":{quoted(action)},"address":{quoted(address)},"audience":{quoted(audience)}'
        f',"changed":{canonical_json(changed)},"company_id":{_id(company_id)},"id":"{event_id}"'
        f',"object_id":{quoted(object_id)},"object_type":{quoted(object_type)}'
        f',"occurred_at":"{occurred_at}","outcome":{quoted(outcome)},"patient_ids":[{patients}]'
        f',"position":{position},"practice_id":{_id(practice_id)},"purpose":{quoted(purpose)}'
        f',"recorded_at":"{recorded_at}","request_id":{quoted(request_id)},"role":{quoted(role)}'
        f',"session_id":{_id(session_id)},"user_id":{_id(user_id)}}}'
    )


@lru_cache(maxsize=MOST_REMEMBERED)
def canonical_json(text: str) -> str:
    """Stored JSON in canonical form; two values that differ have two forms.

    An integer of at most 18 digits stays a number; any other number becomes the string of U+0000 and its digits, because readers
    differ in how they round. A value of more than 200 brackets becomes the string of U+0000 and its text, so that none is too deep
    to be read. No stored string holds U+0000 (PostgreSQL refuses it), so neither is taken for one.
    """
    if text == "{}":
        return text
    if text.count("{") + text.count("[") > MOST_BRACKETS:
        return quoted(NO_STRING + text)
    return _encode(_decode(text))


def seal_body(seal: Seal) -> str:
    """The canonical line of a seal; its leaf hash is what the next seal names, and what a checkpoint's root is over."""
    return _line(seal)


def checkpoint_body(checkpoint: Checkpoint) -> str:
    """The canonical line of a checkpoint: what is signed."""
    return _line(checkpoint)


def instant(value: dt.datetime) -> str:
    """An instant in UTC with six digits of a second."""
    return value.astimezone(dt.UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def month_of(canonical: str) -> str:
    """The calendar month, in UTC, of a canonical instant."""
    return canonical[:7]


def chain_name(company_id: object, practice_id: object) -> str:
    """Whose chain an event belongs to: its practice's, its company's, or that of what nobody is known for yet."""
    if practice_id is not None:
        return f"practice/{practice_id}"
    return "intake" if company_id is None else f"company/{company_id}"


def _line(value: msgspec.Struct) -> str:
    return _encode(msgspec.to_builtins(value))


def _id(value: str | None) -> str:
    return "null" if value is None else f'"{value}"'


def _whole(digits: str) -> Any:
    return int(digits) if len(digits.lstrip("-")) <= MOST_DIGITS else NO_STRING + digits


_decode = json.JSONDecoder(parse_float=NO_STRING.__add__, parse_int=_whole).decode
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
