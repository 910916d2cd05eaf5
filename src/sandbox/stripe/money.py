"""Cents as people read them."""


def dollars(amount_cents: int) -> str:
    """``$1,234.56`` for 123456 cents."""
    whole, cents = divmod(amount_cents, 100)
    return f"${whole:,}.{cents:02d}"
