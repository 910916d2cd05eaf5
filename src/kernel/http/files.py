"""Files over HTTP: their media types, and how a route declares to the manual that it sends or takes one.

@get("/rejects", opt=sends_file("text/csv"))
"""

from typing import Any

CSV = "text/csv"
PDF = "application/pdf"
X12 = "application/edi-x12"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TABLES = {"csv": CSV, "xlsx": XLSX}
"""The formats of a table, by the ending of its name."""


def sends_file(*media_types: str) -> dict[str, Any]:
    """The `opt` of a route that answers with a file of one of these types."""
    return {"sends_file": media_types}


def takes_file(media_type: str) -> dict[str, Any]:
    """The `opt` of a route whose body is a file."""
    return {"takes_file": media_type}
