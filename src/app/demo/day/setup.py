"""Step 1: company, practices, people, providers, payers, connections, enrollments: company and people by the operator, the rest by API."""

import uuid
from collections.abc import Collection

import msgspec

from app.demo.day.office import Office
from app.demo.facts import DemoFacts, DemoPractice, DemoStaff
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import Tx, open_transaction
from kernel.secrets import LocalSecrets
from tenancy.public import NewMember, add_member, company_id_of, open_company, practice_id_of

CLAIM_PREFIXES = {"riverbend": "RB", "cedar-hill": "CH"}
CONNECTION = "Sandbox clearinghouse"


class People(msgspec.Struct, frozen=True):
    """Who signs in with what; passwords are made at first start and kept with the installation's secrets."""

    facts: DemoFacts
    secrets: LocalSecrets

    def password(self, person: DemoStaff) -> str:
        """The person's password."""
        return self.secrets.get(f"demo-{person.key}")

    def member(self, key: str) -> DemoStaff:
        """The member of that key."""
        return next(one for one in (*self.facts.staff, *self.facts.practice_users) if one.key == key)

    def at_work(self, key: str, base_url: str) -> Office:
        """That member, signed in."""
        person = self.member(key)
        return Office(base_url).sign_in(person.email, self.password(person))


class Tenants(msgspec.Struct, frozen=True):
    """The ids everything is found by."""

    company_id: uuid.UUID
    practices: dict[str, uuid.UUID]


def tenants_of(facts: DemoFacts) -> Tenants:
    """The ids of the demonstration's company and practices: made from names, so the same everywhere."""
    company_id = company_id_of(facts.company.slug)
    return Tenants(company_id, {one.slug: practice_id_of(company_id, one.slug) for one in facts.practices})


async def open_the_company(database: Database, people: People) -> None:
    """What the operator does before anybody can sign in: the company, and its administrator."""
    facts = people.facts
    scope = Scope(audience="staff", company_id=company_id_of(facts.company.slug), role="operator", purpose="set-up")
    async with open_transaction(database, scope) as tx:
        await open_company(tx, slug=facts.company.slug, name=facts.company.name)
        await _add_person(tx, people, people.member("administrator"), {None: "administrator"})


async def add_the_people(database: Database, people: People, working: Collection[str]) -> None:
    """Everybody with their roles in the practices that work, by the operator: nobody here has a mailbox to be invited by."""
    facts = people.facts
    tenants = tenants_of(facts)
    scope = Scope(audience="staff", company_id=tenants.company_id, role="operator", purpose="set-up")
    async with open_transaction(database, scope) as tx:
        for person in (*facts.staff, *facts.practice_users):
            await _add_person(
                tx,
                people,
                person,
                {tenants.practices[slug]: person.role for slug in person.practices if slug in working},
            )


async def _add_person(tx: Tx, people: People, person: DemoStaff, roles: dict[uuid.UUID | None, str]) -> None:
    name = f"{person.first_name} {person.last_name}"
    new = NewMember(email=person.email, display_name=name, password=people.password(person), roles=roles)
    await add_member(tx, new)


def set_up(people: People, base_url: str) -> frozenset[str]:
    """Practices and what they need, through the API as the administrator. Doing it again finds what is there.

    Whoever tried suspending or offboarding finds it so again: such a practice is left alone. Returns the others' short names.
    """
    facts = people.facts
    with people.at_work("administrator", base_url) as office:
        standing = {one["slug"]: one["status"] for one in office.list("/api/v1/company/practices")}
        practices = [one for one in facts.practices if standing.get(one.slug, "active") == "active"]
        ids = {one.slug: _onboard(office, one) for one in practices}
        payers = {one.code: _add_payer(office, one) for one in facts.payers}
    # The administrator's role in the new practices is part of a new session.
    with people.at_work("administrator", base_url) as office:
        for practice in practices:
            _furnish(office, facts, practice, ids[practice.slug], payers)
    return frozenset(ids)


def _onboard(office: Office, one: DemoPractice) -> str:
    body = {
        "slug": one.slug,
        "name": one.name,
        "npi": one.npi,
        "tax_id": one.tax_id,
        "taxonomy": one.taxonomy_code,
        "address": one.address_1,
        "city": one.city,
        "state_code": one.state,
        "zip": one.zip,
        "phone": one.phone,
        "time_zone": one.time_zone,
        "claim_prefix": CLAIM_PREFIXES[one.slug],
    }
    practice_id: str = office.post("/api/v1/practices", json=body)["id"]
    return practice_id


def _add_payer(office: Office, one: object) -> str:
    fields = msgspec.to_builtins(one)
    body = {
        "code": fields["code"],
        "name": fields["name"],
        "kind": fields["kind"],
        "edi_id": fields["x12_payer_id"],
        "timely_filing_days": fields["timely_filing_days"],
    }
    payer_id: str = office.post("/api/v1/payers", json=body)["id"]
    return payer_id


def _furnish(
    office: Office, facts: DemoFacts, practice: DemoPractice, practice_id: str, payers: dict[str, str]
) -> None:
    base = f"/api/v1/practices/{practice_id}"
    office.post(
        f"{base}/connections",
        json={
            "name": CONNECTION,
            "folder": practice.slug,
            "submitter_id": facts.company.submitter_id,
            "receiver_id": "SANDBOX",
            "receiver_name": "SANDBOX CLEARINGHOUSE",
        },
    )
    for provider in facts.providers_of(practice.slug):
        office.post(
            f"{base}/providers",
            json={
                "npi": provider.npi,
                "last_name": provider.last_name,
                "first_name": provider.first_name,
                "taxonomy": provider.taxonomy_code,
            },
        )
    for one in facts.enrollments():
        if one.practice == practice.slug:
            office.post(
                f"{base}/enrollments",
                json={
                    "provider_npi": one.provider_npi,
                    "payer_id": payers[one.payer],
                    "requested_date": str(one.applied_date or one.effective_date),
                    "effective_date": str(one.effective_date) if one.effective_date else None,
                },
            )
