"""Role to permission, as data. A role that is not here, and a permission that is not in its row, is refused.

The matrix follows the minimum-necessary rule (45 CFR 164.502(b)): a credentialing specialist sees no patient, a poster no chart.
Permission names are text, so that tenancy, which stands below the packages that check them, imports none of them; a test holds
the two sides together.
"""

from collections.abc import Mapping

BILLER = frozenset(
    {
        "practice:read", "claims:read", "claims:submit", "encounters:import", "patients:read", "providers:read", "payers:read",
        "enrollments:read", "edi:read", "remittances:read", "payments:read", "reports:read", "bills:issue",
    }
)  # fmt: skip

ROLES: Mapping[str, frozenset[str]] = {
    "administrator": BILLER
    | {
        "company:manage", "payers:manage", "providers:manage", "connections:manage", "edi:exchange", "enrollments:manage",
        "remittances:post", "audit:read", "patients:write",
    },
    "biller": BILLER | {"edi:exchange"},
    "poster": frozenset(
        {
            "practice:read", "claims:read", "edi:read", "edi:exchange", "remittances:read", "remittances:post", "payments:read",
            "reports:read", "payers:read",
        }
    ),
    "credentialing": frozenset({"practice:read", "providers:read", "payers:read", "enrollments:read", "enrollments:manage"}),
    "auditor": frozenset(
        {
            "practice:read", "claims:read", "remittances:read", "payments:read", "reports:read", "audit:read", "edi:read",
            "payers:read", "providers:read", "enrollments:read",
        }
    ),
    "practice_admin": frozenset({"practice:read", "claims:read", "remittances:read", "reports:read", "enrollments:read", "providers:read"}),
    "patient": frozenset({"bill:read", "bill:pay"}),
}  # fmt: skip


def permissions_of(role: str) -> frozenset[str]:
    """What a role may do; nothing, for a role that is not in the matrix."""
    return ROLES.get(role, frozenset())
