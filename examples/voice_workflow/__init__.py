"""The voice workflow: a state machine, and the tasks that it calls."""
