"""Patient: what a payer needs to know whose claim this is."""

import re
from collections.abc import Iterator

from claims.scrubbing.engine import Fault
from claims.scrubbing.snapshot import ClaimSnapshot
from claims.wording import x12_text

_ZIP = re.compile(r"\d{5}(\d{4})?")

LONGEST = {"last_name": 60, "first_name": 35, "address": 55, "city": 30, "state_code": 2}
"""Elements NM103, NM104, N301, N401 and N402."""


def patient_is_complete(claim: ClaimSnapshot) -> Iterator[Fault]:
    """The patient's name and address are there, in letters a claim can carry (X222A1 loops 2010BA and 2010CA)."""
    for field, longest in LONGEST.items():
        words = field.replace("_", " ")
        written = x12_text(getattr(claim.patient, field))
        if not written:
            yield Fault(f"patient/{field}", f"the patient's {words} is missing; copy it from the insurance card")
        elif len(written) > longest:
            yield Fault(f"patient/{field}", f"the patient's {words} has more than {longest} letters; shorten it")


def zip_has_shape(claim: ClaimSnapshot) -> Iterator[Fault]:
    """The ZIP code has five or nine digits."""
    if not _ZIP.fullmatch(claim.patient.zip.replace("-", "")):
        yield Fault("patient/zip", "the patient's ZIP code needs five or nine digits")
