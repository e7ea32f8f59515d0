"""An SMS dispatcher that knows nothing of runs: told a campaign's id, it works and sets the campaign's status."""
