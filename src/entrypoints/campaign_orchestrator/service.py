"""Answers every event that reaches the orchestrator."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from orchestrator_adapters.wire import late_signals, requests, responses, status_responses, upkeep_responses
from orchestrator_domain.answers import ActionAnswer
from orchestrator_domain.campaign import Action
from orchestrator_domain.commands import ActionCommand, Origin, ReconcileCommand
from orchestrator_domain.errors import InvalidRequest, OrchestratorError
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.routing import RoutingTable
from orchestrator_domain.shown_values import shown
from orchestrator_domain.use_cases.history import ShowHistory
from orchestrator_domain.use_cases.pause import PauseCampaign
from orchestrator_domain.use_cases.reconcile import Reconcile
from orchestrator_domain.use_cases.record_outcome import RecordOutcome
from orchestrator_domain.use_cases.resume import ResumeCampaign
from orchestrator_domain.use_cases.retry import RetryCampaign
from orchestrator_domain.use_cases.start import StartCampaign
from orchestrator_domain.use_cases.status import ShowStatus
from orchestrator_domain.use_cases.stop import StopCampaign


class RetryWanted(RuntimeError):
    """The invocation fails on purpose, so that the service that sent the event delivers it again."""


@frozen(kw_only=True)
class OrchestratorService:
    """Recognises an event by its shape and gives it to its use case.

    A direct event is always answered, also when it is refused. An event of AWS has nobody to read an answer:
    when following it up fails for now, RetryWanted is raised, and AWS delivers it again.
    """

    start: StartCampaign
    pause: PauseCampaign
    resume: ResumeCampaign
    stop: StopCampaign
    retry: RetryCampaign
    status: ShowStatus
    record_outcome: RecordOutcome
    reconcile: Reconcile
    history: ShowHistory
    routes: RoutingTable

    def answer(self, event: object, *, request_id: str, deadline: Deadline) -> dict[str, Any]:
        """The response to ``event``. ``request_id``: the invocation's.

        Raises:
            RetryWanted: an event of AWS could not be followed up for now.
        """
        if not isinstance(event, Mapping):
            return self._refused(InvalidRequest(field="event", value=event, allowed="an object"), {})
        try:
            if late_signals.is_execution_status_change(event):
                hint = late_signals.hint_of_status_change(event, request_id=request_id)
                return responses.signal_response(self.record_outcome.execute(hint, deadline))
            if late_signals.is_destination_record(event):
                hint = late_signals.hint_of_destination_record(event, request_id=request_id)
                return responses.signal_response(self.record_outcome.execute(hint, deadline))
            if late_signals.is_schedule(event):
                origin = Origin(source="schedule", request_id=request_id)
                command = ReconcileCommand(origin=origin, scheduled=True)
                return upkeep_responses.reconcile_response(self.reconcile.execute(command, deadline))
        except OrchestratorError as error:
            if error.retryable:
                raise RetryWanted(error.code) from None
            return self._refused(error, {})
        try:
            return self._direct(event, request_id, deadline)
        except OrchestratorError as error:
            return self._refused(error, event)

    def _direct(self, event: Mapping[str, Any], request_id: str, deadline: Deadline) -> dict[str, Any]:
        action = requests.action_of(event)
        if action == requests.STATUS:
            query = requests.status_query(event)
            return status_responses.status_response(
                self.status.execute(query, deadline), single="campaignId" in event, routes=self.routes
            )
        if action == requests.HISTORY:
            query_of_history = requests.history_query(event)
            return upkeep_responses.history_response(self.history.execute(query_of_history, deadline))
        if action == requests.RECONCILE:
            asked = requests.reconcile_command(event, request_id=request_id)
            return upkeep_responses.reconcile_response(self.reconcile.execute(asked, deadline))
        command = requests.action_command(event, request_id=request_id, source="direct")
        return responses.action_response(self._use_cases[command.action](command, deadline))

    @property
    def _use_cases(self) -> Mapping[Action, Callable[[ActionCommand, Deadline], ActionAnswer]]:
        return {
            Action.START: self.start.execute,
            Action.PAUSE: self.pause.execute,
            Action.RESUME: self.resume.execute,
            Action.STOP: self.stop.execute,
            Action.RETRY: self.retry.execute,
        }

    def _refused(self, error: OrchestratorError, event: Mapping[str, Any]) -> dict[str, Any]:
        return responses.error_response(
            error, campaign_id=_echoed(event.get("campaignId")), action=_echoed(event.get("action"))
        )


def _echoed(value: object) -> str | None:
    """What the caller sent, if it is harmless to send it back; else escaped and cut."""
    if value is None:
        return None
    harmless = isinstance(value, str) and value.isascii() and value.isprintable() and len(value) <= 64
    return str(value) if harmless else shown(value)
