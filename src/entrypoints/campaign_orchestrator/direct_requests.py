"""Answers direct requests, and what the other ways in make of theirs."""

import time
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Protocol

from attrs import field, frozen

from campaign_orchestrator.decision_log import DecisionLog, NoDecisionLog
from orchestrator_adapters.wire import requests, responses
from orchestrator_domain.answers import ActionAnswer
from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import ActionCommand
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.ports.clock import Clock
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.routing import RoutingTable
from orchestrator_domain.shown_values import harmless, shown

if TYPE_CHECKING:
    from campaign_orchestrator.pool_requests import PoolRequests
    from orchestrator_domain.use_cases.history import ShowHistory
    from orchestrator_domain.use_cases.list_campaigns import ListCampaigns
    from orchestrator_domain.use_cases.pause import PauseCampaign
    from orchestrator_domain.use_cases.reconcile import Reconcile
    from orchestrator_domain.use_cases.resume import ResumeCampaign
    from orchestrator_domain.use_cases.retry import RetryCampaign
    from orchestrator_domain.use_cases.start import StartCampaign
    from orchestrator_domain.use_cases.status import ShowStatus
    from orchestrator_domain.use_cases.stop import StopCampaign


NOTHING: Final[Mapping[str, str]] = MappingProxyType({})


class UseCase(Protocol):
    """What carries out one of the actions on a campaign."""

    def execute(self, command: ActionCommand, deadline: Deadline) -> ActionAnswer:
        """The answer; raises an OrchestratorError for every refusal."""


@frozen(kw_only=True, eq=False, repr=False)
class DirectRequests:
    """Gives a direct request to its use case, and always answers it, also when it is refused.

    Each use case is made when it is first asked for: a cold start pays for one.
    """

    start: "Callable[[], StartCampaign]"
    pause: "Callable[[], PauseCampaign]"
    resume: "Callable[[], ResumeCampaign]"
    stop: "Callable[[], StopCampaign]"
    retry: "Callable[[], RetryCampaign]"
    status: "Callable[[], ShowStatus]"
    reconcile: "Callable[[], Reconcile]"
    history: "Callable[[], ShowHistory]"
    of_pools: "Callable[[], PoolRequests]"
    listing: "Callable[[], ListCampaigns]"
    routes: RoutingTable
    clock: Clock
    log: DecisionLog = field(factory=NoDecisionLog)

    def answer(
        self,
        event: Mapping[str, Any],
        *,
        request_id: str,
        deadline: Deadline,
        source: str = "direct",
        noted: Mapping[str, str] = NOTHING,
    ) -> dict[str, Any]:
        """The answer. ``request_id``: the invocation's; ``source``: the way in, for the audit trail; ``noted``:
        what the log's line shall hold beside the answer."""
        began = time.perf_counter()
        try:
            answer = self._carry_out(event, request_id, deadline, source)
        except OrchestratorError as error:
            answer = refused(error, event)
        milliseconds = (time.perf_counter() - began) * 1000
        self.log.note(answer, request_id=request_id, source=source, milliseconds=milliseconds, **noted)
        return answer

    def _carry_out(
        self, event: Mapping[str, Any], request_id: str, deadline: Deadline, source: str
    ) -> dict[str, Any]:
        action = requests.action_of(event)
        if action in requests.OTHER_REQUESTS:
            return self._answer_other(action, event, request_id, deadline)
        if action in requests.POOL_ACTIONS:
            return self.of_pools().answer(event, request_id=request_id, deadline=deadline, source=source)
        command = requests.action_command(event, request_id=request_id, source=source)
        command.require_unexpired(self.clock.now())
        return responses.action_response(self._use_cases[command.action]().execute(command, deadline))

    def _answer_other(
        self, action: str, event: Mapping[str, Any], request_id: str, deadline: Deadline
    ) -> dict[str, Any]:
        from orchestrator_adapters.wire import query_requests

        if action == requests.STATUS:
            from orchestrator_adapters.wire.status_responses import status_response

            answer = self.status().execute(query_requests.status_query(event), deadline)
            return status_response(answer, single="campaignId" in event, routes=self.routes)
        if action == requests.LIST:
            from orchestrator_adapters.wire.list_requests import list_query, list_response

            return list_response(self.listing().execute(list_query(event), deadline), routes=self.routes)
        from orchestrator_adapters.wire import upkeep_responses

        if action == requests.HISTORY:
            history = self.history().execute(query_requests.history_query(event), deadline)
            return upkeep_responses.history_response(history)
        asked = query_requests.reconcile_command(event, request_id=request_id)
        return upkeep_responses.reconcile_response(self.reconcile().execute(asked, deadline))

    @property
    def _use_cases(self) -> "Mapping[Action, Callable[[], UseCase]]":
        return {
            Action.START: self.start,
            Action.PAUSE: self.pause,
            Action.RESUME: self.resume,
            Action.STOP: self.stop,
            Action.RETRY: self.retry,
        }


def refused(error: OrchestratorError, event: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request that was refused."""
    return responses.error_response(
        error, campaign_id=echoed(event.get("campaignId")), action=echoed(event.get("action"))
    )


def echoed(value: object) -> str | None:
    """What the caller sent, if it is harmless to send it back; else escaped and cut."""
    if value is None:
        return None
    return harmless(value) if isinstance(value, str) else shown(value)
