"""The Campaign Orchestrator's domain: pure rules, ports and use cases.

What is listed here is the public interface of an embedding service, together with the ports in
``orchestrator_domain.ports`` that its adapters implement. A name is imported when it is first used, so that whoever
needs one of them does not pay for all.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from orchestrator_domain.campaign import Action as Action
    from orchestrator_domain.commands import ActionCommand as ActionCommand
    from orchestrator_domain.commands import Origin as Origin
    from orchestrator_domain.errors import OrchestratorError as OrchestratorError
    from orchestrator_domain.orchestrator import Orchestrator as Orchestrator
    from orchestrator_domain.pools import Pools as Pools
    from orchestrator_domain.pools import ResourcePool as ResourcePool
    from orchestrator_domain.ports.dispatcher import Accepted as Accepted
    from orchestrator_domain.ports.dispatcher import Dispatcher as Dispatcher
    from orchestrator_domain.queries import StatusQuery as StatusQuery
    from orchestrator_domain.routing import Route as Route
    from orchestrator_domain.routing import RoutingTable as RoutingTable
    from orchestrator_domain.run import Progress as Progress
    from orchestrator_domain.run import Run as Run
    from orchestrator_domain.run import RunOutcome as RunOutcome
    from orchestrator_domain.run import RunState as RunState
    from orchestrator_domain.upkeep_commands import OutcomeHint as OutcomeHint
    from orchestrator_domain.upkeep_commands import ReconcileCommand as ReconcileCommand

PUBLIC = {
    "Accepted": "ports.dispatcher",
    "Action": "campaign",
    "ActionCommand": "commands",
    "Dispatcher": "ports.dispatcher",
    "Orchestrator": "orchestrator",
    "OrchestratorError": "errors",
    "Origin": "commands",
    "OutcomeHint": "upkeep_commands",
    "Pools": "pools",
    "Progress": "run",
    "ReconcileCommand": "upkeep_commands",
    "ResourcePool": "pools",
    "Route": "routing",
    "RoutingTable": "routing",
    "Run": "run",
    "RunOutcome": "run",
    "RunState": "run",
    "StatusQuery": "queries",
}
"""Each public name, and the module that has it."""

__all__ = list(PUBLIC)


def __getattr__(name: str) -> Any:
    if name not in PUBLIC:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{PUBLIC[name]}"), name)
