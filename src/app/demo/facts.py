"""The demonstration's shipped facts as typed values: who bills for whom, who pays, and what was planted in the files.

Everything comes from `data/company.toml` (written by hand) and `data/expected.toml` (written by `generate`). Both are
read through `importlib.resources`, so they are found in a wheel as well as in a checkout.
"""

from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Literal

import msgspec

PayerKind = Literal["medicare", "medicaid", "commercial", "supplement"]
StaffRole = Literal["administrator", "biller", "poster", "credentialing", "auditor", "practice_admin"]


class DemoCompany(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The billing company: submitter of every claim. `zip` has nine digits; `submitter_id` goes to ISA06 and NM109."""

    slug: str
    name: str
    tax_id: str
    email_domain: str
    submitter_id: str
    contact_name: str
    contact_phone: str
    address_1: str
    city: str
    state: str
    zip: str


class DemoPayer(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An insurer. `code` is ours (the CSV names payers by it); `claim_filing_code` is SBR09; filing limit in days."""

    code: str
    name: str
    x12_payer_id: str
    kind: PayerKind
    claim_filing_code: str
    timely_filing_days: int
    can_be_primary: bool
    can_be_secondary: bool


class DemoPractice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A client practice. `npi` is its organization (type 2) NPI; `encounters_file` is relative to the data folder."""

    slug: str
    name: str
    npi: str
    tax_id: str
    taxonomy_code: str
    address_1: str
    city: str
    state: str
    zip: str
    phone: str
    time_zone: str
    encounters_file: str
    address_2: str | None = None


class DemoStaff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A person who signs in; `practices` are the slugs of the practices assigned."""

    key: str
    first_name: str
    last_name: str
    email: str
    role: StaffRole
    practices: tuple[str, ...]


class PendingApplication(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An enrollment still applied for on the business date, and the effective date that its approval will carry."""

    payer: str
    applied_date: date
    retroactive_effective_date: date


class DemoProvider(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A rendering provider of one practice; `enrolled` maps payer code to effective date."""

    key: str
    practice: str
    first_name: str
    last_name: str
    npi: str
    taxonomy_code: str
    enrolled: dict[str, date]
    pending: PendingApplication | None = None


class DemoEnrollment(msgspec.Struct, frozen=True):
    """One provider with one payer. Enrolled from `effective_date`, or pending (`effective_date` is None).

    A pending one carries `applied_date` and `retroactive_effective_date`, the date its approval will name.
    """

    practice: str
    provider: str
    provider_npi: str
    payer: str
    effective_date: date | None
    applied_date: date | None = None
    retroactive_effective_date: date | None = None


class DemoFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of `company.toml`."""

    business_date: date
    company: DemoCompany
    payers: tuple[DemoPayer, ...]
    practices: tuple[DemoPractice, ...]
    staff: tuple[DemoStaff, ...]
    practice_users: tuple[DemoStaff, ...]
    providers: tuple[DemoProvider, ...]

    def practice(self, slug: str) -> DemoPractice:
        """The practice of that slug; KeyError when there is none."""
        return {practice.slug: practice for practice in self.practices}[slug]

    def providers_of(self, practice_slug: str) -> tuple[DemoProvider, ...]:
        """The rendering providers of one practice, in file order."""
        return tuple(provider for provider in self.providers if provider.practice == practice_slug)

    def enrollments(self) -> tuple[DemoEnrollment, ...]:
        """Every provider and payer pair, by provider in file order: enrolled ones by payer code, then the pending."""
        return tuple(enrollment for provider in self.providers for enrollment in _enrollments_of(provider))


def _enrollments_of(provider: DemoProvider) -> list[DemoEnrollment]:
    enrolled = [
        DemoEnrollment(provider.practice, provider.key, provider.npi, payer, effective_date)
        for payer, effective_date in sorted(provider.enrolled.items())
    ]
    if provider.pending is None:
        return enrolled
    pending = DemoEnrollment(
        practice=provider.practice,
        provider=provider.key,
        provider_npi=provider.npi,
        payer=provider.pending.payer,
        effective_date=None,
        applied_date=provider.pending.applied_date,
        retroactive_effective_date=provider.pending.retroactive_effective_date,
    )
    return [*enrolled, pending]


class PlantedFault(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An encounter that imports well and that the scrubber must hold; `fault` names what was planted."""

    encounter_no: str
    fault: str


class PlantedRefusal(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A malformed row: the import refuses its whole encounter (`rows` rows), naming this line and column."""

    encounter_no: str
    line: int
    column: str
    rows: int


class ExpectedPractice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What importing one practice's shipped file must give. Counts of encounters unless named; charges in cents.

    `encounters`, `service_lines`, `secondary_encounters` and `charge_cents` count what is imported, faulty or not.
    `awaiting_enrollment` are the otherwise clean encounters of the provider and payer whose application is pending.
    """

    practice: str
    file_rows: int
    encounters: int
    service_lines: int
    patients: int
    secondary_encounters: int
    charge_cents: int
    awaiting_enrollment: tuple[str, ...]
    faults: tuple[PlantedFault, ...]
    refusals: tuple[PlantedRefusal, ...]


class _ExpectedFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    practices: tuple[ExpectedPractice, ...]


def data_folder() -> Traversable:
    """The folder of the shipped files."""
    return files("app.demo") / "data"


def load_facts() -> DemoFacts:
    """`company.toml` as typed values."""
    return msgspec.toml.decode((data_folder() / "company.toml").read_bytes(), type=DemoFacts)


def load_expected() -> dict[str, ExpectedPractice]:
    """`expected.toml` by practice slug."""
    loaded = msgspec.toml.decode((data_folder() / "expected.toml").read_bytes(), type=_ExpectedFile)
    return {expected.practice: expected for expected in loaded.practices}


def encounters_file(practice: DemoPractice) -> Traversable:
    """The practice's shipped encounters; open it with `.open("rb")`."""
    return data_folder() / practice.encounters_file
