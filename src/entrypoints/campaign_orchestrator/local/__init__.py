"""Real servers on this machine, for the demo, development and tests."""
