"""docs/money.md is true: its tables are read, its events posted, and what comes out compared with what it prints."""

import itertools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from tests.payments.books import Answer, Books, answer, taken_back

from kernel.money import cents_from_dollars, dollars
from ledger.accounts import TRAITS, Account
from payments.adjustments.policy import AdjustmentCode, effect_of
from payments.remittance.content import KeptAdjustment, KeptClaim
from payments.remittance.posting_plan import ProviderRow
from reports.equation import equation

DOCUMENT = Path(__file__).parents[2] / "docs" / "money.md"
STATUS = {
    ("primary", "answers"): "1",
    ("secondary", "answers"): "2",
    ("primary", "denies"): "4",
    ("secondary", "denies"): "4",
}

Table = list[list[str]]


class Example(NamedTuple):
    """A section of the document with its three tables, headers left out."""

    title: str
    events: Table
    entries: Table
    balances: Table


def tables(text: str) -> Iterator[Table]:
    """The tables of a piece of the document, as rows of cells without the two lines of the header."""
    for is_table, lines in itertools.groupby(text.splitlines(), key=lambda line: line.startswith("|")):
        if is_table:
            yield [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in list(lines)[2:]]


def section(heading: str) -> str:
    """The text under a heading of the second level."""
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition(f"\n## {heading}\n")
    assert rest, heading
    return rest.partition("\n## ")[0]


def examples() -> list[Example]:
    """Every worked example."""
    found = []
    for part in section("Examples").split("\n### ")[1:]:
        title, _, body = part.partition("\n")
        found.append(Example(title, *tables(body)))
    return found


def run(events: Table) -> Books:
    """Post the events in order; those of one payment together."""
    books = Books()
    for payment, rows in itertools.groupby(events, key=lambda row: row[0]):
        if payment:
            trace, _, amount = payment.partition(": ")
            pay(books, trace, cents_from_dollars(amount), [row[1:] for row in rows])
        else:
            for _, event, content in rows:
                happen(books, event, content)
    return books


def happen(books: Books, event: str, content: str) -> None:
    """An event outside of an insurer's payment."""
    match = re.fullmatch(r"(charge|card)(?: (\w))?(, two payers)?", event)
    assert match, event
    if match[1] == "card":
        books.card(cents_from_dollars(content))
    else:
        charges = [cents_from_dollars(text) for text in content.split(";")]
        books.charge(match[2] or "A", charges, payers=2 if match[3] else 1)


def pay(books: Books, trace: str, amount_cents: int, rows: Table) -> None:
    """One payment of an insurer. It must tie."""
    decided: list[KeptClaim] = []
    provider_rows: list[ProviderRow] = []
    for event, content in rows:
        if event == "provider adjustment":
            reason, amount = content.split()
            provider_rows.append(ProviderRow(len(provider_rows) + 1, reason, "", cents_from_dollars(amount)))
            continue
        payer, verb, label = (event.replace("takes back", "takes-back") + " A").split()[:3]
        claim = books.claims[label]
        if verb == "takes-back":
            decided.append(taken_back(claim.standing[-1].content))
        else:
            decided.append(answer(claim, STATUS[payer, verb], [read_answer(text) for text in content.split(";")]))
    plan = books.pay(trace, amount_cents, decided, provider_rows)
    assert plan.difference_cents == 0


def read_answer(text: str) -> Answer:
    """`paid 82.40, CO-45 47.60`."""
    (word, paid), *adjustments = [part.split() for part in text.split(",")]
    assert word == "paid", text
    return Answer(
        cents_from_dollars(paid),
        tuple(KeptAdjustment(*code.split("-"), cents_from_dollars(amount)) for code, amount in adjustments),
    )


@pytest.mark.parametrize("example", examples(), ids=lambda example: example.title)
def test_an_example_is_true(example: Example) -> None:
    books = run(example.events)
    assert [
        [name, one.debit.name, one.credit.name, dollars(one.amount_cents), one.reason]
        for name, entry in books.posted
        for one in entry.transfers
    ] == example.entries
    assert [[account.name, dollars(cents)] for account, cents in books.totals().items()] == example.balances
    assert equation(books.charged_cents, books.transfers())[0].unexplained_cents == 0


def test_the_chart_of_accounts_is_the_one_in_the_code() -> None:
    (chart,) = tables(section("Chart of accounts"))
    assert [row[:4] for row in chart] == [
        [
            str(int(account)),
            account.name,
            "debit" if TRAITS[account].debit_normal else "credit",
            "yes" if TRAITS[account].by_item else "no",
        ]
        for account in Account
    ]
    assert all(row[4] for row in chart)


def test_adjustments_do_what_the_document_says() -> None:
    (rows,) = tables(section("What an adjustment does"))
    said = dict(rows)
    assert said == {code: effect_of(AdjustmentCode(*code.split("-"))).value for code in said}


def test_the_document_names_every_key_that_posts() -> None:
    (facts,) = tables(section("Which fact posts what"))
    prefixes = {re.sub(r"\{.*?\}", "#", row[1]) for row in facts}
    books = next(run(one.events) for one in examples() if "FB" in one.title)
    used = {re.sub(r"[0-9a-f-]{36}|\d+", "#", entry.fact) for entry in books.entries}
    assert {one if not one.startswith("reversal:") else "reversal:#" for one in used} <= prefixes
