"""X12 healthcare transactions as pure data: bytes in, typed values out, and back. No database, clock, settings or I/O."""
