"""What tenancy itself checks."""

from kernel.permissions import Permission

MANAGE_COMPANY = Permission("company:manage")
READ_PRACTICE = Permission("practice:read")
