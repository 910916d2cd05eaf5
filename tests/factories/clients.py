"""HTTP clients of the JSON endpoints, signed in with exactly the permissions a test names."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from litestar import Controller, Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, Receive, Send
from litestar.types import Scope as AsgiScope
from tests.plugins.tenants import Tenant

from kernel.context import Principal
from kernel.http.bodies import BodyLimits
from kernel.http.middleware import RequestContext
from kernel.http.pages import PageSeal, provide_page
from kernel.http.problems import answer_problem
from kernel.http.scoping import provide_tx
from kernel.http.versions import ReadVersions, provide_version
from kernel.ids import new_id
from kernel.settings import LimitSettings
from kernel.storage.base import ObjectStore


class SignedIn(ASGIMiddleware):
    """Every request is this person's."""

    def __init__(self, principal: Principal) -> None:
        self._principal = principal

    async def handle(self, scope: AsgiScope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        """Wrap the request."""
        scope["user"] = self._principal
        await next_app(scope, receive, send)


@asynccontextmanager
async def signed_in(
    tenant: Tenant,
    controller: type[Controller],
    *permissions: str,
    company_wide: tuple[str, ...] = (),
    store: ObjectStore | None = None,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of one controller, of somebody with these permissions in the tenant's practice and in its company."""
    principal = Principal(
        audience="staff",
        company_id=tenant.company_id,
        session_id=new_id(),
        user_id=tenant.user_id,
        roles={tenant.practice_id: "biller"},
        permissions={tenant.practice_id: frozenset(permissions), None: frozenset(company_wide)},
    )
    app = Litestar(
        route_handlers=[controller],
        dependencies={"tx": Provide(provide_tx), "page": Provide(provide_page), "version": Provide(provide_version)},
        middleware=[RequestContext(), SignedIn(principal), BodyLimits(LimitSettings()), ReadVersions()],
        exception_handlers={Exception: answer_problem},
        state=State({"database": tenant.database, "store": store, "page_seal": PageSeal(b"test")}),
    )
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client
