"""Is this provider allowed to bill this payer on this day?"""
