"""What a patient or guarantor sees: bills, payments, plans, documents."""
