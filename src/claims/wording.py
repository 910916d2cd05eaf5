"""Text as claims carry it."""

import unicodedata

_LETTERS = str.maketrans(
    {
        "’": "'", "‘": "'", "–": "-", "—": "-", "*": " ", "~": " ", ":": " ", "^": " ", "|": " ",
        "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D",
    }
)  # fmt: skip


def x12_text(text: str) -> str:
    """The text in letters and marks that X12 carries: accents fall away, as payers' own systems make them, separators too.

    Empty when nothing of it can be written.
    """
    folded = unicodedata.normalize("NFKD", text.translate(_LETTERS)).encode("ascii", "ignore").decode()
    return " ".join("".join(letter if letter.isprintable() else " " for letter in folded).split())
