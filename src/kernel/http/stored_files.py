"""Files of the folder store, handed out and taken in by our own process; with S3 there is nothing here, and S3 does this itself.

The link is the permission: it was made for somebody who had one, for one file and one method, and expires.
"""

from litestar import Response, get, put
from litestar.params import FromPath

from kernel.errors import NotFound
from kernel.http.same_site import PROVED_BY_SIGNATURE
from kernel.http.scoping import AnyRequest
from kernel.storage.base import ObjectStore
from kernel.storage.folder import FolderStore
from kernel.storage.folder_door import PATH


@get(PATH + "/{token:str}", include_in_schema=False)
async def download_stored(request: AnyRequest, token: FromPath[str]) -> Response[bytes]:
    """The file that a link names, as the link says it looks."""
    store = _folder_of(request)
    grant = store.door.opened_to_get(token)
    headers = {"Content-Disposition": grant.shown.disposition}
    return Response(await store.get(grant.key), media_type=grant.shown.content_type, headers=headers)


@put(
    PATH + "/{token:str}",
    include_in_schema=False,
    status_code=204,
    opt=PROVED_BY_SIGNATURE,
    request_max_body_size=None,  # the link says the size, and more is refused while it arrives
)
async def upload_stored(request: AnyRequest, token: FromPath[str]) -> None:
    """Take in the file that a link announces, and no other."""
    store = _folder_of(request)
    grant = store.door.opened_to_put(token)
    await store.receive(grant.key, grant.announced, request.stream())


def _folder_of(request: AnyRequest) -> FolderStore:
    store: ObjectStore = request.app.state.store
    if not isinstance(store, FolderStore):
        raise NotFound("there is nothing at this address; files are kept elsewhere")
    return store
