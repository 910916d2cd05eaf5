"""What this package checks."""

from kernel.permissions import Permission

VERIFY_AUDIT = Permission("audit:verify")
