"""How tests ask: requests, routes and stores to ask."""
