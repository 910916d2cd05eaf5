"""The table of routes: what is open, what asks for which permission, and what every answer carries."""

import re
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any

from litestar import Litestar
from tests.api.edits import EXEMPT, TAKES_IF_MATCH
from tests.plugins.tenants import Tenant
from tests.plugins.web import Web, base_of

from kernel.http.headers import SECURITY_HEADERS
from kernel.http.versions import is_single, takes_version

REVIEWED = Path(__file__).with_name("routes.txt")
OPEN = {
    "/api/v1/openapi", "/api/v1/openapi/openapi.json", "/api/v1/openapi/{path}",  # the manual
    "/api/v1/session", "/api/v1/session/end", "/api/v1/session/second-factor", "/api/v1/session/password-again",
    "/api/v1/session/password", "/api/v1/sessions", "/api/v1/sessions/{session_id}/end", "/api/v1/sessions/end-others",
    "/api/v1/api-keys", "/api/v1/api-keys/{key_id}/revoke",
    "/api/v1/second-factor", "/api/v1/second-factor/confirm", "/api/v1/second-factor/recovery-codes",
    "/api/v1/second-factor/disable",  # about the caller alone
    "/api/v1/password-reset", "/api/v1/password-reset/finish",  # before anybody is signed in
    "/bill", "/bill/end", "/bill/link/{code}", "/bill/once/{token}", "/bill/text/{size}",  # before the bill is open
    "/api/v1/invitations/accept",  # the mailed token is the authentication
    "/files/{token}",  # the sealed token is the permission
    "/health/live", "/health/ready", "/static/{path}",
    "/webhooks/stripe",  # the signature is the authentication
}  # fmt: skip
"""Every address that asks for no permission, with the reason."""


def table(app: Litestar) -> list[tuple[str, str, str]]:
    """Method, path and permission ("-" for none) of every route, in order of path."""
    rows = {
        (route.path_format, method, _permission(handler))
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods - {"OPTIONS"}
    }
    return [(method, path, permission) for path, method, permission in sorted(rows)]


def _permission(handler: Any) -> str:
    asked = [guard.permission for guard in handler.guards or () if hasattr(guard, "permission")]
    assert len(asked) <= 1
    return asked[0] if asked else "-"


def test_the_table_is_as_reviewed(web: Web) -> None:
    """A new route is a decision: read its line, then add it to routes.txt."""
    now = [" ".join(one) for one in table(web.app)]
    assert now == REVIEWED.read_text(encoding="utf-8").splitlines()


def test_every_route_asks_for_a_permission_unless_it_is_on_the_short_list(web: Web) -> None:
    assert {path for _, path, permission in table(web.app) if permission == "-"} == OPEN


def test_every_guard_stays_on_the_event_loop(web: Web) -> None:
    """Litestar runs a plain function in a thread, once for each guard of each request."""
    handlers = [one for route in web.app.routes for one in getattr(route, "route_handlers", ())]
    guards = {guard for handler in handlers for guard in (*web.app.guards, *(handler.guards or ()))}
    assert len(guards) > 5
    assert [guard for guard in guards if not iscoroutinefunction(guard)] == []


def test_every_practice_route_asks_for_a_permission(web: Web) -> None:
    of_practices = [one for one in table(web.app) if "{practice_id}" in one[1]]
    assert len(of_practices) > 20
    assert [one for one in of_practices if one[2] == "-"] == []


def changes(app: Litestar) -> dict[str, bool]:
    """Every route that changes or may change a thing that is there already, and whether it asks for that thing's version."""
    handlers = {
        (method, route.path_format): handler
        for route in app.routes
        for handler in getattr(route, "route_handlers", ())
        for method in handler.http_methods - {"OPTIONS"}
    }
    read = {path for (method, path), handler in handlers.items() if method == "GET" and is_single(handler)}
    return {
        f"{method} {path}": takes_version(handler)
        for (method, path), handler in handlers.items()
        if method in {"PUT", "PATCH", "DELETE"} or (method == "POST" and _is_about_a_thing(path, read))
    }


def _is_about_a_thing(path: str, read: set[str]) -> bool:
    """Its address names one, or is one of the caller's own that can be read, or a word below it."""
    if not path.startswith("/api/"):
        return False
    own = path in read or path.rpartition("/")[0] in read - {"/api/v1/practices/{practice_id}"}
    return own or "{" in path.replace("{practice_id}", "")


def test_every_edit_asks_for_a_version_or_says_why_not(web: Web) -> None:
    """A new route that changes something is a decision: add it to tests/api/edits.py, with a reason if it takes no version."""
    found = changes(web.app)
    assert {route for route, takes in found.items() if takes} == set(TAKES_IF_MATCH)
    assert {route for route, takes in found.items() if not takes} == set(EXEMPT)


async def test_nobody_signed_in_is_401_at_every_guarded_api_route(web: Web) -> None:
    visitor = web.visitor()
    for method, path, permission in table(web.app):
        if permission != "-" and path.startswith("/api/"):
            address = re.sub(r"{\w+}", "00000000-0000-7000-8000-000000000000", path)
            answer = await visitor.request(method, address)
            assert answer.status_code == 401, (method, path)
            assert answer.json()["detail"].startswith("sign in ")


async def test_the_manual_names_every_api_route_with_a_summary(web: Web) -> None:
    answer = await web.visitor().get("/api/v1/openapi/openapi.json")
    assert answer.status_code == 200
    paths = answer.json()["paths"]
    documented = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    served = {
        (method, path)
        for method, path, _ in table(web.app)
        if path.startswith("/api/v1/") and not path.startswith("/api/v1/openapi")
    }
    assert served <= documented
    for path, methods in paths.items():
        for method, operation in methods.items():
            assert operation["summary"], (method, path)
            assert operation.get("description") or path.startswith(("/health", "/webhooks")), (method, path)


async def test_every_kind_of_answer_carries_the_security_headers(web: Web, tenant: Tenant) -> None:
    visitor, biller = web.visitor(), await web.signed_in(tenant, "biller")
    answers = [
        await visitor.get("/health/live"),
        await visitor.get("/bill"),
        await visitor.get("/bill/account"),
        await visitor.get("/nowhere"),
        await visitor.delete("/bill"),
        await visitor.post("/api/v1/session", content=b"{", headers={"Content-Type": "application/json"}),
        await biller.get(base_of(tenant)),
        await biller.get(f"{base_of(tenant)}/remittances"),
        await visitor.get("/static/none.css"),
    ]
    assert [one.status_code for one in answers] == [200, 200, 303, 404, 405, 400, 200, 200, 404]
    for answer in answers:
        for name in SECURITY_HEADERS:
            assert name in answer.headers, (answer.url, name)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["X-Request-Id"]


async def test_pages_allow_no_script_but_their_own(web: Web) -> None:
    policy = (await web.visitor().get("/bill")).headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
