"""What every benchmark shares: servers of its own, interleaved rounds, ratios with their spread, and results on file."""
