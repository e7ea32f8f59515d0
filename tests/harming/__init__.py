"""Real faults: processes that are killed or frozen at a step, and what must hold when the faults have stopped."""
