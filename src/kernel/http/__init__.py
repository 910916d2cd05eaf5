"""What every Litestar controller shares: transactions, guards, problems, headers."""
