"""Runs LocalStack's Lambda functions as processes of this machine, without Docker.

Installed into LocalStack's own environment under the name ``orchestrator_process_executor``.
"""
