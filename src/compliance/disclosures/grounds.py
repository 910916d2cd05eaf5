"""On what ground something may be told to others, and whether the patient's account must list it. Data, pure.

45 CFR 164.528(a)(1) lists what is left out; everything else is accounted for, what was not permitted at all included.
"""

from collections.abc import Mapping
from enum import StrEnum

import msgspec


class GroundCode(StrEnum):
    """The grounds of the Privacy Rule."""

    REQUIRED_BY_LAW = "required_by_law"
    PUBLIC_HEALTH = "public_health"
    ABUSE_OR_NEGLECT = "abuse_or_neglect"
    HEALTH_OVERSIGHT = "health_oversight"
    COURT = "court"
    LAW_ENFORCEMENT = "law_enforcement"
    CORONER = "coroner"
    ORGAN_DONATION = "organ_donation"
    RESEARCH = "research"
    SERIOUS_THREAT = "serious_threat"
    GOVERNMENT_FUNCTION = "government_function"
    WORKERS_COMPENSATION = "workers_compensation"
    RULE_ENFORCEMENT = "rule_enforcement"
    NOT_PERMITTED = "not_permitted"
    TREATMENT = "treatment"
    PAYMENT = "payment"
    OPERATIONS = "operations"
    TO_PATIENT = "to_patient"
    INCIDENTAL = "incidental"
    AUTHORIZATION = "authorization"
    INVOLVED_IN_CARE = "involved_in_care"
    NATIONAL_SECURITY = "national_security"
    CUSTODY = "custody"
    LIMITED_DATA_SET = "limited_data_set"


class Ground(msgspec.Struct, frozen=True):
    """A ground in words, where it is written, and whether an accounting lists what was told on it."""

    words: str
    source: str
    accounted: bool

    @property
    def summed_up(self) -> bool:
        """Whether several disclosures to one recipient for one purpose may stand in one line (164.528(b)(3))."""
        return not self.accounted or self.source.startswith(SUMMED_UP)


SUMMED_UP = ("45 CFR 164.512", "45 CFR 164.502(a)(2)(ii)")
"""What the rule lets an accounting sum up. It says nothing about what need not be in one at all."""


def _must(words: str, source: str) -> Ground:
    return Ground(words, f"45 CFR {source}", accounted=True)


def _need_not(words: str, source: str) -> Ground:
    return Ground(words, f"45 CFR {source}", accounted=False)


_CODE = GroundCode
GROUNDS: Mapping[GroundCode, Ground] = {
    _CODE.REQUIRED_BY_LAW: _must("Required by law", "164.512(a)"),
    _CODE.PUBLIC_HEALTH: _must("Public health", "164.512(b)"),
    _CODE.ABUSE_OR_NEGLECT: _must("Report of abuse, neglect or domestic violence", "164.512(c)"),
    _CODE.HEALTH_OVERSIGHT: _must("Health oversight", "164.512(d)"),
    _CODE.COURT: _must("Court or administrative proceeding", "164.512(e)"),
    _CODE.LAW_ENFORCEMENT: _must("Law enforcement", "164.512(f)"),
    _CODE.CORONER: _must("Coroner, medical examiner or funeral director", "164.512(g)"),
    _CODE.ORGAN_DONATION: _must("Organ, eye or tissue donation", "164.512(h)"),
    _CODE.RESEARCH: _must("Research without the patient's authorization", "164.512(i)"),
    _CODE.SERIOUS_THREAT: _must("Serious threat to health or safety", "164.512(j)"),
    _CODE.GOVERNMENT_FUNCTION: _must("Specialized government function", "164.512(k)"),
    _CODE.WORKERS_COMPENSATION: _must("Workers' compensation", "164.512(l)"),
    _CODE.RULE_ENFORCEMENT: _must("Review by the Department of Health and Human Services", "164.502(a)(2)(ii)"),
    _CODE.NOT_PERMITTED: _must("Not permitted", "164.402"),
    _CODE.TREATMENT: _need_not("Treatment", "164.528(a)(1)(i)"),
    _CODE.PAYMENT: _need_not("Payment", "164.528(a)(1)(i)"),
    _CODE.OPERATIONS: _need_not("Health care operations", "164.528(a)(1)(i)"),
    _CODE.TO_PATIENT: _need_not("Told to the patient", "164.528(a)(1)(ii)"),
    _CODE.INCIDENTAL: _need_not("Incident to a permitted use", "164.528(a)(1)(iii)"),
    _CODE.AUTHORIZATION: _need_not("The patient's authorization", "164.528(a)(1)(iv)"),
    _CODE.INVOLVED_IN_CARE: _need_not("Somebody involved in the patient's care", "164.528(a)(1)(v)"),
    _CODE.NATIONAL_SECURITY: _need_not("National security or intelligence", "164.528(a)(1)(vi)"),
    _CODE.CUSTODY: _need_not("Correctional institution or custody", "164.528(a)(1)(vii)"),
    _CODE.LIMITED_DATA_SET: _need_not("Limited data set", "164.528(a)(1)(viii)"),
}

MAY_SUSPEND = frozenset({GroundCode.HEALTH_OVERSIGHT, GroundCode.LAW_ENFORCEMENT})
"""Where the agency may ask that the patient is not told for a time (164.528(a)(2))."""


class DisclosingAction(msgspec.Struct, frozen=True):
    """What an action of the audit log told somebody. Who it was told stands in the event's detail named `recipient_in`."""

    ground: GroundCode
    what: str
    purpose: str
    recipient_in: str


DISCLOSING_ACTIONS: Mapping[str, DisclosingAction] = {
    "claims.claim.submitted": DisclosingAction(
        GroundCode.PAYMENT,
        "Claim: name, birth date, insurance, diagnoses, services and their dates",
        "To be paid for the services",
        recipient_in="payer",
    ),
}
"""By action: everything in the product that tells somebody outside about a patient. A new one is added here."""
