"""Serves the style sheet, fonts and icon under their hashed addresses."""

from litestar import Response, get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from ui.static_files import PREFIX, find_static


@get(PREFIX + "{path:path}", include_in_schema=False)
async def serve_static(path: FromPath[str]) -> Response[bytes]:
    """One file, cacheable for ever; an unknown address is an ordinary 404."""
    found = find_static(PREFIX + str(path).lstrip("/"))
    if found is None:
        raise NotFoundException
    return Response(found.content, headers=found.headers)
