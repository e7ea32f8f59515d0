"""Events, requests and responses as they travel: camelCase JSON."""
