"""JSON and file endpoints for the account that a patient may ask for (45 CFR 164.528)."""

import datetime as dt
import uuid
from typing import Annotated, Literal

from litestar import Controller, Response, get
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, QueryParameter

from compliance.disclosures.accounting import COLUMNS, Accounting, View, account_rows
from compliance.disclosures.accounting_service import AccountAsked, make_accounting
from compliance.disclosures.document import accounting_pdf
from compliance.files import attachment, csv_file
from compliance.permissions import READ_AUDIT
from kernel.db.transaction import Tx
from kernel.errors import NotFound
from kernel.http.files import CSV, PDF, sends_file
from kernel.http.scoping import requires

Format = Literal["csv", "pdf"]
FILE_NAMES = {View.STATUTORY: "accounting-of-disclosures", View.WITH_PAYMENT: "all-disclosures"}


async def provide_asked(
    view: Annotated[
        View, QueryParameter(description="What 45 CFR 164.528 asks for, or that with payment and all else on record.")
    ] = View.STATUTORY,
    summarized: Annotated[  # noqa: FBT002 - a query parameter
        bool,
        QueryParameter(
            description="One line for several to one recipient for one purpose: the first, how many, the last day."
        ),
    ] = False,
    since: Annotated[dt.date | None, QueryParameter(description="The first day; six years ago when left out.")] = None,
    until: Annotated[dt.date | None, QueryParameter(description="The last day; today when left out.")] = None,
) -> AccountAsked:
    """Which account a request asks for."""
    return AccountAsked(view=view, summarized=summarized, since=since, until=until)


class AccountingController(Controller):
    """The account that a patient may ask for."""

    path = "/api/v1/practices/{practice_id:uuid}/patients/{patient_id:uuid}/accounting"
    tags = ("Disclosures",)
    dependencies = {"asked": Provide(provide_asked)}  # noqa: RUF012

    @get(guards=[requires(READ_AUDIT)], summary="Accounting of disclosures")
    async def read(
        self, tx: NamedDependency[Tx], patient_id: FromPath[uuid.UUID], asked: NamedDependency[AccountAsked]
    ) -> Accounting:
        """Each time that something was told: date, to whom, what, why. The answer says which list it is."""
        return await make_accounting(tx, patient_id, asked, form="json")

    @get(
        "/files/{file_format:str}",
        guards=[requires(READ_AUDIT)],
        summary="Accounting of disclosures as a file",
        opt=sends_file(CSV, PDF),
    )
    async def read_as_file(
        self,
        tx: NamedDependency[Tx],
        patient_id: FromPath[uuid.UUID],
        file_format: FromPath[Format],
        asked: NamedDependency[AccountAsked],
    ) -> Response[bytes]:
        """The same as a PDF to hand over, or as CSV."""
        if file_format not in {"csv", "pdf"}:
            raise NotFound("there is no such file; there are csv and pdf")
        account = await make_accounting(tx, patient_id, asked, form=file_format)
        name = FILE_NAMES[asked.view]
        if file_format == "csv":
            return csv_file(name, COLUMNS, account_rows(account))
        return attachment(f"{name}.pdf", accounting_pdf(account), PDF)
