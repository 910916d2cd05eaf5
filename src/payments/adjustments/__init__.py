"""What an adjustment on a remittance means for the books."""
