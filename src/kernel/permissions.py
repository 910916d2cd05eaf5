"""Permissions are declared by the package that checks them and granted to roles by tenancy, as data."""

from typing import NewType

Permission = NewType("Permission", str)
"""`package:verb`, for example `claims:read`."""
