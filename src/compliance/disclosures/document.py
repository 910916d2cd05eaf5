"""The account of disclosures as a PDF to print or hand over. The same account always gives the same bytes. Pure.

Texts are escaped before they reach reportlab, whose paragraphs are markup: it would fetch what an `img` in a recipient's name asks for.
"""

import datetime as dt
import io
import unicodedata
from collections.abc import Sequence
from functools import cache
from importlib.resources import as_file, files
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_RIGHT
from reportlab.lib.pagesizes import letter
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import inch
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table, TableStyle

from compliance.disclosures.accounting import Accounting, AccountLine, View
from ui.formatting import long_date, short_date

NO_BREAK = "\u00a0"
REGULAR, BOLD = "DejaVuSans", "DejaVuSans-Bold"
INK, QUIET, RULE, SHADE = HexColor("#1b2430"), HexColor("#55606e"), HexColor("#c9d1da"), HexColor("#eef2f6")
MARGIN = 0.8 * inch
WIDTH = letter[0] - 2 * MARGIN
FRAME_PADDING = 6
"""What reportlab leaves free within its margins."""
NOTHING = {
    View.STATUTORY: "In this time nothing was disclosed that the law asks us to list.",
    View.WITH_PAYMENT: "In this time nothing was disclosed, as far as our records show.",
}
CLOSING = {
    View.STATUTORY: (
        "You may ask for this accounting once in any 12 months without charge. If you have questions about it, or think that a line"
        " is wrong, please call us."
    ),
    View.WITH_PAYMENT: "If you have questions about this list, or think that a line is wrong, please call us.",
}


def accounting_pdf(account: Accounting) -> bytes:
    """The account on letter paper. Its properties name the kind of document and nobody."""
    _use_fonts()
    target = io.BytesIO()
    document = SimpleDocTemplate(
        target,
        pagesize=letter,
        leftMargin=MARGIN - FRAME_PADDING,
        rightMargin=MARGIN - FRAME_PADDING,
        topMargin=MARGIN,
        bottomMargin=0.9 * inch,
        title=account.title,
        author="Billwright",
        creator="Billwright",
        subject="45 CFR 164.528",
        lang="en-US",
        invariant=1,
    )
    document.build(_story(account), canvasmaker=_numbered(account))
    return target.getvalue()


@cache
def _use_fonts() -> None:
    """Fonts of our own, for names in any alphabet of Europe; those built into readers know Western Europe alone."""
    for name in (REGULAR, BOLD):
        with as_file(files("compliance.disclosures") / "fonts" / f"{name}.ttf") as path:
            pdfmetrics.registerFont(TTFont(name, path))
    pdfmetrics.registerFontFamily(REGULAR, normal=REGULAR, bold=BOLD, italic=REGULAR, boldItalic=BOLD)


def _style(name: str, size: float, **changes: Any) -> ParagraphStyle:
    plain = {"fontName": REGULAR, "leading": size * 1.4, "textColor": INK, "splitLongWords": 1}
    return ParagraphStyle(name, fontSize=size, **{**plain, **changes})


LETTERHEAD = _style("letterhead", 9, textColor=QUIET, alignment=TA_RIGHT)
PRACTICE = _style("practice", 11, fontName=BOLD)
TITLE = _style("title", 20, fontName=BOLD, spaceAfter=8, spaceBefore=14)
TEXT = _style("text", 9.5, spaceAfter=8)
CELL = _style("cell", 8.5)
QUIET_CELL = _style("quiet cell", 8, textColor=QUIET)
HEAD = _style("head", 8.5, fontName=BOLD)


def _story(account: Accounting) -> list[Flowable]:
    place = "<br/>".join(_text(line) for line in (*account.practice_address, account.practice_phone) if line)
    columns = [WIDTH * 0.5, WIDTH * 0.5]
    head = Table([[_paragraph(account.practice_name, PRACTICE), Paragraph(place, LETTERHEAD)]], columns)
    head.setStyle(
        TableStyle([("VALIGN", (0, 0), (-1, -1), "TOP"), *_flush(), ("LINEBELOW", (0, 0), (-1, -1), 0.8, INK)])
    )
    return [
        head,
        _paragraph(account.title, TITLE),
        _facts(account),
        Spacer(0, 10),
        _paragraph(account.statement, TEXT),
        _table(account) if account.lines else _paragraph(NOTHING[account.view], TEXT),
        Spacer(0, 10),
        _paragraph(CLOSING[account.view], TEXT),
    ]


