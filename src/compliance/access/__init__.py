"""Who has seen a patient's records."""
