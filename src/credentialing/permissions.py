"""What this package checks."""

from kernel.permissions import Permission

READ_ENROLLMENTS = Permission("enrollments:read")
MANAGE_ENROLLMENTS = Permission("enrollments:manage")
