"""What one process works with: its settings and everything made from them."""

import msgspec

from kernel.db.database import Database
from kernel.settings import Settings
from kernel.storage.base import ObjectStore
from payments.patient.gateway import CardGateway
from tenancy.public import Sessions


class Resources(msgspec.Struct, frozen=True):
    """Made once at start by `app.providers`, closed once at the end."""

    settings: Settings
    database: Database
    store: ObjectStore
    sessions: Sessions
    gateway: CardGateway

    async def close(self) -> None:
        """Give every connection back, those to the card processor too."""
        try:
            await self.gateway.close()
        finally:
            await self.database.close()
