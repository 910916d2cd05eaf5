"""What this package checks."""

from kernel.permissions import Permission

READ_REPORTS = Permission("reports:read")
