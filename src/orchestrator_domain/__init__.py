"""The Campaign Orchestrator's domain: pure rules, ports and use cases."""
