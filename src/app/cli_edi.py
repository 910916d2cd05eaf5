"""`billwright edi`: look at, check, explain, acknowledge, cut and redact X12 files. Needs no database."""

import datetime as dt
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import click
import msgspec

from edi.ack_999 import acknowledge, write_999
from edi.ack_ta1 import write_ta1
from edi.acknowledging import acknowledge_interchanges
from edi.check import CheckResult, check
from edi.explain import explain_835
from edi.reading import stream
from edi.redaction import redact
from edi.report import report_data, report_lines
from edi.splitting import By, split
from edi.x12.envelope import Envelope, Interchange
from kernel.clock import now

_PIECE = 1 << 20
_WORTH_PROGRESS = 10 << 20

File = click.Path(exists=True, dir_okay=False, allow_dash=True)


@click.group()
def edi() -> None:
    """X12 files: check, show, explain, acknowledge, split, redact. `-` reads standard input."""


@edi.command("check")
@click.argument("files", nargs=-1, required=True, type=File)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per file, each on its own line.")
def check_files(files: tuple[str, ...], *, as_json: bool) -> None:
    """Hold each file against syntax, guide, balancing, situations and codes. Exit 1 when any has an error."""
    ok = True
    for name in files:
        with _Pieces(name) as pieces:
            result = check(pieces)
        ok = ok and result.ok
        if as_json:
            click.echo(msgspec.json.encode(report_data(name, result)))
        else:
            for line in report_lines(name, result):
                click.echo(line)
    if not ok:
        raise SystemExit(1)


@edi.command()
@click.argument("file", type=File)
@click.option("--json", "as_json", is_flag=True, help="One JSON object per value, each on its own line.")
@click.option("--claim", "claim_number", help="Only the claim with this control number.")
def show(file: str, *, as_json: bool, claim_number: str | None) -> None:
    """The typed content: payments, claims, service lines, acknowledgments. Exit 1 when the claim is not there."""
    found = False
    with _Pieces(file) as pieces:
        reader = stream(pieces)
        for value in reader:
            if claim_number is not None and getattr(value, "control_number", None) != claim_number:
                continue
            found = True
            _show(value, as_json=as_json)
    for finding in reader.findings:
        click.echo(f"{finding.severity}: {finding.message} (segment {finding.segment})", err=True)
    if claim_number is not None and not found:
        raise click.ClickException(f"no claim with control number {claim_number} in {file}")


@edi.command()
@click.argument("file", type=File)
def explain(file: str) -> None:
    """An 835 in plain words, with its sums."""
    said = False
    with _Pieces(file) as pieces:
        for line in explain_835(pieces):
            said = True
            click.echo(line)
    if not said:
        raise click.ClickException(f"{file} holds no 835, so there is no payment to explain")


@edi.command()
@click.argument("file", type=File)
@click.option(
    "--control-number", type=click.IntRange(1, 999_999_999), default=1, show_default=True, help="ISA13 to use."
)
def ack(file: str, *, control_number: int) -> None:
    """The TA1 and, for every functional group, the 999 that answer this file. Exit 1 when something is rejected."""
    with _Pieces(file) as pieces:
        result = check(pieces)
    if not result.interchanges:
        raise click.ClickException(f"{file} holds no interchange, so there is nobody to answer")
    rejected = False
    for interchange in result.interchanges:
        envelope = _answer_envelope(interchange, control_number)
        control_number += 2
        rejected = _answer(result, interchange, envelope) or rejected
    if rejected:
        raise SystemExit(1)


def _answer(result: CheckResult, interchange: Interchange, envelope: Envelope) -> bool:
    """Write the answers to one interchange; whether any of it is rejected."""
    findings = list(result.findings)
    sets = [one.transaction for one in result.transactions if one.transaction.interchange is interchange]
    envelopes = acknowledge_interchanges([interchange], findings)
    groups = acknowledge(sets, findings)
    out = sys.stdout.buffer
    out.write(write_ta1(envelope, envelopes) + b"\n")
    if groups:
        following = msgspec.structs.replace(envelope, control_number=envelope.control_number + 1)
        out.write(write_999(following, groups) + b"\n")
    return any(not one.is_accepted for one in envelopes) or any(one.code != "A" for one in groups)


