"""Who is treated, and which coverage pays first."""
