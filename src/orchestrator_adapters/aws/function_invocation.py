"""Invokes a function and waits for its answer."""

import json
from collections.abc import Mapping
from typing import Any, Final

from attrs import frozen

CONNECT_SECONDS: Final = 5
READ_SECONDS: Final = 905
"""A function answers within 900 s (https://docs.aws.amazon.com/lambda/latest/dg/configuration-timeout.html)."""


@frozen(kw_only=True)
class FunctionAnswer:
    """What a function has answered.

    Attributes:
        payload: the JSON value.
        has_failed: the payload tells of an error that the function, or its time, has ended with.
    """

    payload: Any
    has_failed: bool


def waiting_client(service: str, *, region: str | None, endpoint_url: str | None) -> Any:
    """A botocore client for a person who waits: it sends each request once, and waits as long as AWS may take.

    ``region``: None for that of the user's configuration.
    """
    from botocore.config import Config
    from botocore.session import Session

    return Session().create_client(
        service,
        region_name=region,
        endpoint_url=endpoint_url,
        config=Config(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            retries={"total_max_attempts": 1, "mode": "standard"},
            tcp_keepalive=True,
        ),
    )


def invoke_and_wait(client: Any, function_name: str, event: Mapping[str, Any]) -> FunctionAnswer:
    """Invoke the function synchronously, once. Raises whatever the client raises, and ValueError for no JSON."""
    answer = client.invoke(
        FunctionName=function_name, InvocationType="RequestResponse", Payload=json.dumps(event).encode()
    )
    return FunctionAnswer(payload=json.loads(answer["Payload"].read()), has_failed="FunctionError" in answer)
