"""What this package checks."""

from kernel.permissions import Permission

READ_AUDIT = Permission("audit:read")
RECORD_DISCLOSURES = Permission("disclosures:write")
