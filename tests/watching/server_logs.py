"""The logs of embedded servers, and of functions in LocalStack, read before they are gone."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from campaign_orchestrator.local.deployment import Deployment
from campaign_orchestrator.local.embedded_server import EmbeddedServer
from campaign_orchestrator.local.localstack_server import EmbeddedLocalStack
from serving.functions import RECEIVER

SECONDS_TO_ANSWER = 2
MEANT_TO_SHOW = frozenset({f"/aws/lambda/{RECEIVER}"})
"""A function of the tests, which writes whatever it receives into its log so that they can read it there."""
Look = Callable[[str, str, str], None]


def before_they_end(look: Look) -> Callable[[], None]:
    """Let ``look`` see the log of each server and of each deployed service before it ends. What is returned undoes
    it."""
    patch = pytest.MonkeyPatch()
    close, delete = EmbeddedServer.close, Deployment.delete

    def look_and_close(server: EmbeddedServer) -> None:
        if isinstance(server, EmbeddedLocalStack):
            # Its own log is AWS's inside: it tells which text it has sent to which number.
            if _answers(server):
                look_at_functions(server.client, look)
        elif server.log.exists():
            look(f"logs of {server.name}", f"the log of {server.name}", server.log.read_text(errors="replace"))
        close(server)

    def look_and_delete(deployment: Deployment) -> None:
        look_at_functions(deployment.client, look)
        delete(deployment)

    patch.setattr(EmbeddedServer, "close", look_and_close)
    patch.setattr(Deployment, "delete", look_and_delete)
    return patch.undo


def look_at_functions(client: Any, look: Look) -> None:
    """Let ``look`` see the logs of all functions. ``client`` gives a boto3 client of a service."""
    for group, text in _logs_of_functions(client("logs")):
        look("logs of functions", f"the log group {group}", text)


def _logs_of_functions(logs: Any) -> Iterator[tuple[str, str]]:
    for groups in logs.get_paginator("describe_log_groups").paginate():
        for name in {group["logGroupName"] for group in groups["logGroups"]} - MEANT_TO_SHOW:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=name):
                yield name, "\n".join(event["message"].rstrip("\n") for event in page["events"])


def _answers(server: EmbeddedLocalStack) -> bool:
    """A server that a test has ended, or has stopped for a while, cannot be asked any more."""
    try:
        return requests.get(f"{server.endpoint_url}/_localstack/health", timeout=SECONDS_TO_ANSWER).ok
    except requests.RequestException:
        return False
