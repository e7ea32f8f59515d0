"""Small Lambda functions in LocalStack."""

import io
import json
import time
import zipfile
from collections.abc import Callable
from typing import Any

from campaign_orchestrator.local.deployment import ROLE
from serving.servers import AwsServer

RECEIVER = "receiver"
SOURCE = "import json\ndef handler(event, context):\n    print('RECEIVED ' + json.dumps(event))\n    return event\n"
_made: set[str] = set()


def a_queueing_function(server: AwsServer) -> str:
    """The name of a function that prints what it is given; made once per server."""
    if server.endpoint_url not in _made:
        make_function(server, RECEIVER, SOURCE)
        _made.add(server.endpoint_url)
    return RECEIVER


def make_function(server: AwsServer, name: str, source: str, *, timeout: int = 30) -> None:
    """Make a function of one file; its handler is ``handler``."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("function.py", source)
    functions = server.client("lambda")
    functions.create_function(
        FunctionName=name,
        Runtime="python3.11",
        Handler="function.handler",
        Role=ROLE,
        Code={"ZipFile": archive.getvalue()},
        Timeout=timeout,
    )
    functions.get_waiter("function_active_v2").wait(FunctionName=name)


def received_by(server: AwsServer, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """What the queueing function was given and is wanted, once there is some."""
    logs = server.client("logs")
    give_up = time.monotonic() + 30
    while True:
        found = [event for event in _received(logs) if wanted(event)]
        if found or time.monotonic() > give_up:
            return found
        time.sleep(0.1)


def _received(logs: Any) -> list[dict[str, Any]]:
    try:
        events = logs.filter_log_events(logGroupName=f"/aws/lambda/{RECEIVER}")["events"]
    except logs.exceptions.ResourceNotFoundException:
        return []
    lines = [line for event in events for line in event["message"].splitlines()]
    return [json.loads(line.removeprefix("RECEIVED ")) for line in lines if line.startswith("RECEIVED ")]
