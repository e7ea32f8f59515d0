"""What every benchmark shares: servers of its own, interleaved rounds, ratios, and results on file."""
