"""How a run goes on when an invocation has come to its end."""

import json
from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Protocol, runtime_checkable

from attrs import frozen

from orchestrator_adapters.aws.clients import LazyClient


@runtime_checkable
class Continuation(Protocol):
    """Has the work taken up by another invocation."""

    @abstractmethod
    def go_on(self, order: Mapping[str, Any]) -> None:
        """Queue the order; raises what the client raises when it cannot be queued."""


@frozen(kw_only=True)
class LambdaContinuation(Continuation):
    """Queues an invocation of the function itself.

    Lambda stops functions that call themselves, after sixteen turns, unless RecursiveLoop allows it
    (https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html). Here each turn needs a lease that the
    orchestrator grants, so that a stop ends it.
    """

    client: LazyClient
    function_name: str

    def go_on(self, order: Mapping[str, Any]) -> None:
        self.client.get().invoke(
            FunctionName=self.function_name,
            InvocationType="Event",
            # No longer than what was read: escaped, a text in another script would be three times as long.
            Payload=json.dumps(order, ensure_ascii=False, separators=(",", ":")).encode(),
        )
