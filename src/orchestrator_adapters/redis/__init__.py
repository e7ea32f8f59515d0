"""The slot ledger on Redis."""
