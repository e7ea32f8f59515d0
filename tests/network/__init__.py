"""Networks that misbehave, and networks that count."""
