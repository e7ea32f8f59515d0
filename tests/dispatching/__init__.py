"""How tests put dispatchers to work."""
