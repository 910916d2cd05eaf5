"""People and organizations as all transactions describe them: names, identifiers, addresses, contacts, references."""

import datetime as dt

import msgspec

from edi.x12.segment import Segment


class Address(msgspec.Struct, gc=False):
    """N3 and N4."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    postal_code: str = ""
    country: str = ""
    subdivision: str = ""


class Reference(msgspec.Struct, gc=False):
    """REF: an identifier with the qualifier that says whose or what it is."""

    qualifier: str
    value: str
    description: str = ""
    related: str = ""
    """REF04 as sent (a composite of further qualifier and value)."""


class ContactNumber(msgspec.Struct, gc=False):
    """One way to reach a contact: `kind` is TE telephone, EX extension, FX fax, EM electronic mail, UR web page."""

    kind: str
    number: str


class Contact(msgspec.Struct, gc=False):
    """PER. `function` is IC for an information contact, CX payer's claim office, BL technical department."""

    name: str = ""
    numbers: list[ContactNumber] = []
    function: str = "IC"


class DatedFact(msgspec.Struct, gc=False):
    """DTP or DTM: the qualifier says which date (472 service, 431 onset, 439 accident, 573 claim paid, and so on).

    `end` is set for a range. `text` holds a form that is no date (a time of day, or unreadable text).
    """

    qualifier: str
    date: dt.date | None = None
    end: dt.date | None = None
    text: str = ""
    format: str = ""
    """The format qualifier when it is neither D8 nor RD8."""


class Amount(msgspec.Struct, gc=False):
    """AMT, in cents, with the qualifier that says what it measures."""

    qualifier: str
    cents: int


class Party(msgspec.Struct, gc=False):
    """Anyone named in a transaction. `role` is the code of the guides (85 billing provider, IL insured, PR payer)."""

    role: str
    name: str = ""
    """Organization name, or last name of a person."""
    first_name: str = ""
    middle_name: str = ""
    prefix: str = ""
    suffix: str = ""
    id_qualifier: str = ""
    """XX national provider identifier, MI member id, PI payer id, 46 electronic id, FI or 24 employer's number."""
    identifier: str = ""
    entity_type: str = "2"
    """1 person, 2 organization."""
    address: Address | None = None
    birth_date: dt.date | None = None
    sex: str = ""
    references: list[Reference] = []
    contacts: list[Contact] = []
    kept: list[Segment] = []

    @property
    def is_person(self) -> bool:
        """Whether this is a person rather than an organization."""
        return self.entity_type == "1"

    @property
    def npi(self) -> str:
        """The national provider identifier, empty when identified otherwise."""
        return self.identifier if self.id_qualifier == "XX" else ""

    def reference(self, qualifier: str) -> str:
        """Value of the first reference with this qualifier; empty when there is none."""
        return find_reference(self.references, qualifier)


def find_reference(references: list[Reference], qualifier: str) -> str:
    """Value of the first reference with this qualifier; empty when there is none."""
    return next((each.value for each in references if each.qualifier == qualifier), "")


def find_date(dates: list[DatedFact], qualifier: str) -> dt.date | None:
    """The first date with this qualifier."""
    return next((each.date for each in dates if each.qualifier == qualifier), None)


def find_amount(amounts: list[Amount], qualifier: str) -> int | None:
    """Cents of the first amount with this qualifier; None when there is none."""
    return next((each.cents for each in amounts if each.qualifier == qualifier), None)
