"""What became of an invocation."""

import json

Outcome = tuple[bool, bytes]
"""Whether it is an error, and a JSON document."""


def failure(kind: str, request_id: str, message: str) -> Outcome:
    """An error of the platform, in the words of AWS Lambda."""
    document = {"errorType": kind, "errorMessage": f"RequestId: {request_id} {message}"}
    return True, json.dumps(document).encode()
