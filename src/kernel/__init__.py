"""The ground floor: settings, clock, money, transactions, jobs, files. No billing words here; everyone may import it."""
