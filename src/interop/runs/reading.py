"""A file of encounters, read to its end: the drafts, and the refused rows with their reasons."""

import hashlib
import io
from collections.abc import Collection, Mapping
from typing import BinaryIO

import msgspec

from interop.csv.drafts import EncounterDraft
from interop.csv.encounters import Objection, RefusedEncounter, open_encounters
from interop.runs.errors import UnreadableFile
from kernel.errors import TooLarge
from tabular.inspection import Limits
from tabular.refusals import FileRefused, RefusedRow
from tabular.rejects import write_rejects

LIMITS = Limits()


class ReadFile(msgspec.Struct, frozen=True):
    """What a file says. Refused rows stand in the order of the file; `refused_accounts` are the account numbers in them."""

    header: tuple[str, ...]
    drafts: list[EncounterDraft]
    refused: list[RefusedRow]
    refused_accounts: set[str]

    def rejects(self) -> bytes:
        """The refused rows as a file to correct and import; empty when there are none."""
        if not self.refused:
            return b""
        target = io.BytesIO()
        write_rejects(target, self.header, self.refused)
        return target.getvalue()


def sha256_of(file: BinaryIO) -> str:
    """The digest of the bytes, by which a file is known again."""
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def read_encounters(
    file: BinaryIO, payer_codes: Collection[str], objections: Mapping[str, Objection] | None = None
) -> ReadFile:
    """Read a file; encounters that are objected to, by number, are refused as if the file itself had been wrong.

    Raises UnreadableFile, or TooLarge.
    """
    drafts, refused = list[EncounterDraft](), list[RefusedRow]()
    try:
        opened = open_encounters(file, LIMITS, payer_codes=payer_codes)
        for one in opened:
            if isinstance(one, RefusedEncounter):
                refused += one.rows
            elif not objections or one.encounter_no not in objections:
                drafts.append(one)
        if objections:
            refused += [row for one in opened.refuse(objections) for row in one.rows]
    except FileRefused as refusal:
        kind = TooLarge if refusal.code == "too_large" else UnreadableFile
        raise kind(str(refusal)) from None
    in_order = sorted(refused, key=lambda row: row.line)
    return ReadFile(opened.header, drafts, in_order, opened.accounts_in(refused))
