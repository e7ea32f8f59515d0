"""LocalStack as an embedded server: for this machine alone, and gone with all its functions."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from campaign_orchestrator.local.localstack_server import REGION, EmbeddedLocalStack
from campaign_orchestrator.local.process_family import descendants_of
from serving.functions import make_function
from serving.living_processes import comes_true, gone, is_alive, running_program
from serving.servers import AwsServer

LOOPBACK = {"0100007F", "00000000000000000000000001000000", "0000000000000000FFFF00000100007F"}
LISTENING = "0A"
# A function in the middle of an invocation, with a child that does not mind being asked to end.
WORKING = """
import os, pathlib, signal, subprocess
def handler(event, context):
    pids = [os.getpid()]
    if event["child"]:
        pids.append(subprocess.Popen(["sh", "-c", "trap '' TERM; while :; do sleep 1; done"]).pid)
    pathlib.Path(event["tell"]).write_text(" ".join(map(str, pids)) + "\\n")
    signal.pause()
"""
OWNER = """
import signal
from campaign_orchestrator.local.localstack_server import EmbeddedLocalStack
server = EmbeddedLocalStack().start()
print(server.pid, server.endpoint_url, flush=True)
signal.pause()
"""


def processes_at_work(client: Callable[[str], Any], told: Path, *, child: bool, timeout: int = 30) -> list[int]:
    """The processes of a function that has just begun to work."""
    make_function(AwsServer(endpoint_url="", region=REGION, client=client), "working", WORKING, timeout=timeout)
    payload = json.dumps({"tell": str(told), "child": child})
    client("lambda").invoke(FunctionName="working", InvocationType="Event", Payload=payload)
    assert comes_true(lambda: told.exists() and told.read_text().endswith("\n"))
    return [int(pid) for pid in told.read_text().split()]


def listening_addresses(pids: list[int]) -> dict[str, str]:
    """The addresses on which processes listen, and their ports, from the sockets that they have open."""
    inodes = set()
    for pid in pids:
        for descriptor in Path(f"/proc/{pid}/fd").iterdir():
            inodes.add(str(descriptor.readlink()).removeprefix("socket:[").removesuffix("]"))
    found = {}
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/net/{table}").read_text().splitlines()[1:]:
            columns = line.split()
            if columns[3] == LISTENING and columns[9] in inodes:
                address, port = columns[1].split(":")
                found[port] = address
    return found


@pytest.mark.parametrize("end", [EmbeddedLocalStack.stop, EmbeddedLocalStack.kill])
def test_it_listens_for_this_machine_only_and_ends_with_its_functions(
    end: Callable[[EmbeddedLocalStack], None], tmp_path: Path
) -> None:
    with EmbeddedLocalStack() as server:
        at_work = processes_at_work(server.client, tmp_path / "told", child=True)
        family = [server.pid, *(process.pid for process in descendants_of(server.pid))]
        assert set(at_work) < set(family)
        listening = listening_addresses(family)
        assert f"{server.port:04X}" in listening
        assert set(listening.values()) <= LOOPBACK
        end(server)
        assert not any(is_alive(pid) for pid in family)
    assert not server.folder.exists()


def test_it_ends_with_its_functions_when_its_owner_is_killed(tmp_path: Path) -> None:
    with running_program(OWNER, tmp_path) as owner:
        assert owner.stdout is not None
        pid, endpoint_url = owner.stdout.readline().split()
        (function,) = processes_at_work(partial(client_at, endpoint_url), tmp_path / "told", child=False)
        owner.kill()
        owner.wait()
    assert gone(int(pid))
    assert gone(function)


def test_a_function_ends_with_what_it_has_started(tmp_path: Path) -> None:
    with EmbeddedLocalStack() as server:
        pids = processes_at_work(server.client, tmp_path / "told", child=True, timeout=1)
        assert all(gone(pid) for pid in pids)
        assert server.client("lambda").list_functions()["Functions"]


def test_a_service_that_would_have_to_be_downloaded_is_refused_at_once(aws_server: AwsServer) -> None:
    with pytest.raises(ClientError, match="not enabled"):
        aws_server.client("dynamodb").list_tables()


def test_it_starts_again_empty_at_the_same_address() -> None:
    with EmbeddedLocalStack() as server:
        address = server.endpoint_url
        server.client("sqs").create_queue(QueueName="q")
        server.stop()
        server.start()
        assert server.endpoint_url == address
        assert "QueueUrls" not in server.client("sqs").list_queues()


def client_at(endpoint_url: str, service: str) -> Any:
    import boto3

    keys = {"aws_access_key_id": "000000000000", "aws_secret_access_key": "local"}
    return boto3.client(service, endpoint_url=endpoint_url, region_name=REGION, **keys)  # type: ignore[call-overload]
