"""The syntax shared by all transactions: delimiters, segments, envelopes, findings, reading and writing."""
