"""What looks unusual in the audit log: simple rules, each with its thresholds, its reason in words and the events behind it."""
