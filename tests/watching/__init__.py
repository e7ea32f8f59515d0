"""Logs of the whole test run, and what must never be in them."""
