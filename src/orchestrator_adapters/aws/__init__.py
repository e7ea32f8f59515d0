"""Dispatchers and the event publisher on AWS."""
