"""835s: stored, balanced, matched, planned, posted."""
