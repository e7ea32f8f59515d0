"""The campaign repository on PostgreSQL."""
