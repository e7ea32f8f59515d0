"""Adapters that keep everything in memory; products, held to the real ones' contracts."""
