"""What this package checks."""

from kernel.permissions import Permission

READ_AUDIT = Permission("audit:read")
SET_THRESHOLDS = Permission("thresholds:manage")
RECORD_DISCLOSURES = Permission("disclosures:write")
