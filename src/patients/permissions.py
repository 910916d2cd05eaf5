"""What this package checks."""

from kernel.permissions import Permission

READ_PATIENTS = Permission("patients:read")
