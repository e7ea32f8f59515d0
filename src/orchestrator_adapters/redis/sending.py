"""Sends script calls, all together."""

from collections.abc import Sequence
from operator import attrgetter
from typing import Any, Final, Protocol

from attrs import define

from orchestrator_adapters.redis.error_causes import SCRIPT_UNKNOWN, cause_of
from orchestrator_adapters.redis.lua_door import ScriptCall
from orchestrator_adapters.redis.node_connection import Command
from orchestrator_adapters.redis.settings import RedisSettings

COMMAND: Final = attrgetter("command")


class Server(Protocol):
    """One node, or a cluster."""

    def ask(self, commands: Sequence[Command], answer_by: float) -> list[Any]:
        """The answers, errors among them; raises when there is none."""

    def is_connected(self) -> bool:
        """Whether the next call needs no new connection, as far as can be seen."""

    def close(self) -> None:
        """Close the connections."""


def redis_server(settings: RedisSettings) -> Server:
    """What the ledger asks: one node, or a cluster. Nothing is connected yet."""
    if settings.cluster:
        from orchestrator_adapters.redis.cluster_client import ClusterClient

        return ClusterClient(settings)
    from orchestrator_adapters.redis.node_client import NodeClient

    return NodeClient(settings)


@define(eq=False, repr=False)
class Conversation:
    """What one call of the ledger asks, until its time is over.

    Attributes:
        answer_by: by time.monotonic().
    """

    server: Server
    answer_by: float

    def send(self, calls: Sequence[ScriptCall]) -> list[Any]:
        """The answers to ``calls``, in their order; the first error among them is raised.

        On one node all calls are one round trip; on a cluster, one for each node that has some of the keys, at the
        same time. Calls of a script that the server does not know (it was restarted, or another took its place)
        are sent once more, whole, and only those: the others have had their effect, which a repetition would not
        report.
        """
        if not calls:
            return []
        answers = self.server.ask(list(map(COMMAND, calls)), self.answer_by)
        for answer in answers:
            if isinstance(answer, Exception):
                return self._with_unknown_scripts_sent(calls, answers)
        return answers

    def _with_unknown_scripts_sent(self, calls: Sequence[ScriptCall], answers: list[Any]) -> list[Any]:
        refused = [place for place, answer in enumerate(answers) if isinstance(answer, Exception)]
        unknown = [place for place in refused if cause_of(answers[place]) == SCRIPT_UNKNOWN]
        if unknown:
            repeated = self.server.ask([calls[place].whole_command for place in unknown], self.answer_by)
            for place, answer in zip(unknown, repeated, strict=True):
                answers[place] = answer
        for place in refused:
            if isinstance(answers[place], Exception):
                raise answers[place]
        return answers
