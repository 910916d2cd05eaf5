"""Connections, and the small files partners send."""

import uuid
from pathlib import Path

from tests.plugins.tenants import Tenant

from clearinghouse.public import NewConnection, add_connection

ISA = "ISA*00*          *00*          *ZZ*PAYER          *ZZ*SUBMITTER      *260930*1200*^*00501*{number:09}*0*P*:~"


async def connect(tenant: Tenant, *, folder: str = "riverbend", name: str = "Sandbox Clearinghouse") -> uuid.UUID:
    """A connection of the tenant, exchanging through `folder`."""
    new = NewConnection(
        name=name, folder=folder, submitter_id="SUBMITTER", receiver_id="PAYER", receiver_name="SANDBOX CLEARINGHOUSE"
    )
    async with tenant.tx() as tx:
        return await add_connection(tx, new)


def partner_file(set_id: str, version: str, *, number: int = 1, functional: str = "HP") -> bytes:
    """An interchange with one transaction set and nothing in it but its envelope."""
    return (
        ISA.format(number=number)
        + f"GS*{functional}*PAYER*SUBMITTER*20260930*1200*{number}*X*{version}~"
        + f"ST*{set_id}*0001~SE*2*0001~GE*1*{number}~IEA*1*{number:09}~"
    ).encode()


def remittance_file(number: int = 1) -> bytes:
    """A file told apart as an 835."""
    return partner_file("835", "005010X221A1", number=number)


def interchange_acknowledgment(number: int = 1) -> bytes:
    """A file with a TA1 and no functional group."""
    return (ISA.format(number=number) + f"TA1*000000007*260930*1200*A*000~IEA*0*{number:09}~").encode()


def leave(exchange_root: Path, name: str, content: bytes, *, folder: str = "riverbend") -> Path:
    """Put a file where the partner leaves files for us."""
    path = exchange_root / folder / "from-payer" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path
