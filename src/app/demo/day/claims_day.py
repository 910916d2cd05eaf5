"""Steps 2 to 4: encounters in, claims out, answers posted, secondaries billed; through the API, with jobs doing the work."""

from pathlib import Path
from typing import Any

import msgspec

from app.demo.day.office import Office
from app.demo.facts import DemoEnrollment, DemoPractice, encounters_file

MOST_ROUNDS = 6
"""Primary, secondary, and room for what a payer sends late; more would mean that something goes in circles."""


class Imported(msgspec.Struct, frozen=True):
    """What became of a practice's file."""

    accepted: int
    refused_rows: int


def import_encounters(office: Office, base: str, practice: DemoPractice, folder: Path) -> Imported:
    """Import the shipped file, and keep the refused rows beside the reports."""
    result = office.post(
        f"{base}/imports/encounters",
        content=encounters_file(practice).read_bytes(),
        params={"file_name": f"{practice.slug}-encounters.csv"},
    )
    if result["has_rejects"]:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "refused-rows.csv").write_bytes(office.download(f"{base}/imports/{result['id']}/rejects"))
    return Imported(result["encounters_accepted"], result["rows_refused"])


def claims_in(office: Office, base: str, state: str) -> list[dict[str, Any]]:
    """Every claim of the practice in a state."""
    return office.list(f"{base}/claims", state=state)


def waiting_for_enrollment(office: Office, base: str) -> list[str]:
    """Numbers of the held claims that lack nothing but an enrollment."""
    numbers = []
    for one in claims_in(office, base, "held"):
        codes = {finding["code"] for finding in office.get(f"{base}/claims/{one['id']}")["findings"]}
        if codes == {"ENR-001"}:
            numbers.append(one["number"])
    return numbers


def approve(office: Office, base: str, pending: DemoEnrollment) -> None:
    """Record the payer's approval with its date in the past."""
    providers = {one["npi"]: one["id"] for one in office.list(f"{base}/providers")}
    payers = {one["code"]: one["id"] for one in office.list(f"{base}/payers")}
    pair = (providers[pending.provider_npi], payers[pending.payer])
    found = next(one for one in office.list(f"{base}/enrollments") if (one["provider_id"], one["payer_id"]) == pair)
    effective = str(pending.retroactive_effective_date)
    enrollment = f"{base}/enrollments/{found['id']}"
    office.change(f"{enrollment}/approve", enrollment, json={"effective_date": effective})


def submit(office: Office, base: str) -> int:
    """Send what is ready; how many files were written."""
    return len(office.post(f"{base}/claims/submit"))


def exchange_files(office: Office, base: str, exchange: Path) -> bool:
    """Ask for the mailbox to be read; whether all that the payer sent has come in."""
    office.post(f"{base}/edi-files/poll")
    taken = {one["name"] for one in office.list(f"{base}/edi-files") if one["direction"] == "in"}
    return {path.name for path in exchange.glob("from-payer/[!.]*")} <= taken
