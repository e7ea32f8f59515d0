"""Follows up the events of AWS that tell that something may have happened."""

from collections.abc import Callable, Mapping
from typing import Any

from attrs import frozen

from orchestrator_adapters.wire import late_signals, responses, upkeep_responses
from orchestrator_domain.commands import Origin, OutcomeHint, ReconcileCommand
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.use_cases.reconcile import Reconcile
from orchestrator_domain.use_cases.record_outcome import RecordOutcome


class RetryWanted(RuntimeError):
    """The invocation fails on purpose, so that the service that sent the event delivers it again."""


@frozen(kw_only=True)
class SignalsOfAws:
    """Follows up status changes, destination records and schedules.

    They have nobody to read an answer: when following one up fails for now, RetryWanted is raised, and AWS delivers
    it again. They prove nothing, since whoever may invoke the function can write one: each only makes the
    orchestrator look at the run that it names, where it is.
    """

    record_outcome: RecordOutcome
    reconcile: Reconcile

    def status_change(self, event: Mapping[str, Any], request_id: str, deadline: Deadline) -> dict[str, Any]:
        """Look at the run whose execution has changed. Raises InvalidRequest, RetryWanted."""
        return self._settled(late_signals.hint_of_status_change(event, request_id=request_id), deadline)

    def destination_record(self, event: Mapping[str, Any], request_id: str, deadline: Deadline) -> dict[str, Any]:
        """Look at the run whose invocation has ended. Raises InvalidRequest, RetryWanted."""
        return self._settled(late_signals.hint_of_destination_record(event, request_id=request_id), deadline)

    def schedule(self, _: Mapping[str, Any], request_id: str, deadline: Deadline) -> dict[str, Any]:
        """Reconcile. Raises RetryWanted."""
        command = ReconcileCommand(origin=Origin(source="schedule", request_id=request_id), scheduled=True)
        return _again_later(lambda: upkeep_responses.reconcile_response(self.reconcile.execute(command, deadline)))

    def _settled(self, hint: OutcomeHint, deadline: Deadline) -> dict[str, Any]:
        return _again_later(lambda: responses.signal_response(self.record_outcome.execute(hint, deadline)))


def _again_later(follow_up: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return follow_up()
    except OrchestratorError as error:
        if error.retryable:
            raise RetryWanted(error.code) from None
        raise
