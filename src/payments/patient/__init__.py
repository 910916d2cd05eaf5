"""Card and cash payments by patients."""
