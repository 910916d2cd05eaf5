"""What this package checks."""

from kernel.permissions import Permission

IMPORT_ENCOUNTERS = Permission("encounters:import")
READ_ENCOUNTERS = Permission("encounters:read")
