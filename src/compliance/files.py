"""Reports as files to download; their names tell nothing about anybody."""

import io
from collections.abc import Iterable, Mapping, Sequence

from litestar import Response

from kernel.http.files import CSV
from tabular.columns import Column, Value
from tabular.csv_writer import write_csv


def csv_file(name: str, columns: Sequence[Column], rows: Iterable[Mapping[str, Value]]) -> Response[bytes]:
    """Rows as a CSV file of this name, safe to open in a spreadsheet."""
    target = io.BytesIO()
    write_csv(target, columns, rows)
    return attachment(f"{name}.csv", target.getvalue(), CSV)


def attachment(name: str, content: bytes, media_type: str) -> Response[bytes]:
    """A file that browsers save."""
    return Response(content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'})
