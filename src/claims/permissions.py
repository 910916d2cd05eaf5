"""What this package checks."""

from kernel.permissions import Permission

READ_CLAIMS = Permission("claims:read")
SUBMIT_CLAIMS = Permission("claims:submit")
