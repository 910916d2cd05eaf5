"""Segments that describe a party, and the dates, references, amounts and traces every inquiry and answer shares."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

import msgspec

from edi.loops import Itself, Many, Part, Within
from edi.parties import Address, Amount, Contact, ContactNumber, DatedFact, Party, Reference
from edi.segment_forms import AS_SENT, CENTS_OR_ZERO, DATE, TEXT, Form, Marks, Read, plain
from edi.x12.values import DATE_TEXT, DATES, PERIODS, parse_range


class Trace(msgspec.Struct):
    """TRN: a number one side gave to this question; the other repeats it in the answer."""

    kind: str
    """TRN01: 1 the number of who writes this, 2 the number of who is answered."""
    number: str = ""
    originator: str = ""
    """TRN03: whose number it is."""
    division: str = ""


class ProviderRole(msgspec.Struct):
    """PRV: what a provider is in this matter, and the taxonomy code or number that says so."""

    role: str
    """PE performing, BI billing, RF referring, AT attending."""
    qualifier: str = ""
    code: str = ""


class _Demographics(msgspec.Struct):
    """DMG02 and DMG03; DMG01 says D8."""

    birth_date: dt.date | None = None
    sex: str = ""


class _Dates:
    """DTP."""

    segment_id = "DTP"
    make = DatedFact
    conversions: Mapping[int, Mapping[str, object]] = {3: PERIODS}

    def read(self, values: list[str], _marks: Marks) -> Read:
        qualifier, form, text = (values[1:4] + [""] * 3)[:3]
        fact: dict[str, Any] = {"qualifier": qualifier}
        if form == "D8":
            fact["date"] = DATES[text]
        elif form == "RD8" and text:
            fact["date"], fact["end"] = parse_range(text)
        else:
            fact["text"], fact["format"] = text, form
        return Read(fact, not any(values[4:]))

    def write(self, fact: DatedFact, marks: Marks) -> list[str]:
        qualifier = plain(fact.qualifier, marks)
        if fact.end is not None:
            return ["DTP", qualifier, "RD8", f"{DATE_TEXT[fact.date]}-{DATE_TEXT[fact.end]}"]
        if fact.date is not None:
            return ["DTP", qualifier, "D8", DATE_TEXT[fact.date]]
        return ["DTP", qualifier, plain(fact.format, marks), plain(fact.text, marks)]


class _Contacts:
    """PER: a name and up to three pairs of kind and number."""

    segment_id = "PER"
    make = Contact
    conversions: Mapping[int, Mapping[str, object]] = {}

    def read(self, values: list[str], _marks: Marks) -> Read:
        function, name, *pairs = (values[1:9] + [""] * 8)[:8]
        numbers = [
            ContactNumber(kind, number) for kind, number in zip(pairs[::2], pairs[1::2], strict=True) if kind or number
        ]
        return Read({"function": function, "name": name, "numbers": numbers}, not any(values[9:]))

    def write(self, contact: Contact, marks: Marks) -> list[str]:
        pairs = [plain(text, marks) for each in contact.numbers for text in (each.kind, each.number)]
        return ["PER", plain(contact.function, marks), plain(contact.name, marks), *pairs]


class _Messages:
    """MSG: free text."""

    segment_id = "MSG"
    make = str
    conversions: Mapping[int, Mapping[str, object]] = {}

    def read(self, values: list[str], _marks: Marks) -> Read:
        return Read({"object": values[1] if len(values) > 1 else ""}, not any(values[2:]))

    def write(self, text: str, marks: Marks) -> list[str]:
        return ["MSG", plain(text, marks)]


class _BirthForm(Form[_Demographics]):
    """DMG, whose first element says that a date follows."""

    def __init__(self) -> None:
        super().__init__("DMG", _Demographics, None, ("birth_date", DATE), ("sex", TEXT))

    def read(self, values: list[str], marks: Marks) -> Read:
        qualifier, *rest = values[1:] or [""]
        read = super().read([values[0], "", *rest], marks)
        return Read(read.attributes, read.whole and qualifier in ("", "D8"))

    def write(self, value: Any, marks: Marks) -> list[str]:
        elements = super().write(value, marks)
        elements[1] = "D8" if elements[2] else ""
        return elements


NAME_ELEMENTS = (
    ("role", TEXT),
    ("entity_type", TEXT),
    ("name", TEXT),
    ("first_name", TEXT),
    ("middle_name", TEXT),
    ("prefix", TEXT),
    ("suffix", TEXT),
    ("id_qualifier", TEXT),
    ("identifier", TEXT),
)
_PLACE = (
    ("city", TEXT),
    ("state", TEXT),
    ("postal_code", TEXT),
    ("country", TEXT),
    None,
    None,
    ("subdivision", TEXT),
)

REFERENCE = Form("REF", Reference, ("qualifier", TEXT), ("value", TEXT), ("description", TEXT), ("related", AS_SENT))
AMOUNT = Form("AMT", Amount, ("qualifier", TEXT), ("cents", CENTS_OR_ZERO))
TRACE = Form("TRN", Trace, ("kind", TEXT), ("number", TEXT), ("originator", TEXT), ("division", TEXT))
PROVIDER_ROLE = Form("PRV", ProviderRole, ("role", TEXT), ("qualifier", TEXT), ("code", TEXT))
DATED = _Dates()
CONTACT = _Contacts()
MESSAGE = _Messages()


def _nobody() -> Party:
    """A party that a segment describes before the one that names it."""
    return Party("", entity_type="")


def _of_party(part: Part) -> Within:
    """Puts a part under the loop's `party`; nothing is written for a party that is missing."""
    return Within("party", _nobody, part)


def _address_part(part: Part) -> Within:
    return _of_party(Within("address", Address, part))


NAME_FORM = Form("NM1", Party, *NAME_ELEMENTS)
NAME = _of_party(Itself(NAME_FORM))
REFERENCES = _of_party(Many(REFERENCE, "references"))
STREET = _address_part(Itself(Form("N3", Address, ("line1", TEXT), ("line2", TEXT))))
PLACE = _address_part(Itself(Form("N4", Address, *_PLACE)))
CONTACTS = _of_party(Many(CONTACT, "contacts"))
BIRTH = _of_party(Itself(_BirthForm()))
