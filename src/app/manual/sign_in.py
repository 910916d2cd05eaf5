"""Which operation takes which proof of who calls: a session's cookie, an API key, a signature, or none."""

from typing import Any

from kernel.http.same_site import PROVED_BY_SIGNATURE

ONE_OF_THEM = "An operation that lists several takes one of them; both at once are refused."


def schemes(cookie: str) -> dict[str, Any]:
    """The proofs there are; `cookie` is the name of the session's cookie on this installation."""
    return {
        "session": {
            "type": "apiKey",
            "in": "cookie",
            "name": cookie,
            "description": "Set by signing in. Requests that change something also say that they come from our own site."
            f" Over https the name begins with `__Host-`. {ONE_OF_THEM}",
        },
        "key": {
            "type": "http",
            "scheme": "bearer",
            "bearerFormat": "bw_ and 8 letters, _ and 43 letters",
            "description": f"An API key, made by a signed-in person, with a part of what that person may do. {ONE_OF_THEM}",
        },
        "signature": {
            "type": "apiKey",
            "in": "header",
            "name": "Stripe-Signature",
            "description": "The card processor's signature over time and body.",
        },
    }


def security_of(handler: Any) -> list[dict[str, list[str]]]:
    """What an operation takes, each alone; nothing for one that is open to everybody."""
    if handler.opt.get("proved_by") == PROVED_BY_SIGNATURE["proved_by"]:
        return [{"signature": []}]
    asked = [guard.credentials for guard in handler.resolve_guards() if hasattr(guard, "credentials")]
    taken = [one for one in ("session", "key") if asked and all(one in each for each in asked)]
    return [{one: []} for one in taken]


def permission_of(handler: Any) -> str | None:
    """The permission a route asks for, if any."""
    return next((one.permission for one in handler.guards or () if hasattr(one, "permission")), None)
