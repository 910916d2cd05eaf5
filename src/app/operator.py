"""What the operator does at this machine: one transaction a command, for one company, on record with the purpose `cli`."""

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from typing import TypeVar

from app.providers import make_resources
from app.resources import Resources
from kernel.context import Scope
from kernel.db.transaction import Tx, open_transaction
from kernel.errors import NotFound, Unavailable
from kernel.ids import new_id
from kernel.settings import load_settings
from tenancy.public import company_id_of, company_name, company_practices, practice_id_of

T = TypeVar("T")
Work = Callable[[Tx, Resources], Awaitable[T]]


def in_installation(work: Work[T]) -> T:
    """Look at what there is across companies: ids and names, no records."""
    return _run(lambda resources: _once(resources, Scope(audience="scheduler", purpose="cli"), work))


def opening_company(slug: str, work: Work[T]) -> T:
    """Work for a company that may not exist yet."""
    return _run(lambda resources: _once(resources, _scope(company_id_of(slug)), work))


def in_company(slug: str, work: Work[T]) -> T:
    """Work for a company. Raises NotFound when it does not exist."""

    async def checked(tx: Tx, resources: Resources) -> T:
        await company_name(tx)
        return await work(tx, resources)

    return opening_company(slug, checked)


def in_practice(company: str, practice: str, work: Work[T]) -> T:
    """Work in a practice of a company. Raises NotFound when either does not exist."""

    async def checked(tx: Tx, resources: Resources) -> T:
        await practice_of(tx, practice)
        return await work(tx, resources)

    return in_new_practice(company, practice, checked)


def in_new_practice(company: str, practice: str, work: Work[T]) -> T:
    """Work in a practice that may not exist yet. Raises NotFound when the company does not exist."""

    async def checked(tx: Tx, resources: Resources) -> T:
        await company_name(tx)
        return await work(tx, resources)

    company_id = company_id_of(company)
    scope = _scope(company_id, practice_id_of(company_id, practice))
    return _run(lambda resources: _once(resources, scope, checked))


async def practice_of(tx: Tx, slug: str) -> uuid.UUID:
    """The id of the company's practice of this name. Raises NotFound, naming the ones there are."""
    practices = {one.slug: one.practice_id for one in await company_practices(tx)}
    if slug not in practices:
        known = ", ".join(practices) or "none yet"
        raise NotFound(f"the company has no practice {slug}; its practices are: {known}")
    return practices[slug]


def _scope(company_id: uuid.UUID, practice_id: uuid.UUID | None = None) -> Scope:
    return Scope(
        audience="staff",
        company_id=company_id,
        practice_id=practice_id,
        role="operator",
        purpose="cli",
        request_id=str(new_id()),
    )


async def _once(resources: Resources, scope: Scope, work: Work[T]) -> T:
    async with open_transaction(resources.database, scope) as tx:
        return await work(tx, resources)


def _run(work: Callable[[Resources], Awaitable[T]]) -> T:
    settings = load_settings()

    async def run() -> T:
        resources = make_resources(settings)
        try:
            return await work(resources)
        except OSError:
            where = f"{settings.database.host}:{settings.database.port}"
            raise Unavailable(
                f"the database does not answer at {where}; start it, or set BILLWRIGHT_DATABASE__HOST and __PORT"
            ) from None
        finally:
            await resources.close()

    return asyncio.run(run())
