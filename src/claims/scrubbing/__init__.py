"""Finding faults before the payer does."""
