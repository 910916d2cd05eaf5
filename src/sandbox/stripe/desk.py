"""What every handler works with."""

from typing import Any, NamedTuple

from litestar import Request

from sandbox.stripe.store import Store
from sandbox.stripe.webhooks import Deliveries


class Desk(NamedTuple):
    """The store, the deliveries, and the address under which the payer's browser finds the pages."""

    store: Store
    deliveries: Deliveries
    base_url: str


def desk_of(request: Request[Any, Any, Any]) -> Desk:
    """The desk of the application that is answering."""
    desk = request.app.state.desk
    assert isinstance(desk, Desk)
    return desk