def _facts(account: Accounting) -> Table:
    rows = [
        ("Patient", account.patient_name),
        ("Account number", account.account_number),
        ("Period", f"{long_date(account.since)} to {long_date(account.until)}"),
        ("Made on", long_date(account.made_on)),
    ]
    table = Table(
        [[_paragraph(name, HEAD), _paragraph(value, CELL)] for name, value in rows], [1.3 * inch, WIDTH - 1.3 * inch]
    )
    table.setStyle(TableStyle([*_flush(), ("VALIGN", (0, 0), (-1, -1), "TOP")]))
    return table


def _table(account: Accounting) -> Table:
    everything = account.view is View.WITH_PAYMENT
    names = ["Date", "To whom", "What", "Why", *(["Required"] if everything else [])]
    shares = [0.14, 0.26, 0.27, 0.21, 0.12] if everything else [0.14, 0.28, 0.31, 0.27]
    rows = [[_paragraph(name, HEAD) for name in names]]
    rows += [_row(line, everything=everything) for line in account.lines]
    table = Table(rows, [WIDTH * share for share in shares], repeatRows=1)
    table.setStyle(
        TableStyle(
            [
                ("VALIGN", (0, 0), (-1, -1), "TOP"),
                ("BACKGROUND", (0, 0), (-1, 0), SHADE),
                ("LINEBELOW", (0, 0), (-1, -1), 0.5, RULE),
                ("TOPPADDING", (0, 0), (-1, -1), 5),
                ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
                ("LEFTPADDING", (0, 0), (-1, -1), 5),
                ("RIGHTPADDING", (0, 0), (-1, -1), 5),
            ]
        )
    )
    return table


def _row(line: AccountLine, *, everything: bool) -> list[Any]:
    cells: list[Any] = [
        [_paragraph(_day(line.disclosed_on), CELL), *_others(line)],
        [_paragraph(line.recipient_name, CELL), _paragraph(line.recipient_address, QUIET_CELL)],
        _paragraph(line.what, CELL),
        [_paragraph(line.purpose, CELL), _paragraph(line.ground, QUIET_CELL)],
    ]
    return [*cells, _paragraph("Yes" if line.required else "No", CELL)] if everything else cells


def _others(line: AccountLine) -> list[Paragraph]:
    """What a line says about those it sums up, besides the first."""
    if line.times == 1:
        return []
    return [_paragraph(f"and {line.times - 1} more, the last on {_day(line.last_disclosed_on)}", QUIET_CELL)]


def _day(day: dt.date) -> str:
    """`Nov 12, 2025`, on one line."""
    return f"{short_date(day)}, {day.year}".replace(" ", NO_BREAK)


def _flush() -> Sequence[tuple[Any, ...]]:
    return [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 2),
    ]


def _paragraph(text: str, style: ParagraphStyle) -> Paragraph:
    return Paragraph(_text(text), style)


def _text(text: str) -> str:
    """As one paragraph of text: nothing in it is markup, and accents are composed, as the font has them."""
    visible = "".join(" " if unicodedata.category(one) == "Cc" else one for one in text)
    return escape(unicodedata.normalize("NFC", visible))


def _numbered(account: Accounting) -> type[Canvas]:
    """A canvas that writes the foot of each page when it knows how many there are."""

    class NumberedCanvas(Canvas):  # type: ignore[misc]
        """Keeps the pages until the end."""

        def __init__(self, *arguments: Any, **named: Any) -> None:
            super().__init__(*arguments, **named)
            self._pages: list[dict[str, Any]] = []

        def showPage(self) -> None:  # noqa: N802 - the name reportlab calls
            """End a page."""
            self._pages.append(dict(self.__dict__))
            self._startPage()

        def save(self) -> None:
            """Write the feet, and the file."""
            for place, page in enumerate(self._pages, start=1):
                self.__dict__.update(page)
                self.setFont(REGULAR, 8)
                self.setFillColor(QUIET)
                self.drawString(
                    MARGIN, 0.55 * inch, f"{account.title} \u00b7 Account {account.account_number} \u00b7 Confidential"
                )
                self.drawRightString(letter[0] - MARGIN, 0.55 * inch, f"Page {place} of {len(self._pages)}")
                super().showPage()
            super().save()

    return NumberedCanvas
