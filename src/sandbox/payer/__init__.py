"""Payers behind a clearinghouse: they read 837P files and answer with 999, 277CA and 835; they pay, deny, take back and coordinate."""
