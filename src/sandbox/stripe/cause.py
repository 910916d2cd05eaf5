"""What brought a change about: whose account, which request, and the seed its objects' ids grow from."""

from typing import NamedTuple


class Cause(NamedTuple):
    """Travels with every change into the objects and events it makes."""

    account: str
    seed: str
    request_id: str | None
    idempotency_key: str | None
