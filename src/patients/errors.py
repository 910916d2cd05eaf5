"""Why registration refuses."""

from kernel.errors import Conflict


class AnotherPerson(Conflict):
    """An account number came with the birth date of somebody else. Nothing was registered."""

    slug = "account-of-another-person"
