"""The Lambda function, its settings and wiring, the command line, and local servers."""
