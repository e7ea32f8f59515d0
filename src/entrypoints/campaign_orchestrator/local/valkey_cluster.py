"""A real cluster of three Valkey servers on the loopback interface."""

import contextlib
import time
from typing import Any, Self

from campaign_orchestrator.local.free_ports import free_port
from campaign_orchestrator.local.server_process import ServerDidNotStart
from campaign_orchestrator.local.started_and_closed import StartedAndClosed
from campaign_orchestrator.local.valkey_server import PASSWORD, EmbeddedValkey

NODES = 3
SLOTS = 16_384
BUS_OFFSET = 10_000
SECONDS_TO_FORM = 30.0


class EmbeddedValkeyCluster(StartedAndClosed):
    """Three primaries without replicas, each with a third of the slots."""

    def __init__(self) -> None:
        self.nodes = [EmbeddedValkey(port=port, options=_options()) for port in _ports()]
        self.password = PASSWORD

    @property
    def host(self) -> str:
        return self.nodes[0].host

    @property
    def port(self) -> int:
        return self.nodes[0].port

    def start(self) -> Self:
        """Start the servers and wait until all of them know that the cluster is whole.

        Raises:
            ServerDidNotStart: a server did not start, or they did not form a cluster in time.
        """
        for node in self.nodes:
            node.start()
        self._form()
        return self

    def close(self) -> None:
        """End all servers and remove all that they have written. Repeating it does nothing."""
        for node in self.nodes:
            node.close()

    def _form(self) -> None:
        import redis

        with contextlib.ExitStack() as stack:
            clients: list[Any] = []
            for node in self.nodes:
                client = redis.Redis(host=node.host, port=node.port, password=node.password, decode_responses=True)
                stack.callback(client.close)
                clients.append(client)
            for index, client in enumerate(clients):
                first, last = index * SLOTS // NODES, (index + 1) * SLOTS // NODES - 1
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", first, last)
                client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", index + 1)
            for node in self.nodes[1:]:
                clients[0].execute_command("CLUSTER", "MEET", node.host, node.port)
            give_up = time.monotonic() + SECONDS_TO_FORM
            while not all(_is_formed(client) for client in clients):
                if time.monotonic() > give_up:
                    raise ServerDidNotStart(f"the Valkey cluster did not form within {SECONDS_TO_FORM} s")
                time.sleep(0.05)


def _is_formed(client: Any) -> bool:
    information = str(client.execute_command("CLUSTER", "INFO"))
    known = f"cluster_known_nodes:{NODES}" in information
    return known and "cluster_state:ok" in information and f"cluster_slots_ok:{SLOTS}" in information


def _options() -> list[str]:
    options = ["--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]
    return [*options, "--cluster-announce-ip", "127.0.0.1", "--primaryauth", PASSWORD]


def _ports() -> set[int]:
    """Ports whose bus port, ten thousand above, is free too."""
    ports: set[int] = set()
    while len(ports) < NODES:
        ports.add(free_port(and_above=BUS_OFFSET))
    return ports
