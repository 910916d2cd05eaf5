"""The addresses of the API: https://docs.stripe.com/api, as far as this stand-in speaks it."""

from collections.abc import Callable
from typing import Any

from litestar import Response, get, post

from sandbox.stripe.answers import ApiRequest, Json, answer_change, answer_composed, answer_list, answer_object
from sandbox.stripe.call import Call
from sandbox.stripe.checkout import expire_overdue, expire_session, open_session, read_new_session
from sandbox.stripe.desk import Desk, desk_of
from sandbox.stripe.errors import no_such_object
from sandbox.stripe.expand import lines_of
from sandbox.stripe.refunds import give_back, read_new_refund


@post("/v1/checkout/sessions", status_code=200)
async def create_session(request: ApiRequest) -> Response[str]:
    """Open a checkout session with its hosted page."""

    def read(desk: Desk, call: Call) -> Callable[[], Json]:
        new = read_new_session(call.params)
        return lambda: open_session(desk.store, call.cause, new, desk.base_url)

    return await answer_change(request, read)


@get("/v1/checkout/sessions")
async def list_sessions(request: ApiRequest) -> Response[str]:
    """Checkout sessions, newest first."""
    expire_overdue(desk_of(request).store)
    return await answer_list(request, "checkout.session", filters=("payment_intent", "status"))


@get("/v1/checkout/sessions/{session_id:str}")
async def retrieve_session(request: ApiRequest, session_id: str) -> Response[str]:
    """One checkout session."""
    expire_overdue(desk_of(request).store)
    return await answer_object(request, "checkout.session", session_id)


@get("/v1/checkout/sessions/{session_id:str}/line_items")
async def list_session_lines(request: ApiRequest, session_id: str) -> Response[str]:
    """The lines of a checkout session."""

    def read(desk: Desk, call: Call) -> Json:
        call.params.integer("limit", least=1, most=100)
        call.params.refuse_unread()
        desk.store.get("checkout.session", session_id, call.cause.account)
        return lines_of(desk.store, session_id)

    return await answer_composed(request, read)


@post("/v1/checkout/sessions/{session_id:str}/expire", status_code=200)
async def expire_one_session(request: ApiRequest, session_id: str) -> Response[str]:
    """End an open checkout session."""

    def read(desk: Desk, call: Call) -> Callable[[], Json]:
        call.params.refuse_unread()
        return lambda: expire_session(
            desk.store, call.cause, desk.store.get("checkout.session", session_id, call.cause.account)
        )

    return await answer_change(request, read)


@get("/v1/payment_intents")
async def list_payment_intents(request: ApiRequest) -> Response[str]:
    """Payment intents, newest first."""
    return await answer_list(request, "payment_intent")


@get("/v1/payment_intents/{intent_id:str}")
async def retrieve_payment_intent(request: ApiRequest, intent_id: str) -> Response[str]:
    """One payment intent."""
    return await answer_object(request, "payment_intent", intent_id)


@get("/v1/charges/{charge_id:str}")
async def retrieve_charge(request: ApiRequest, charge_id: str) -> Response[str]:
    """One charge."""
    return await answer_object(request, "charge", charge_id)


@post("/v1/refunds", status_code=200)
async def create_refund(request: ApiRequest) -> Response[str]:
    """Give a charge back, or part of it."""

    def read(desk: Desk, call: Call) -> Callable[[], Json]:
        new = read_new_refund(call.params)
        return lambda: give_back(desk.store, call.cause, new)

    return await answer_change(request, read)


@get("/v1/refunds/{refund_id:str}")
async def retrieve_refund(request: ApiRequest, refund_id: str) -> Response[str]:
    """One refund."""
    return await answer_object(request, "refund", refund_id)


@get("/v1/balance_transactions")
async def list_balance_transactions(request: ApiRequest) -> Response[str]:
    """What charges and refunds did to the balance, newest first."""
    return await answer_list(request, "balance_transaction", filters=("source", "type"))


@get("/v1/balance_transactions/{transaction_id:str}")
async def retrieve_balance_transaction(request: ApiRequest, transaction_id: str) -> Response[str]:
    """One balance transaction."""
    return await answer_object(request, "balance_transaction", transaction_id)


@get("/v1/events")
async def list_events(request: ApiRequest) -> Response[str]:
    """What happened, newest first."""
    return await answer_list(request, "event", filters=("type",), many=("type",))


@get("/v1/events/{event_id:str}")
async def retrieve_event(request: ApiRequest, event_id: str) -> Response[str]:
    """One event."""
    return await answer_object(request, "event", event_id)


@post("/_sandbox/events/{event_id:str}/deliver", status_code=200)
async def deliver_event(request: ApiRequest, event_id: str) -> dict[str, Any]:
    """Not Stripe's: deliver an event once more, now, and say what the receiver answered (null: unreachable)."""
    desk = desk_of(request)
    account = desk.store.account_of(event_id)
    if account is None or desk.store.find("event", event_id, account) is None:
        raise no_such_object("event", event_id)
    return {"event": event_id, "receiver_status": await desk.deliveries.deliver(event_id)}


API_ROUTES = (
    create_session,
    list_sessions,
    retrieve_session,
    list_session_lines,
    expire_one_session,
    list_payment_intents,
    retrieve_payment_intent,
    retrieve_charge,
    create_refund,
    retrieve_refund,
    list_balance_transactions,
    retrieve_balance_transaction,
    list_events,
    retrieve_event,
    deliver_event,
)
