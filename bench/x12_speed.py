"""X12 speeds against the least that Python can do with the same bytes, and beside pyx12. See `docs/x12.md`.

Times are processor seconds of this process, the best of interleaved rounds: other work on the machine then matters
least. The ratio is floor ÷ value, so a goal of "at most 4 times the floor" reads 0.25.
"""

import gc
import io
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pyx12.params
import pyx12.rawx12file
import pyx12.x12n_document

from bench.measure import Measure, against_floor
from bench.x12_anchors import ANCHORS, installed
from bench.x12_files import claim_file, remittance_file
from edi.balance import check_claim, check_payment
from edi.check import check
from edi.claim_837 import Claim, ClaimSet
from edi.claim_837p import OutgoingSet, stream_837p, write_837p
from edi.remittance_835 import ClaimPayment, Payment, PaymentClose, stream_835
from edi.x12.envelope import Envelope, envelope_of

Subject = tuple[str, Callable[[], object], float | None]
"""Name, what is measured, and at most how many times the floor is wanted."""

CLAIMS = 20_000
ROUNDS = 3
PIECE = 1 << 16
JUDGED_CLAIMS = 500
"""What validates or builds trees elsewhere is some hundred times slower: it gets a smaller file, and the floor of that file."""


def run() -> list[Measure]:
    """Every X12 measure."""
    with tempfile.TemporaryDirectory() as folder:
        remittances = _stored(folder, "835", remittance_file(CLAIMS))
        in_one = _stored(folder, "835-one", remittance_file(CLAIMS, claims_per_set=CLAIMS))
        claims = _stored(folder, "837p", claim_file(CLAIMS))
        envelope, sets = _outgoing(claims)
        # The claims to write stay in memory throughout; reading is not to pay for their garbage collection.
        gc.freeze()
        rows = _compared(
            remittances,
            [
                ("835 to typed, balanced claims, 200 per set", lambda: _balanced(remittances), 4),
                ("835, all five levels checked", lambda: check(remittances.read_bytes()), 8),
                ("835, pyx12 segments only", lambda: _pyx12_segments(remittances), None),
                *_others("835", remittances),
            ],
        )
        rows += _compared(in_one, [("835 to typed, balanced claims, all in one set", lambda: _balanced(in_one), 4)])
        rows += _compared(
            claims,
            [
                ("837P to typed claims", lambda: _typed(claims), 4.5),
                ("837P written", lambda: write_837p(envelope, sets), 4),
                ("837P, all five levels checked", lambda: check(claims.read_bytes()), 8),
                ("837P, pyx12 segments only", lambda: _pyx12_segments(claims), None),
                *_others("837P", claims),
            ],
        )
        few = _stored(folder, "few", claim_file(JUDGED_CLAIMS))
        validation: Subject = (f"837P of {JUDGED_CLAIMS} claims, pyx12 validation", lambda: _pyx12_valid(few), None)
        rows += _compared(few, [validation, *_others("few 837P", few)])
        few_paid = _stored(folder, "few-paid", remittance_file(JUDGED_CLAIMS, claims_per_set=JUDGED_CLAIMS))
        rows += _compared(few_paid, _others("few 835", few_paid))
    return rows + _not_installed()


def _others(kind: str, path: Path) -> list[Subject]:
    """The other libraries that are here."""
    return [
        (f"{kind}, {words}", partial(read, path), None) for words, package, read in ANCHORS[kind] if installed(package)
    ]


def _not_installed() -> list[Measure]:
    every = [anchor for anchors in ANCHORS.values() for anchor in anchors]
    missing = sorted({words.partition(",")[0] for words, package, _ in every if not installed(package)})
    return [
        Measure(name=f"x12: {library}", value=0.0, floor=None, ratio=None, goal=None, ok=None, note="not installed")
        for library in missing
    ]


def _stored(folder: str, name: str, content: bytes) -> Path:
    path = Path(folder) / name
    path.write_bytes(content)
    return path


def _floor(path: Path) -> int:
    """Read a file in pieces, split it into segments and elements, keep nothing."""
    count = 0
    rest = ""
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            *segments, rest = (rest + piece.decode("latin-1")).split("~")
            for segment in segments:
                count += len(segment.strip().split("*"))
    return count


def _compared(path: Path, subjects: list[Subject]) -> list[Measure]:
    best = [_seconds(lambda: _floor(path)), *(_seconds(work) for _, work, _ in subjects)]
    for _ in range(ROUNDS - 1):
        again = [_seconds(lambda: _floor(path)), *(_seconds(work) for _, work, _ in subjects)]
        best = [min(pair) for pair in zip(best, again, strict=True)]
    floor = best[0]
    return [
        against_floor(
            f"x12: {name}, s",
            seconds,
            floor,
            goal=None if most is None else round(1 / most, 3),
            note=f"{seconds / floor:.1f} times the floor" + ("" if most is None else f", at most {most} wanted"),
        )
        for (name, _, most), seconds in zip(subjects, best[1:], strict=True)
    ]


def _seconds(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return time.process_time() - start


def _balanced(path: Path) -> None:
    payment: Payment | None = None
    for event in stream_835(path.read_bytes()):
        if isinstance(event, ClaimPayment):
            wrong = check_claim(event)
        elif isinstance(event, PaymentClose) and payment is not None:
            wrong = check_payment(payment, event)
        else:
            payment, wrong = event if isinstance(event, Payment) else None, []
        if wrong:
            raise AssertionError("the generated file balances")


def _typed(path: Path) -> None:
    for _ in stream_837p(path.read_bytes()):
        pass


def _outgoing(path: Path) -> tuple[Envelope, list[OutgoingSet]]:
    sets: list[OutgoingSet] = []
    for event in stream_837p(path.read_bytes()):
        if isinstance(event, ClaimSet) and event.transaction is not None:
            sets.append(OutgoingSet(event.transaction.control_number, event, []))
        elif isinstance(event, Claim):
            sets[-1].claims.append(event)
    transaction = sets[0].head.transaction
    if transaction is None or write_837p(envelope_of(transaction), sets) != path.read_bytes():
        raise AssertionError("what was read is written again to the byte")
    return envelope_of(transaction), sets


def _pyx12_segments(path: Path) -> None:
    for _ in pyx12.rawx12file.RawX12File(io.StringIO(path.read_text())):
        pass


def _pyx12_valid(path: Path) -> None:
    pyx12.x12n_document.x12n_document(pyx12.params.params(), io.StringIO(path.read_text()), None, None)
