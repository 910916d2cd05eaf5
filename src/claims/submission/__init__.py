"""Claims on their way to a payer: 837P."""
