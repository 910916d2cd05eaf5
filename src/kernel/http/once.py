"""Idempotency keys: the answer to a POST is stored in the transaction that made it, so that asking again changes nothing.

A route that creates something or moves money is declared with `post_once`. Same key, person and request: the stored answer. Same key,
another request or person: 409. Same key while the first still runs: 409 with Retry-After. Keys are the practice's, or the company's
where a route names no practice; they are kept for 24 hours (draft-ietf-httpapi-idempotency-key-header).
"""

import hashlib
import uuid
from dataclasses import dataclass
from typing import Any, cast

import msgspec
import sqlalchemy as sa
from litestar import Litestar, Request, Response
from litestar.enums import HttpMethod
from litestar.handlers import HTTPRouteHandler
from litestar.openapi.spec import OpenAPIType, Operation, Parameter, Schema
from litestar.response.base import ASGIResponse
from litestar.types import ASGIApp

from kernel.clock import wall_now
from kernel.db.tables import company_table, count_column, instant_column, practice_table, text_column
from kernel.db.transaction import Tx
from kernel.errors import Conflict, FieldError, Invalid

HEADER = "Idempotency-Key"
LONGEST_KEY = 200

idempotency_key = practice_table(
    "idempotency_key",
    text_column("key"),
    text_column("request_hash"),
    count_column("status", nullable=True),
    sa.Column("answer", sa.LargeBinary(), nullable=True),
    instant_column("created_at"),
    key=("key",),
)

company_idempotency_key = company_table(
    "company_idempotency_key",
    text_column("key"),
    text_column("request_hash"),
    count_column("status"),
    sa.Column("answer", sa.LargeBinary(), nullable=False),
    instant_column("created_at"),
    key=("key",),
)


class KeyInUse(Conflict):
    """The same key was used for another request."""

    slug = "idempotency-key-in-use"


class KeyBusy(KeyInUse):
    """The first request with this key has not finished; asking again a little later gives its answer."""

    retry_after_seconds = 1


class Answered(Exception):
    """The request was answered before; nothing is to be done but to say the same again."""

    def __init__(self, status: int, answer: bytes) -> None:
        super().__init__("answered before")
        self.status = status
        self.answer = answer


class Pending(msgspec.Struct, frozen=True):
    """A request whose answer is to be kept when it is there."""

    tx: Tx
    key: str
    digest: str

    async def keep(self, status: int, answer: bytes) -> None:
        """Store the answer, to be committed with what it tells."""
        table, owner = _keys_of(self.tx)
        values = {"key": self.key, "request_hash": self.digest, "status": status, "answer": answer}
        await self.tx.execute(
            table.insert().values(company_id=self.tx.company_id, created_at=wall_now(), **owner, **values)
        )


_STATE = "answer_once"
SAID_AGAIN = "said_again"
"""In the state of a request that was given the stored answer: nothing of its own was committed."""

_TRY_LOCK = sa.text("select pg_catalog.pg_try_advisory_xact_lock(pg_catalog.hashtextextended(:key, 0))")


async def begin_once(tx: Tx, request: Request[Any, Any, Any]) -> None:
    """Look the key of a request up, in the transaction that will answer it. Called for every route that has a transaction.

    Raises Answered when the answer is known, Invalid for a missing or unfit key, KeyInUse for another request under the same key,
    KeyBusy while the first is running.
    """
    handler = request.route_handler
    if not isinstance(handler, OnceHandler):
        return
    key = request.headers.get(HEADER)
    if key is None and not handler.key_required:
        return
    if not key or len(key) > LONGEST_KEY:
        message = f"send an {HEADER} header of 1 to {LONGEST_KEY} characters, a new one for each thing you want done"
        raise Invalid(message, fields=(FieldError(f"/{HEADER}", message, "header"),))
    digest = hashlib.sha256(
        f"{tx.scope.user_id} {request.method} {request.url.path}?{request.url.query}\n".encode() + await request.body()
    )
    table, owner = _keys_of(tx)
    name = ":".join(["once", *map(str, owner.values()), str(tx.company_id), key])
    if not await tx.scalar(_TRY_LOCK, {"key": name}):
        raise KeyBusy(f"a request with this {HEADER} is still running; ask again in a second with the same key")
    ours = [table.c[column] == value for column, value in {**owner, "company_id": tx.company_id, "key": key}.items()]
    stored = (await tx.execute(sa.select(table).where(*ours))).one_or_none()
    if stored is not None and stored.request_hash != digest.hexdigest():
        raise KeyInUse(f"this {HEADER} was used for another request; use a new key for a new request")
    if stored is not None:
        raise Answered(stored.status, stored.answer)
    request.scope["state"][_STATE] = Pending(tx, key, digest.hexdigest())


def _keys_of(tx: Tx) -> tuple[sa.Table, dict[str, uuid.UUID]]:
    if tx.scope.practice_id is None:
        return company_idempotency_key, {}
    return idempotency_key, {"practice_id": tx.practice_id}


@dataclass
class OnceOperation(Operation):
    """Shows the header in the OpenAPI document."""

    def __post_init__(self) -> None:
        shown = Parameter(
            name=HEADER,
            param_in="header",
            description="A new value for each thing you want done; the same value gives the same answer for 24 hours.",
            required=False,
            schema=Schema(type=OpenAPIType.STRING, min_length=1, max_length=LONGEST_KEY),
        )
        self.parameters = [*(self.parameters or []), shown]


class OnceHandler(HTTPRouteHandler):
    """A POST whose answer is kept under its key, in its own transaction."""

    key_required = False

    async def to_response(self, app: Litestar, data: Any, request: Request[Any, Any, Any]) -> ASGIApp:
        """Encode the answer, and keep it before the transaction commits."""
        response = await super().to_response(app, data, request)
        pending: Pending | None = request.scope["state"].get(_STATE)
        if pending is not None:
            encoded = cast("ASGIResponse", response)
            await pending.keep(encoded.status_code, bytes(encoded.body))
        return response


class OnceRequiredHandler(OnceHandler):
    """The same for money: without a key nobody could tell a repetition from a second wish."""

    key_required = True


def post_once(path: str | None = None, *, key_required: bool = False, **options: Any) -> HTTPRouteHandler:
    """Declare a POST that creates something or moves money, and that may be sent again under the same Idempotency-Key.

    Takes what `litestar.post` takes. The handler must have the `tx` dependency.
    """
    kind = OnceRequiredHandler if key_required else OnceHandler
    return kind(
        path,
        http_method=HttpMethod.POST,
        operation_class=OnceOperation,
        exception_handlers={Answered: _say_again},
        **options,
    )


def _say_again(request: Request[Any, Any, Any], known: Answered) -> Response[bytes]:
    request.scope["state"][SAID_AGAIN] = True
    return Response(known.answer, status_code=known.status, media_type="application/json")
