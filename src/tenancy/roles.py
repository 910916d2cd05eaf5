"""Role to permission, as data. A role that is not here, and a permission that is not in its row, is refused.

The matrix follows the minimum-necessary rule (45 CFR 164.502(b)): a credentialing specialist sees no patient, a poster no chart,
whoever administers the company sees no claims by that. Permission names are text, so that tenancy, which stands below the packages
that check them, imports none of them; a test holds the two sides together.
"""

from collections.abc import Iterable, Mapping

ROLES: Mapping[str, frozenset[str]] = {
    # Keeps the company: its practices, people and rules. No patient, no claim, no money.
    "tenant_admin": frozenset({"company:manage", "people:read", "people:manage", "payers:manage", "rules:approve"}),
    # Sets practices up and sees their day through. Neither requests nor approves what needs two people.
    "administrator": frozenset(
        {
            "company:manage", "people:read", "people:manage", "payers:manage", "practice:read", "claims:read", "claims:submit",
            "encounters:read", "encounters:import", "patients:read", "patients:write", "providers:read", "providers:manage",
            "payers:read", "enrollments:read", "enrollments:manage", "connections:manage", "edi:read", "edi:exchange",
            "remittances:read", "remittances:post", "payments:read", "reports:read", "bills:issue", "audit:read",
            "audit:verify", "disclosures:write", "thresholds:manage", "vip:manage",
        }
    ),
    "front_desk": frozenset(
        {"practice:read", "patients:read", "patients:write", "payers:read", "providers:read", "claims:read"}
    ),
    "prior_auth": frozenset(
        {
            "practice:read", "patients:read", "notes:read", "claims:read", "payers:read", "providers:read", "authorizations:write",
        }
    ),
    "coder": frozenset(
        {
            "practice:read", "patients:read", "notes:read", "claims:read", "claims:write", "encounters:read", "payers:read",
            "providers:read",
        }
    ),
    "biller": frozenset(
        {
            "practice:read", "patients:read", "patients:write", "notes:read", "claims:read", "claims:write", "claims:submit",
            "encounters:read", "encounters:import", "providers:read", "payers:read", "enrollments:read", "edi:read", "edi:exchange",
            "remittances:read", "payments:read", "reports:read", "bills:issue", "adjustments:request", "refunds:request",
        }
    ),
    "poster": frozenset(
        {
            "practice:read", "patients:read", "claims:read", "edi:read", "edi:exchange", "remittances:read", "remittances:post",
            "payments:read", "deposits:read", "reports:read", "payers:read", "adjustments:request", "refunds:request",
        }
    ),
    "denial_specialist": frozenset(
        {
            "practice:read", "patients:read", "notes:read", "claims:read", "claims:write", "claims:submit", "edi:read",
            "remittances:read", "payments:read", "payers:read", "providers:read", "enrollments:read", "adjustments:request",
            "refunds:request",
        }
    ),
    "patient_representative": frozenset(
        {
            "practice:read", "patients:read", "patients:write", "claims:read", "payments:read", "payments:take", "bills:issue",
            "adjustments:request", "refunds:request",
        }
    ),
    "credentialing": frozenset({"practice:read", "providers:read", "payers:read", "enrollments:read", "enrollments:manage"}),
    "lead": frozenset(
        {
            "practice:read", "people:read", "patients:read", "patients:write", "notes:read", "claims:read", "claims:write",
            "claims:submit", "encounters:read", "encounters:import", "providers:read", "payers:read", "enrollments:read",
            "edi:read", "edi:exchange", "remittances:read", "remittances:post", "payments:read", "deposits:read", "reports:read",
            "bills:issue", "adjustments:approve", "refunds:approve", "rules:propose", "disclosures:write", "vip:manage",
        }
    ),
    "auditor": frozenset(
        {
            "practice:read", "people:read", "patients:read", "notes:read", "encounters:read", "claims:read", "remittances:read",
            "payments:read", "deposits:read", "reports:read", "audit:read", "edi:read", "payers:read", "providers:read",
            "enrollments:read", "audit:verify", "thresholds:manage",
        }
    ),
    # People of the practice itself, not of the billing company.
    "practice_admin": frozenset(
        {
            "audit:read", "audit:verify", "practice:read", "people:read", "people:manage", "patients:read", "notes:read",
            "claims:read", "remittances:read", "payments:read", "deposits:read", "reports:read", "enrollments:read",
            "providers:read", "disclosures:write", "thresholds:manage", "vip:manage",
        }
    ),
    "clinician": frozenset({"practice:read", "providers:read", "queries:answer"}),
    "patient": frozenset({"bill:read", "bill:pay"}),
}  # fmt: skip

NOT_ASSIGNED = frozenset({"patient"})
"""Held by proving who one is, never given to a person of the company."""

COMPANY_WIDE = frozenset({"tenant_admin", "administrator", "auditor"})
"""What can be held in the company as a whole. It opens no practice; each practice is given separately."""

COMPANY_ONLY = frozenset({"tenant_admin"})

PRACTICE_PEOPLE = frozenset({"practice_admin", "clinician"})
"""Roles of the practice's own people, who reach the database by a login role that may do less."""

READ_OFFBOARDED = frozenset({"tenant_admin", "administrator", "auditor"})
"""Whoever holds one of these company-wide may still read a practice that has left, as retention rules ask (45 CFR 164.316(b)(2))."""

SEPARATED: tuple[tuple[str, str], ...] = (
    ("adjustments:request", "adjustments:approve"),
    ("refunds:request", "refunds:approve"),
    ("rules:propose", "rules:approve"),
)
"""Pairs of permissions that no one may hold together: whoever requests or proposes does not approve."""


def permissions_of(role: str) -> frozenset[str]:
    """What a role may do; nothing, for a role that is not in the matrix."""
    return ROLES.get(role, frozenset())


def reads(permissions: Iterable[str]) -> frozenset[str]:
    """The permissions that change nothing and send nothing."""
    return frozenset(permission for permission in permissions if permission.endswith(":read"))


def separated(first: str, second: str) -> tuple[str, str] | None:
    """The pair of permissions that two roles would bring together in one person, or None. A role may conflict with itself."""
    one, other = permissions_of(first), permissions_of(second)
    for request, approve in SEPARATED:
        if (request in one and approve in other) or (approve in one and request in other):
            return request, approve
    return None
