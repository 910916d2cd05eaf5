"""Random values of the inquiry and answer transactions, and what must be equal after a round trip."""

import datetime as dt
import typing
from collections.abc import Callable
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
from hypothesis import strategies as st

from edi.hierarchy import TransactionHeader
from edi.parties import Address, Contact, ContactNumber, DatedFact, Party
from edi.procedures import Procedure
from edi.x12.envelope import Envelope
from edi.x12.segment import Segment

ENVELOPE = Envelope(
    sender_id="LARKSPUR",
    receiver_id="NORTHWIND",
    date=dt.date(2026, 3, 2),
    time=dt.time(9, 15),
    control_number=71,
    group_control_number=71,
)

_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 .,-/'"
Make = Callable[[Random], Any]
"""Makes a random value. Strategies nested this deep take hypothesis minutes, so it chooses the seed instead."""


def words(random: Random) -> str:
    """Text with nothing that separates elements, and no blanks at its ends."""
    return f"X{''.join(random.choices(_SIGNS, k=random.randint(0, 10)))}Y"


def always(value: Any) -> Make:
    """The same value every time; a list is copied."""
    return lambda _: list(value) if isinstance(value, list) else value


def maybe(make: Make, otherwise: Any = None) -> Make:
    """The value or something else in its place."""
    return lambda random: make(random) if random.random() < 0.6 else otherwise


def lists(make: Make, most: int = 2) -> Make:
    """Short lists."""
    return lambda random: [make(random) for _ in range(random.randint(0, most))]


def _date(random: Random) -> dt.date:
    return dt.date(1900, 1, 1) + dt.timedelta(days=random.randint(0, 73_000))


def _time(random: Random) -> dt.time:
    hundredths = random.choice([0, random.randint(0, 99)])
    return dt.time(random.randint(0, 23), random.randint(0, 59), random.choice([0, 7]), hundredths * 10_000)


def _procedure(random: Random) -> Procedure:
    modifiers = tuple(lists(words, 4)(random))
    return Procedure(words(random), words(random), modifiers, maybe(words, "")(random))


def _fact(random: Random) -> DatedFact:
    match random.randint(0, 2):
        case 0:
            return DatedFact(words(random), _date(random))
        case 1:
            return DatedFact(words(random), _date(random), _date(random))
        case _:
            return DatedFact(words(random), text=words(random), format="TM")


def _contact(random: Random) -> Contact:
    numbers = [ContactNumber(words(random), words(random)) for _ in range(random.randint(0, 3))]
    return Contact(maybe(words, "")(random), numbers, words(random))


def _address(random: Random) -> Address:
    return Address(words(random), maybe(words, "")(random), words(random), words(random), words(random))


_BY_TYPE: dict[Any, Make] = {
    str: maybe(words, ""),
    int: lambda random: random.randint(-10_000_000, 10_000_000),
    Decimal: lambda random: Decimal(random.randint(-99_999, 999_999)).scaleb(-2),
    dt.date: _date,
    dt.time: _time,
    Procedure: _procedure,
    DatedFact: _fact,
    Segment: lambda random: Segment(["ZZZ", "", words(random)]),
}
_NEVER_EMPTY = frozenset({"category", "qualifier", "kind", "role"})


def values_of(struct: Callable[..., Any], **given: Make) -> Make:
    """Values of a struct, each field by its type, but for the fields given."""
    hints = typing.get_type_hints(struct)
    fields = {name: given[name] if name in given else _by_hint(hint) for name, hint in hints.items()}
    return lambda random: struct(**{name: make(random) for name, make in fields.items()})


def _by_hint(hint: Any) -> Make:
    if typing.get_origin(hint) is list:
        (item,) = typing.get_args(hint)
        return lists(words if item is str else _by_hint(item))
    if typing.get_args(hint):
        return maybe(_by_hint(typing.get_args(hint)[0]))
    if hint in _BY_TYPE:
        return _BY_TYPE[hint]
    first = msgspec.structs.fields(hint)[0].name
    return values_of(hint, **({first: words} if first in _NEVER_EMPTY else {}))


def parties(*, address: bool = False, contacts: bool = False, born: bool = False) -> Make:
    """Parties with what their loop has room for."""
    return values_of(
        Party,
        role=words,
        address=maybe(_address) if address else always(None),
        birth_date=maybe(_date) if born else always(None),
        sex=maybe(words, "") if born else always(""),
        references=always([]),
        contacts=lists(_contact) if contacts else always([]),
        kept=always([]),
    )


headers = values_of(TransactionHeader, reference=words, transaction=always(None))


def conversations(make: Callable[..., Any], person: Make, **above: Make) -> st.SearchStrategy[list[Any]]:
    """Values in one set: two subscribers with dependents, who share everything above them."""

    def build(seed: int) -> list[Any]:
        random = Random(seed)
        shared = {name: each(random) for name, each in {"header": headers, **above}.items()}
        return [make(**shared, subscriber=person(random), dependents=lists(person)(random)) for _ in range(2)]

    return st.integers(0, 2**32).map(build)


def content_of(value: Any) -> Any:
    """A value without the places its parts were read from."""
    if isinstance(value, msgspec.Struct):
        places = {"transaction", "problems", "byte_start", "byte_end"} | (
            {"number", "offset"} if isinstance(value, Segment) else set()
        )
        fields = (field.name for field in msgspec.structs.fields(value))
        return {name: content_of(getattr(value, name)) for name in fields if name not in places}
    if isinstance(value, list):
        return [content_of(each) for each in value]
    return value


def kept_in(value: Any) -> list[Segment]:
    """Every segment kept anywhere in a value."""
    if isinstance(value, Segment):
        return [value]
    if isinstance(value, msgspec.Struct):
        return [found for name in value.__struct_fields__ for found in kept_in(getattr(value, name))]
    return [found for each in value for found in kept_in(each)] if isinstance(value, list) else []
