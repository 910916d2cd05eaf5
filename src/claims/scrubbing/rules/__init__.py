"""One pure function per rule, each with a stable code."""
