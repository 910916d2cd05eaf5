"""Who asked decides how a refusal is said: a browser under the patients' pages gets a page, everybody else a problem."""

from typing import Any

from litestar import Response

from kernel.http.problems import answer_problem
from kernel.http.scoping import AnyRequest
from patient_portal.routes import answer_page

PAGES = "/bill"


def answer_error(request: AnyRequest, error: Exception) -> Response[Any]:
    """The exception handler of the application, and of addresses that no route has."""
    path = request.scope["path"]
    is_page = path == PAGES or path.startswith(f"{PAGES}/")
    return (
        answer_page(request, error)
        if is_page and "text/html" in request.headers.get("accept", "")
        else answer_problem(request, error)
    )
