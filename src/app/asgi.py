"""The web application: every controller, the middleware in order, one way to say what went wrong."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar
from litestar.di import Provide
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Contact
from litestar.types import ControllerRouterHandler

from app.answers import answer_error
from app.application import Application
from app.audit_spool import AuditSpool
from app.manual.document import CompletedJson
from app.manual.router import manual_router
from app.migrate import head_revision
from app.open_work import OPEN_WORK
from app.patients_in_files import patients_in_file
from app.providers import make_resources
from app.refusals import RefusalAudit
from app.resources import Resources
from app.routes import ROUTES
from app.web import WEB_ROLES
from kernel import clock
from kernel.http.bodies import BodyLimits, answers_json
from kernel.http.buckets import ProcessBuckets
from kernel.http.client_address import ClientAddress
from kernel.http.guards import in_turn
from kernel.http.headers import AnswerHeaders
from kernel.http.known_parameters import refuse_unknown_parameters
from kernel.http.middleware import RequestContext
from kernel.http.pages import PageSeal, provide_page
from kernel.http.rate_limits import AddressRate, CallerRate
from kernel.http.request_log import RequestLog
from kernel.http.same_site import refuse_cross_site
from kernel.http.scoping import provide_tx
from kernel.http.versions import ReadVersions, provide_version
from kernel.logging import configure_logging
from kernel.settings import load_settings
from tenancy.public import Authentication, cookie_name, refuse_bad_key


def create_app(resources: Resources, routes: tuple[ControllerRouterHandler, ...] = ROUTES) -> Litestar:
    """The application over these resources, which it closes when it stops."""

    spool = AuditSpool(resources.settings.home / "spool" / "audit")

    @asynccontextmanager
    async def lifespan(app: Litestar) -> AsyncIterator[None]:
        await resources.database.verify(*WEB_ROLES)
        app.state.update(
            database=resources.database,
            sessions=resources.sessions,
            store=resources.store,
            gateway=resources.gateway,
            open_work=OPEN_WORK,
            patients_in_file=patients_in_file,
            settings=resources.settings,
            revision=head_revision(),
            audit_spool=spool,
            page_seal=PageSeal(resources.settings.secrets.link_key.get_secret_value().encode()),
        )
        flushing = asyncio.create_task(spool.flush_forever(resources.database))
        yield
        flushing.cancel()
        await asyncio.wait([flushing])
        await resources.close()

    limits, buckets = resources.settings.limits, ProcessBuckets()
    return Application(
        route_handlers=list(routes),
        dependencies={"tx": Provide(provide_tx), "page": Provide(provide_page), "version": Provide(provide_version)},
        middleware=[
            ClientAddress(resources.settings.web),
            RequestContext(),
            AddressRate(buckets, limits),
            Authentication(),
            RequestLog(),
            CallerRate(buckets, limits),
            RefusalAudit(),
            BodyLimits(limits),
            ReadVersions(),
        ],
        guards=[in_turn(refuse_cross_site, refuse_bad_key, answers_json, refuse_unknown_parameters)],
        before_send=[AnswerHeaders(https=resources.settings.web.public_url.startswith("https:"))],
        exception_handlers={Exception: answer_error},
        lifespan=[lifespan],
        request_max_body_size=resources.settings.web.body_limit_bytes,
        openapi_config=OpenAPIConfig(
            title="Billwright",
            version="1",
            description="Medical billing for third-party billing companies. Amounts are integer cents of USD.",
            contact=Contact(name="Billwright"),
            openapi_router=manual_router(),
            use_handler_docstrings=True,
            render_plugins=[
                CompletedJson(path=["/", "/openapi.json"], cookie=cookie_name(resources.settings.web))
            ],  # viewers would load scripts from elsewhere
        ),
        logging_config=None,  # kernel.logging has set logging up; Litestar's own would let libraries log what they like
        debug=False,
    )


def from_environment() -> Litestar:
    """What the web server loads: settings from the environment, business time fixed if they say so."""
    settings = load_settings()
    configure_logging()
    clock.fix_process_time(settings.business_time)
    return create_app(make_resources(settings))
