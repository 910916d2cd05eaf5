"""The JSON shapes Stripe answers with, one module per object; values come in, nothing is looked up."""
