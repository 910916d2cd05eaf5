"""One success of every route, so that what each leaves in the audit log can be looked at."""

from collections.abc import Mapping

import httpx
from tests.api.doors import knock
from tests.audit.walk_cases import patients, people, signing_in, work
from tests.audit.walk_cases.world import Case, World

NO_EVENT: Mapping[str, str] = {
    "GET /health/live": "asked every few seconds by machines, and shows nothing",
    "GET /health/ready": "asked every few seconds by machines, and shows nothing",
    "GET /static/{path}": "the same files for everybody",
    "GET /api/v1/openapi": "the manual, the same for everybody",
    "GET /api/v1/openapi/openapi.json": "the manual, the same for everybody",
    "GET /api/v1/openapi/{path}": "the manual, the same for everybody",
    "GET /api/v1/roles": "what the product's roles may do, the same for everybody",
    "GET /api/v1/session": "one's own name and roles, asked by every page",
    "GET /api/v1/second-factor": "whether one has set up one's own second factor",
    "GET /api/v1/company/audit/actions": "the vocabulary of the log, the same for everybody",
    "GET /api/v1/practices/{practice_id}/audit/actions": "the vocabulary of the log, the same for everybody",
    "GET /files/{token}": "the export was on record when its link was made; a bucket answers its links without us",
    "PUT /files/{token}": "the upload was on record when its link was made, and is again when it is used",
    "GET /bill": "an empty form",
    "GET /bill/link/{code}": "an empty form",
    "GET /bill/once/{token}": "an empty form",
    "GET /bill/text/{size}": "the size of letters",
}
"""Routes whose success leaves nothing in the log, and why that is right."""

CASES: Mapping[str, Case] = {**signing_in.CASES, **people.CASES, **work.CASES, **patients.CASES}
"""By route: how it succeeds. Whatever is not here is called with the practice's own ids by its administrator."""


async def succeed(world: World, route: str) -> httpx.Response:
    """The route's success."""
    if route in CASES:
        return await CASES[route](world)
    of_practice = "{practice_id}" in route
    return await knock(world.admin if of_practice else world.boss, route, world.ids)
