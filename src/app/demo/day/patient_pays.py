"""Step 5: a patient opens the bill on a phone's terms (code and date of birth), sees how it came about, and pays by card."""

import html
import re
import time
import uuid

import httpx
import msgspec

from app.demo.day.errors import PaymentNotMade
from app.demo.day.setup import Tenants
from app.embedded.processes import Supervisor
from kernel.context import Scope
from kernel.db.database import Database
from kernel.db.transaction import open_transaction
from patients.public import Patient, patients_by_id
from payments.public import PatientAccount, patient_account

ATTEMPT = "demonstration"
"""One attempt for every run: a second run finds the payment of the first."""
CARD = {
    "email": "patient@example.com",
    "card_number": "4242 4242 4242 4242",
    "card_expiry": "04 / 39",
    "card_cvc": "123",
    "billing_name": "Demonstration",
    "billing_postal_code": "43215",
}
PATIENCE_SECONDS = 60.0


class Payer(msgspec.Struct, frozen=True):
    """The patient who pays, and the account before or after."""

    patient: Patient
    account: PatientAccount


async def choose_patient(database: Database, tenants: Tenants, slug: str, candidates: list[uuid.UUID]) -> Payer:
    """The first patient by account number whose insurers are done and left something; the same on every run."""
    scope = Scope(audience="worker", company_id=tenants.company_id, practice_id=tenants.practices[slug])
    async with open_transaction(database, scope) as tx:
        patients = sorted((await patients_by_id(tx, candidates)).values(), key=lambda one: one.account_number)
        for patient in patients:
            account = await patient_account(tx, patient.id)
            answered = all(visit.waiting_cents == 0 for visit in account.visits)
            left = account.owed_cents + sum(visit.patient_paid_cents for visit in account.visits)
            if answered and left > 0:
                return Payer(patient, account)
    raise PaymentNotMade("no patient owes anything after insurance, so there is nothing to pay")


async def account_of(database: Database, tenants: Tenants, slug: str, patient_id: uuid.UUID) -> PatientAccount:
    """The account as it stands now."""
    scope = Scope(audience="worker", company_id=tenants.company_id, practice_id=tenants.practices[slug])
    async with open_transaction(database, scope) as tx:
        return await patient_account(tx, patient_id)


class BillVisitor:
    """A patient's browser, without script."""

    def __init__(self, base_url: str) -> None:
        self.client = httpx.Client(base_url=base_url, timeout=30, follow_redirects=False, headers={"Origin": base_url})

    def open(self, code: str, patient: Patient) -> str:
        """Open the bill with its code and the date of birth; the page that explains it."""
        born = patient.birth_date
        fields = {"birth_month": str(born.month), "birth_day": str(born.day), "birth_year": str(born.year)}
        answer = self.client.post("/bill", data={"bill_code": code, **fields})
        if answer.headers.get("location") != "/bill/account":
            raise PaymentNotMade(f"the bill did not open ({answer.status_code})")
        page = self.client.get("/bill/account")
        if page.status_code != httpx.codes.OK:
            raise PaymentNotMade(f"the bill did not show ({page.status_code})")
        return page.text

    def pay_all(self, supervisor: Supervisor) -> str:
        """Pay what is owed on the processor's page and come back; the receipt."""
        form = self.client.get("/bill/pay")
        if form.status_code == httpx.codes.SEE_OTHER:
            return ""  # nothing is owed any more: an earlier run paid it
        started = self.client.post("/bill/pay", data={"choice": "all", "part": "", "attempt_key": ATTEMPT})
        location = started.headers.get("location", "")
        if started.status_code != httpx.codes.SEE_OTHER or not location:
            raise PaymentNotMade(f"the checkout did not open ({started.status_code})")
        if location.startswith("http"):
            paid = httpx.post(location, data=CARD, timeout=30)
            if paid.status_code not in {httpx.codes.SEE_OTHER, httpx.codes.OK}:
                raise PaymentNotMade(f"the card page answered {paid.status_code}")
            location = httpx.URL(paid.headers.get("location", "")).path or location
        return self._receipt(location, supervisor)

    def _receipt(self, path: str, supervisor: Supervisor) -> str:
        """The processor tells us by webhook, a moment later; until then the page says so."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            supervisor.check()
            page = self.client.get(path)
            if "R-" in page.text and page.status_code == httpx.codes.OK:
                return page.text
            time.sleep(0.1)
        raise PaymentNotMade("the payment was made, and its receipt did not appear")

    def close(self) -> None:
        """Close the browser."""
        self.client.close()


def visible_text(page: str) -> str:
    """A page's words, for telling what a patient read."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())
