"""What this package checks."""

from kernel.permissions import Permission

READ_PATIENTS = Permission("patients:read")
MARK_VIP = Permission("vip:manage")