def _answer_envelope(one: Interchange, control_number: int) -> Envelope:
    """Sender and receiver change places; the delimiters stay."""
    moment = now()
    return Envelope(
        sender_qualifier=one.receiver_qualifier,
        sender_id=one.receiver_id,
        receiver_qualifier=one.sender_qualifier,
        receiver_id=one.sender_id,
        date=moment.date(),
        time=dt.time(moment.hour, moment.minute),
        control_number=control_number,
        group_control_number=control_number,
        usage=one.usage,
    )


@edi.command("split")
@click.argument("file", type=File)
@click.option(
    "--by", type=click.Choice(["claim", "st"]), required=True, help="One file per claim or per transaction set."
)
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), default=Path("split"), show_default=True,
    help="Folder for the pieces; existing files are not replaced.",
)  # fmt: skip
def split_file(file: str, *, by: By, into: Path) -> None:
    """Cut a file into smaller whole ones."""
    into.mkdir(parents=True, exist_ok=True)
    count = 0
    with _Pieces(file) as pieces:
        for count, piece in enumerate(split(pieces, by), start=1):
            name = "".join(sign if sign.isalnum() or sign in "-_" else "_" for sign in piece.name)
            _write_new(into / f"{count:06}-{name[:60] or 'unnamed'}.edi", piece.content)
    click.echo(f"{count} files in {into}")


def _write_new(target: Path, content: bytes) -> None:
    try:
        with target.open("xb") as out:
            out.write(content)
    except FileExistsError:
        raise click.ClickException(f"{target} is there already; name an empty folder with --into") from None


@edi.command("redact")
@click.argument("file", type=File)
def redact_file(file: str) -> None:
    """The same file without identities, to standard output."""
    out = sys.stdout.buffer
    with _Pieces(file) as pieces:
        for piece in redact(pieces):
            out.write(piece)


class _Pieces:
    """The file in pieces, with progress on standard error when it is large and someone is watching."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stream: BinaryIO | None = None

    def __enter__(self) -> Iterator[bytes]:
        self._stream = sys.stdin.buffer if self._name == "-" else Path(self._name).open("rb")
        size = 0 if self._name == "-" else Path(self._name).stat().st_size
        return self._read(self._stream, size)

    def __exit__(self, *problem: object) -> None:
        if self._stream is not None and self._name != "-":
            self._stream.close()

    @staticmethod
    def _read(stream: BinaryIO, size: int) -> Iterator[bytes]:
        watched = size > _WORTH_PROGRESS and sys.stderr.isatty()
        done = 0
        while piece := stream.read(_PIECE):
            done += len(piece)
            if watched:
                click.echo(f"\r{done * 100 // size:3} % of {size >> 20} MB", err=True, nl=done >= size)
            yield piece


def _show(value: Any, *, as_json: bool) -> None:
    if as_json:
        click.echo(msgspec.json.encode({"type": type(value).__name__, "value": value}))
        return
    click.echo(type(value).__name__)
    _show_fields(msgspec.to_builtins(value), "  ")


def _show_fields(fields: dict[str, Any], indent: str) -> None:
    for name, value in fields.items():
        if value in (None, "", [], {}) or name == "transaction":
            continue
        if isinstance(value, dict):
            click.echo(f"{indent}{name}:")
            _show_fields(value, indent + "  ")
        elif isinstance(value, list) and isinstance(value[0], dict):
            for number, each in enumerate(value, start=1):
                click.echo(f"{indent}{name} {number}:")
                _show_fields(each, indent + "  ")
        else:
            click.echo(f"{indent}{name}: {value}")
