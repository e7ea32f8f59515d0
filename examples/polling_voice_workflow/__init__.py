"""A voice workflow that knows nothing of runs: it polls the campaign's status, and sets it itself."""
