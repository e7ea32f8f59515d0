"""Records the calls that an action makes to its servers, and makes them again without it."""

import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import uuid4

from campaign_orchestrator.container import Container
from orchestrator_adapters.aws.direct_client import DirectClient
from orchestrator_adapters.redis.node_client import NodeClient

RUN_ID = 7
"""Its place among the parameters of an admission (orchestrator_adapters.postgres.admission_call)."""


class Tape:
    """The calls of one start: the statements and the commands as they are sent, and the call of AWS.

    What is made again goes over the container's own pool and clients. Only what must differ is exchanged: the
    campaign's id, the run's, and the key.
    """

    def __init__(self, container: Container) -> None:
        self._doors: Any = container.store()
        self._ledger: Any = container.ledger()
        self.calls: list[tuple[str, Any]] = []

    def bare_sequence(self, action: Callable[[], object], drafts: Iterator[str]) -> Callable[[], object]:
        """The calls of one ``action``, to be made again for another draft each time."""
        statements, commands, ((client, operation, arguments),) = self._recorded(action)
        first, second = statements
        known_campaign, known_key, *_ = first[1]
        known_run = first[1][RUN_ID]
        pool, server = self._doors.pool, self._ledger._server

        def work() -> None:
            campaign, run, key = next(drafts), uuid4().hex, uuid4().hex

            def anew(text: str) -> str:
                return text.replace(known_campaign, campaign).replace(known_run, run).replace(known_key, key)

            connection = pool.getconn()
            connection.value_of(first[0], *[_exchanged(one, anew) for one in first[1]])
            pool.putconn(connection)
            answer = client.call(operation, {name: _exchanged(value, anew) for name, value in arguments.items()})
            if "Payload" in answer:
                answer["Payload"].read()
            connection = pool.getconn()
            connection.value_of(second[0], *[_exchanged(one, anew) for one in second[1]])
            pool.putconn(connection)
            connection = server._idle_connection()
            connection.ask(
                [tuple(_exchanged(part, anew) for part in command) for command in commands], time.monotonic() + 60
            )
            server._idle.append((connection, time.time()))

        return work

    def _recorded(self, action: Callable[[], object]) -> tuple[list[Any], list[Any], list[Any]]:
        statements: list[Any] = []
        commands: list[Any] = []
        orders: list[Any] = []
        doors: Any = type(self._doors)
        node: Any = NodeClient
        amazon: Any = DirectClient
        once, ask, call = doors._call_once, node.ask, amazon.call

        def call_once(its: Any, statement: bytes, parameters: Any, *more: Any) -> Any:
            statements.append((statement, parameters))
            return once(its, statement, parameters, *more)

        def asked(its: Any, sent: Any, answer_by: float) -> Any:
            commands.extend(sent)
            return ask(its, sent, answer_by)

        def called(its: Any, operation: str, arguments: Any) -> Any:
            orders.append((its, operation, dict(arguments)))
            return call(its, operation, arguments)

        doors._call_once, node.ask, amazon.call = call_once, asked, called
        try:
            action()
        finally:
            doors._call_once, node.ask, amazon.call = once, ask, call
        return statements, commands, orders


def _exchanged(value: Any, anew: Callable[[str], str]) -> Any:
    if isinstance(value, bytes):
        return anew(value.decode()).encode()
    return anew(value) if isinstance(value, str) else value
