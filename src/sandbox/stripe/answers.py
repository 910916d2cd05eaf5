"""Sends API answers and refusals with Stripe's headers."""

import json
import sys
import traceback
from collections.abc import Callable
from typing import Any

from litestar import Request, Response
from litestar.exceptions import HTTPException

from sandbox.stripe.call import Call, read_call
from sandbox.stripe.desk import Desk, desk_of
from sandbox.stripe.errors import StripeError, invalid_request, unknown_address
from sandbox.stripe.expand import expanded
from sandbox.stripe.idempotency import once
from sandbox.stripe.ids import derived_id, fresh_seed
from sandbox.stripe.objects.event import API_VERSION

ApiRequest = Request[Any, Any, Any]
Json = dict[str, Any]

_CREATED = ("gt", "gte", "lt", "lte")
_LATEST_MOMENT = 99_999_999_999


async def answer_change(request: ApiRequest, read: Callable[[Desk, Call], Callable[[], Json]]) -> Response[str]:
    """A POST. ``read`` understands the request, or refuses it, and gives what is then done once for its key."""
    desk, call = desk_of(request), await read_call(request)
    paths = call.params.texts("expand")
    act = read(desk, call)
    reply = once(desk.store, call, lambda: expanded(desk.store, call.cause.account, act(), paths))
    desk.deliveries.wake()
    response = _json(reply.body, reply.status, call)
    if reply.replayed:
        response.headers["Idempotent-Replayed"] = "true"
    return response


async def answer_object(request: ApiRequest, kind: str, object_id: str) -> Response[str]:
    """A GET of one object."""
    desk, call = desk_of(request), await read_call(request)
    paths = call.params.texts("expand")
    call.params.refuse_unread()
    body = desk.store.get(kind, object_id, call.cause.account)
    return _json(json.dumps(expanded(desk.store, call.cause.account, body, paths), indent=2), 200, call)


async def answer_list(
    request: ApiRequest, kind: str, *, filters: tuple[str, ...] = (), many: tuple[str, ...] = ()
) -> Response[str]:
    """A GET of a page of objects, newest first.

    Args:
        request: The request.
        kind: Which objects.
        filters: Fields a caller may narrow by, named as in the objects.
        many: Fields a caller may narrow by with a list, ``types`` for ``type``.
    """
    desk, call = desk_of(request), await read_call(request)
    params = call.params
    paths = params.texts("expand")
    equal = {field: value for field in filters if (value := params.text(field)) is not None}
    one_of = {field: values for field in many if (values := params.texts(f"{field}s"))}
    moments = params.group("created")
    created = {word: moment for word in _CREATED if (moment := moments.integer(word, most=_LATEST_MOMENT)) is not None}
    limit = params.integer("limit", least=1, most=100)
    starting_after = params.text("starting_after")
    params.refuse_unread()
    page = desk.store.page(
        kind,
        call.cause.account,
        equal=equal,
        one_of=one_of,
        created=created,
        starting_after=starting_after,
        limit=10 if limit is None else limit,
    )
    body = {"object": "list", "data": page.items, "has_more": page.has_more, "url": call.path}
    return _json(json.dumps(expanded(desk.store, call.cause.account, body, paths), indent=2), 200, call)


async def answer_composed(request: ApiRequest, read: Callable[[Desk, Call], Json]) -> Response[str]:
    """A GET of something that is put together from several objects."""
    desk, call = desk_of(request), await read_call(request)
    return _json(json.dumps(read(desk, call), indent=2), 200, call)


def refuse(request: ApiRequest, refusal: Exception) -> Response[str]:
    """Any failure, in Stripe's shape; what nobody expected is written to standard error and answered as 500."""
    if isinstance(refusal, HTTPException):
        refusal = (
            unknown_address(request.method, request.url.path)
            if refusal.status_code in {404, 405}
            else invalid_request(refusal.detail)
        )
    if not isinstance(refusal, StripeError):
        traceback.print_exception(refusal, file=sys.stderr)
        refusal = StripeError(500, "api_error", "The stand-in failed; its own output says why.")
    response = Response(json.dumps(refusal.body(), indent=2), status_code=refusal.status, media_type="application/json")
    response.headers["Request-Id"] = derived_id("request", fresh_seed())
    return response


def _json(body: str, status: int, call: Call) -> Response[str]:
    headers = {"Request-Id": call.cause.request_id or "", "Stripe-Version": API_VERSION}
    if call.cause.idempotency_key is not None:
        headers["Idempotency-Key"] = call.cause.idempotency_key
    if call.cause.account:
        headers["Stripe-Account"] = call.cause.account
    return Response(body, status_code=status, media_type="application/json", headers=headers)
