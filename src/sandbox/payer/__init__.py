"""A payer to try and train against: it reads professional claims and answers 999, 277CA and 835, the same way every time."""
