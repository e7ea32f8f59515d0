"""What can be asked of the orchestrator, one use case a file."""
