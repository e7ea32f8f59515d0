"""Follows up the events of AWS that tell that something may have happened."""

import time
from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from campaign_orchestrator.decision_log import DecisionLog, NoDecisionLog
from campaign_orchestrator.retry_wanted import RetryWanted
from orchestrator_adapters.wire import late_signals, signal_responses, upkeep_responses
from orchestrator_domain.commands import Origin
from orchestrator_domain.errors import OrchestratorError
from orchestrator_domain.ports.deadline import Deadline
from orchestrator_domain.upkeep_commands import OutcomeHint, ReconcileCommand
from orchestrator_domain.use_cases.reconcile import Reconcile
from orchestrator_domain.use_cases.record_outcome import RecordOutcome


@frozen(kw_only=True, eq=False, repr=False)
class SignalsOfAws:
    """Follows up status changes, destination records and schedules.

    They have nobody to read an answer: when following one up fails for now, RetryWanted is raised, and AWS delivers
    it again. They prove nothing, since whoever may invoke the function can write one: each only makes the
    orchestrator look at the run that it names, where it is.
    """

    record_outcome: RecordOutcome
    reconcile: Reconcile
    log: DecisionLog = field(factory=NoDecisionLog)

    def status_change(self, event: Mapping[str, Any], request_id: str, deadline: Deadline) -> dict[str, Any]:
        """Look at the run whose execution has changed. Raises InvalidRequest, RetryWanted."""
        return self._settled(late_signals.hint_of_status_change(event, request_id=request_id), deadline)

    def destination_record(self, event: Mapping[str, Any], request_id: str, deadline: Deadline) -> dict[str, Any]:
        """Look at the run whose invocation has ended. Raises InvalidRequest, RetryWanted."""
        return self._settled(late_signals.hint_of_destination_record(event, request_id=request_id), deadline)

    def schedule(self, _: Mapping[str, Any], request_id: str, deadline: Deadline) -> dict[str, Any]:
        """Reconcile. Raises RetryWanted."""
        command = ReconcileCommand(origin=Origin(source="schedule", request_id=request_id), scheduled=True)
        return self._logged(
            lambda: upkeep_responses.reconcile_response(self.reconcile.execute(command, deadline)), command.origin
        )

    def _settled(self, hint: OutcomeHint, deadline: Deadline) -> dict[str, Any]:
        return self._logged(
            lambda: signal_responses.signal_response(self.record_outcome.execute(hint, deadline)), hint.origin
        )

    def _logged(self, follow_up: Callable[[], dict[str, Any]], origin: Origin) -> dict[str, Any]:
        """Follow up, and note what came of it. Raises RetryWanted when it is to be followed up again."""
        began = time.perf_counter()

        def note(answer: Mapping[str, Any], **more: object) -> None:
            milliseconds = (time.perf_counter() - began) * 1000
            self.log.note(
                answer, request_id=origin.request_id or "", source=origin.source, milliseconds=milliseconds, **more
            )

        try:
            answer = follow_up()
        except OrchestratorError as error:
            note({"success": False, "errorCode": error.code, "action": "signal"})
            if error.retryable:
                raise RetryWanted(error.code) from None
            raise
        note({"action": "signal", **answer})
        return answer
