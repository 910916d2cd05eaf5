"""One person at work through the API, as the demonstration drives it."""

from types import TracebackType
from typing import Any, Self

import httpx

from app.demo.day.errors import Refused


class Office:
    """A signed-in member of the company."""

    def __init__(self, base_url: str) -> None:
        self._client = httpx.Client(base_url=base_url, timeout=120, headers={"Origin": base_url})

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._client.close()

    def sign_in(self, email: str, password: str) -> Self:
        """Sign in; the session's cookie stays with this person."""
        self.post("/api/v1/session", json={"email": email, "password": password})
        return self

    def get(self, path: str, **query: Any) -> Any:
        """Read; the decoded body. Raises Refused."""
        return self._answer(self._client.get(path, params=query)).json()

    def list(self, path: str, **query: Any) -> list[Any]:
        """Read a list, page by page. Raises Refused."""
        found, cursor = [], ""
        while True:
            page = self.get(path, **query, limit=200, **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next"] or ""
            if not cursor:
                return found

    def download(self, path: str, **query: Any) -> bytes:
        """Read a file. Raises Refused."""
        return self._answer(self._client.get(path, params=query)).content

    def post(self, path: str, **body: Any) -> Any:
        """Do something; the decoded body, or None when there is none. Raises Refused."""
        response = self._answer(self._client.post(path, **body))
        return response.json() if response.content else None

    def change(self, path: str, read_at: str, **body: Any) -> Any:
        """Change what is read at an address, as it is there now; the decoded body. Raises Refused."""
        version = self._answer(self._client.get(read_at)).headers["ETag"]
        return self.post(path, headers={"If-Match": version}, **body)

    def status_of(self, path: str) -> int:
        """Only what the API answers: for showing refusals."""
        return self._client.get(path).status_code

    @staticmethod
    def _answer(response: httpx.Response) -> httpx.Response:
        if response.is_error:
            body = response.json() if "json" in response.headers.get("content-type", "") else {}
            raise Refused(
                f"{response.request.method} was answered {response.status_code}: {body.get('detail', 'no reason given')}"
            )
        return response
