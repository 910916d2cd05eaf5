"""Every cent in or out, and the journal entry it makes."""
