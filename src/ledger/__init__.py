"""Double-entry bookkeeping that knows accounts, items and parties, not claims."""
