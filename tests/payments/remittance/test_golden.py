"""One payer's answers, byte for byte, and the books they make: `tests/golden/money`. Who changes a rule sees here what it moves."""

from pathlib import Path

from tests.factories.claims import Clinic, Visit, build, send
from tests.factories.payments import head_of, post_if_safe, take_in

from kernel.money import dollars
from kernel.storage.folder import FolderStore
from ledger.public import all_transfers

GOLDEN = Path(__file__).parents[2] / "golden" / "money"
TWO_LINES = ({}, {"procedure_code": "G0439", "charge_cents": 6_000})
VISITS = (Visit(number="E-1"), Visit(number="E-2"), Visit(number="E-3"), Visit(number="E-4", charges=TWO_LINES))


async def test_the_golden_answers_make_the_golden_books(clinic: Clinic, store: FolderStore) -> None:
    await build(clinic, *VISITS)
    await send(clinic, store)
    ids = await take_in(clinic, store, (GOLDEN / "answers.835").read_bytes())
    for remittance_id in ids:
        await post_if_safe(clinic, remittance_id)
        assert (await head_of(clinic, remittance_id)).state == "posted"
    async with clinic.tenant.tx() as tx:
        lines = [
            f"{one.posted_date} | {one.source} | {one.debit.name} | {one.credit.name} | {dollars(one.amount_cents)} | {one.reason}"
            for one in await all_transfers(tx)
        ]
    assert sorted(lines) == (GOLDEN / "books.txt").read_text(encoding="utf-8").splitlines()
