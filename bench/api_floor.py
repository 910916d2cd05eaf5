"""What a read costs without the product: one Litestar route, one asyncpg pool, one row as a superuser.

Started by `bench.api` under the same server as the product; the address of the database comes from the environment.
"""

import datetime as dt
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg
import msgspec
from granian import Granian
from granian.constants import Interfaces
from litestar import Litestar, get
from litestar.datastructures import State
from litestar.params import FromPath

URL, PORT = "BENCH_DATABASE_URL", "BENCH_PORT"
POOL = 8


class PatientRow(msgspec.Struct):
    """The same row as the product's answer shows."""

    id: uuid.UUID
    account_number: str
    last_name: str
    first_name: str
    birth_date: dt.date
    sex: str
    zip: str


@get("/patients/{patient_id:uuid}")
async def read(state: State, patient_id: FromPath[uuid.UUID]) -> PatientRow:
    """One row by its id."""
    row = await state.pool.fetchrow(
        "select id, account_number, last_name, first_name, birth_date, sex, zip from app.patient where id = $1",
        patient_id,
    )
    return PatientRow(**row)


def application() -> Litestar:
    """The route and its pool."""

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        async with asyncpg.create_pool(os.environ[URL], min_size=POOL, max_size=POOL) as pool:
            app.state.pool = pool
            yield

    return Litestar(route_handlers=[read], lifespan=[lifespan], openapi_config=None, logging_config=None)


if __name__ == "__main__":
    Granian(
        "bench.api_floor:application",
        factory=True,
        address="127.0.0.1",
        port=int(os.environ[PORT]),
        interface=Interfaces.ASGI,
        workers=1,
        log_access=False,
        log_level="warning",  # type: ignore[arg-type]
    ).serve()
