"""A stand-in for the part of Stripe's API that we use, with hosted checkout and signed webhooks."""
